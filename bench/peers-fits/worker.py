"""Does what a line of standard input asks, {"do": NAME, "with": {...}, "repeat": N}, and answers with a line.

The answer holds the result and the seconds of one run, on average over the repeats; data are made before the clock runs.
"""

import json
import os
import platform
import sys
import time

import fits
import kernels
import numpy as np
import planted
import scipy


def versions():
    return {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__, "cores": os.cpu_count()}


def planted_data(number):
    points, law = planted.planted(number)
    return {"points": points, "law": law}


WORK = {
    "versions": versions,
    "planted": planted_data,
    "lbfgsb-grid": fits.lbfgsb_grid,
    "nnls-bfgs": fits.nnls_bfgs,
    "bootstrap": fits.bootstrap,
    "compare-refits": fits.compare_refits,
    "pass-at-k-data": kernels.pass_at_k_data,
    "pass-at-k": kernels.pass_at_k,
    "pass-at-k-values": kernels.pass_at_k_values,
    "pools": kernels.pools_data,
    "majority-bootstrap": kernels.majority_bootstrap,
}


def prepare(asked):
    """What is cached must not be made while the clock runs."""
    if asked["do"] in ("lbfgsb-grid", "nnls-bfgs"):
        fits.law_of(asked["with"]["number"])
    if asked["do"] == "bootstrap":
        fits.drawn(**asked["with"])
    if asked["do"] == "pass-at-k":
        kernels.pass_at_k(**asked["with"])
    if asked["do"] == "majority-bootstrap":
        kernels.pools()


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            prepare(asked)
            repeats = asked.get("repeat", 1)
            started = time.perf_counter()
            for _ in range(repeats):
                result = WORK[asked["do"]](**asked.get("with", {}))
            seconds = (time.perf_counter() - started) / repeats
            answer = {"seconds": seconds, "result": result if isinstance(result, dict) else None}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=float), flush=True)


if __name__ == "__main__":
    main()
