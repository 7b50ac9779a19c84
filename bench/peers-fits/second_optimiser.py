"""Minima of Huber's and of the absolute loss on the planted data sets, from many starts, by scipy.

python second_optimiser.py OUTPUT.json [FIRST LAST]
"""

import json
import platform
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import scipy
from chinchilla import DELTA, Chinchilla
from planted import POINTS, SETS, checksum, planted
from scipy.optimize import least_squares, linprog, minimize
from scipy.sparse import csr_array, eye_array, hstack


def smooth_minimum(law, start, delta):
    """The point of a minimum of Huber's loss near a start; the objective is scaled, for tests of scipy are absolute."""
    scale = 1.0 / law.huber(start, delta)[0]

    def scaled(p):
        value, gradient = law.huber(p, delta)
        return scale * value, scale * gradient

    with np.errstate(all="ignore"):
        rough = minimize(scaled, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 3000})
        fine = minimize(scaled, rough.x, jac=True, method="BFGS", options={"gtol": 1e-13, "maxiter": 3000})
    return fine.x if fine.fun <= rough.fun else rough.x


def polished(law, point, delta):
    """The same after Gauss-Newton steps and a simplex, whichever gains."""
    found = least_squares(
        lambda p: law.residuals(p)[0],
        point,
        jac=lambda p: law.residuals(p)[1].T,
        loss="huber",
        f_scale=delta,
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=500,
    ).x
    points = [point, found, smooth_minimum(law, found, delta)]
    best = min(points, key=lambda p: law.huber(p, delta)[0])
    scale = 1.0 / law.huber(best, delta)[0]
    simplex = best + np.vstack([np.zeros(5), 1e-5 * np.eye(5)])
    options = {"initial_simplex": simplex, "xatol": 1e-13, "fatol": 1e-15, "maxiter": 4000}
    last = minimize(lambda p: scale * law.huber(p, delta)[0], best, method="Nelder-Mead", options=options).x
    return min([best, last], key=lambda p: law.huber(p, delta)[0])


def linear_step(residual, slopes, radius):
    """The step that minimises the sum of |residual + slopes step| within a box, and that sum."""
    rows = residual.size
    scale = 1.0 / np.abs(residual).mean()
    # residual + slopes step = above - below, both at least 0.
    matrix = hstack([csr_array(scale * slopes.T), -eye_array(rows), eye_array(rows)], format="csr")
    cost = np.concatenate([np.zeros(5), np.ones(2 * rows)])
    bounds = [(-radius, radius)] * 5 + [(0, None)] * (2 * rows)
    tolerances = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, A_eq=matrix, b_eq=-scale * residual, bounds=bounds, method="highs-ds", options=tolerances)
    if found.x is None:
        return None, np.inf
    step = found.x[:5]
    return step, np.abs(residual + step @ slopes).sum()


def corner(law, point):
    """The corner of the absolute loss that linear programs lead to, one after the other, within a trust region."""
    value, radius = law.absolute(point), 0.1
    for _ in range(200):
        step, promised = linear_step(*law.residuals(point), radius)
        if step is None or not promised < value:
            break
        trial = law.absolute(point + step)
        share = (value - trial) / (value - promised)
        if value - promised <= 1e-14 * value and trial >= value:
            break
        if trial < value:
            point, value = point + step, trial
        if share > 0.75:
            radius = min(2.0 * radius, 1.0)
        elif share < 0.25:
            radius *= 0.25
        if radius < 1e-13:
            break
    return point, value


def minima(number):
    """Both minima of a data set."""
    points, truth = planted(number)
    law = Chinchilla(points)
    random = np.random.default_rng(number)
    exponents = np.array([truth["alpha"], truth["beta"]])
    reference = np.log([1e9, 2e10])
    planted_start = np.concatenate(
        [np.log([truth["A"], truth["B"]]) - exponents * reference, [np.log(truth["E"])], np.log(exponents)]
    )
    ends = [smooth_minimum(law, start, DELTA) for start in [*law.starts(10), planted_start]]
    best = min(ends, key=lambda p: law.huber(p)[0])
    for size in np.repeat([0.01, 0.05, 0.2], 8):
        moved = smooth_minimum(law, best + size * random.standard_normal(5), DELTA)
        ends.append(moved)
        if law.huber(moved)[0] < law.huber(best)[0]:
            best = moved
    values = np.array([law.huber(p)[0] for p in ends])
    agreeing = np.mean(values <= values.min() * (1 + 1e-6))
    best = polished(law, best, DELTA)
    huber = float(law.huber(best)[0])

    # Smoothed at several widths, and moved: corners near each other are minima of their own.
    starts = [best, planted_start]
    for delta in [3e-5, 1e-4, 3e-4, 3e-3, 1e-2]:
        starts.append(smooth_minimum(law, best, delta))
    corners = [corner(law, start) for start in starts]
    point, lad = min(corners, key=lambda found: found[1])
    for size in np.repeat([0.003, 0.01, 0.03, 0.1], 6):
        found = corner(law, point + size * random.standard_normal(5))
        corners.append(found)
        if found[1] < lad:
            point, lad = found
    sums = np.array([found[1] for found in corners])
    same = np.mean(sums <= lad * (1 + 1e-10))
    return {"huber": huber, "lad": float(lad), "agreeing": float(agreeing), "same": float(same)}


def main():
    output = sys.argv[1]
    first, last = (int(text) for text in sys.argv[2:4]) if len(sys.argv) > 2 else (0, SETS)
    found = []
    with ProcessPoolExecutor() as pool:
        for number, result in zip(range(first, last), pool.map(minima, range(first, last))):
            found.append(result)
            print(number, result, file=sys.stderr, flush=True)
    report = {
        "made-by": "bench/peers-fits/second_optimiser.py",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "sets": last - first,
        "points": POINTS,
        "checksum": checksum(),
        "huber": [result["huber"] for result in found],
        "lad": [result["lad"] for result in found],
    }
    with open(output, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
