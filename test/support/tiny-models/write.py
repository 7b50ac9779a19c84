"""Writes the tiny models that the tests load: `python write.py FOLDER`. Equal sources give equal bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import bert
import planted
import random_weights
from gguf_file import write_gguf

MODELS = {
    "successor-think": ("llama", planted.successor_think),
    "think-tags": ("llama", planted.think_tags),
    "channels": ("llama", planted.channels),
    "plain": ("llama", planted.plain),
    "never-closes": ("llama", planted.never_closes),
    "random-llama": ("llama", random_weights.random_llama),
    "random-gemma3": ("gemma3", random_weights.random_gemma3),
    "random-mamba": ("mamba", random_weights.random_mamba),
    "ranker": ("bert", bert.ranker),
    "embedder": ("bert", bert.embedder),
    "unknown-architecture": ("no-such-model", random_weights.random_llama),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (architecture, make) in MODELS.items():
        write_gguf(folder / f"{name}.gguf", architecture, *make())
    whole = (folder / "random-llama.gguf").read_bytes()
    # Weights are nine tenths of the file, so the cut is in the middle of them.
    (folder / "truncated.gguf").write_bytes(whole[: len(whole) // 2])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
