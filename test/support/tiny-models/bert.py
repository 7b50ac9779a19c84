"""Two encoders of one architecture: a ranker with a classification head, and an embedder."""

from __future__ import annotations

import numpy

from random_weights import Uniform
from vocabulary import word_pieces

WIDTH, LAYERS, HIDDEN, HEADS, CONTEXT = 32, 2, 64, 4, 512
# llama.cpp's numbers for kinds of pooling.
MEAN, RANK = 1, 4


def ranker():
    """One score for a query and a document."""
    weights = Uniform(4)
    metadata, tensors = _encoder(weights, RANK)
    tensors.update({
        "cls.weight": weights(WIDTH, WIDTH),
        "cls.bias": weights.around_zero(WIDTH, 0.1),
        "cls.output.weight": weights(1, WIDTH, 3.0),
        "cls.output.bias": numpy.zeros(1),
    })
    return metadata, tensors


def embedder():
    """The mean of the last layer, 32 numbers."""
    return _encoder(Uniform(5), MEAN)


def _encoder(weights: Uniform, pooling: int) -> tuple[dict[str, object], dict[str, numpy.ndarray]]:
    vocabulary = word_pieces()
    metadata = {
        ".context_length": CONTEXT,
        ".embedding_length": WIDTH,
        ".block_count": LAYERS,
        ".feed_forward_length": HIDDEN,
        ".attention.head_count": HEADS,
        ".attention.layer_norm_epsilon": 1e-12,
        ".attention.causal": False,
        ".pooling_type": pooling,
        ".vocab_size": len(vocabulary),
        **vocabulary.metadata,
    }
    tensors = {
        "token_embd.weight": weights(len(vocabulary), WIDTH, WIDTH**0.5),
        "position_embd.weight": weights(CONTEXT, WIDTH, 2.0),
        "token_types.weight": weights(2, WIDTH),
        "token_embd_norm.weight": numpy.ones(WIDTH),
        "token_embd_norm.bias": numpy.zeros(WIDTH),
    }
    for layer in range(LAYERS):
        prefix = f"blk.{layer}"
        # Wider than usual: with small weights every text would have nearly the same score.
        shapes = {
            "attn_q": (WIDTH, WIDTH, 3.0),
            "attn_k": (WIDTH, WIDTH, 3.0),
            "attn_v": (WIDTH, WIDTH, 3.0),
            "attn_output": (WIDTH, WIDTH, 3.0),
            "ffn_up": (HIDDEN, WIDTH, 1.0),
            "ffn_down": (WIDTH, HIDDEN, 1.0),
        }
        for name, (rows, columns, deviation) in shapes.items():
            tensors[f"{prefix}.{name}.weight"] = weights(rows, columns, deviation)
            tensors[f"{prefix}.{name}.bias"] = weights.around_zero(rows, 0.1)
        for name in ("attn_output_norm", "layer_output_norm"):
            tensors[f"{prefix}.{name}.weight"] = numpy.ones(WIDTH)
            tensors[f"{prefix}.{name}.bias"] = numpy.zeros(WIDTH)
    return metadata, tensors
