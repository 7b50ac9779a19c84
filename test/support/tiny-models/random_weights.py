"""Generators with random weights: two layers each, context of 4,096 tokens, one vocabulary."""

from __future__ import annotations

import random

import numpy

import templates
import vocabulary as vocabularies
from vocabulary import Vocabulary, byte_level

WIDTH, LAYERS, HIDDEN, CONTEXT = 64, 2, 128, 4096
HEADS, KEY_VALUE_HEADS, HEAD_WIDTH = 4, 2, 16
WINDOW = 16


class Uniform:
    """Weights from Python's own generator, whose sequence is the same in every version."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __call__(self, rows: int, columns: int, deviation: float = 1.0) -> numpy.ndarray:
        """Uniform with a standard deviation of `deviation` / √columns, so that products keep their size."""
        count, limit = rows * columns, deviation * (3 / columns) ** 0.5
        values = numpy.array([self._random.random() for _ in range(count)])
        return ((2 * values - 1) * limit).reshape(rows, columns)

    def around_zero(self, count: int, limit: float) -> numpy.ndarray:
        return self(1, count, limit * (count / 3) ** 0.5)[0]


def random_llama():
    """Full attention."""
    vocabulary, weights = _vocabulary(), Uniform(1)
    tensors = _outside(vocabulary, weights)
    for layer in range(LAYERS):
        tensors.update(_attention_layer(weights, f"blk.{layer}"))
        for name in ("attn_output", "ffn_down"):
            tensors[f"blk.{layer}.{name}.weight"][-1] = 0
    return {**_attention_metadata(vocabulary), ".rope.dimension_count": HEAD_WIDTH}, tensors


def random_gemma3():
    """Layer 0 attends to the last 16 tokens, layer 1 to all."""
    vocabulary, weights = _vocabulary(), Uniform(2)
    metadata = {
        **_attention_metadata(vocabulary),
        ".attention.sliding_window": WINDOW,
        ".attention.sliding_window_pattern": 2,
        ".rope.freq_base_swa": 10_000.0,
    }
    tensors = _outside(vocabulary, weights)
    # Gemma multiplies embeddings by the root of the width.
    tensors["token_embd.weight"] /= WIDTH**0.5
    for layer in range(LAYERS):
        prefix = f"blk.{layer}"
        tensors.update(_attention_layer(weights, prefix))
        for name in ("post_attention_norm", "post_ffw_norm"):
            tensors[f"{prefix}.{name}.weight"] = _all_but_the_last()
        for name in ("attn_q_norm", "attn_k_norm"):
            tensors[f"{prefix}.{name}.weight"] = numpy.full(HEAD_WIDTH, 1.5)
    return metadata, tensors


def random_mamba():
    """Recurrent state instead of attention."""
    vocabulary, weights = _vocabulary(), Uniform(3)
    inner, state, kernel, rank = 2 * WIDTH, 16, 4, 4
    metadata = {
        ".context_length": CONTEXT,
        ".embedding_length": WIDTH,
        ".feed_forward_length": 0,
        ".attention.head_count": 0,
        ".block_count": LAYERS,
        ".ssm.conv_kernel": kernel,
        ".ssm.inner_size": inner,
        ".ssm.state_size": state,
        ".ssm.time_step_rank": rank,
        ".attention.layer_norm_rms_epsilon": 1e-5,
        **vocabulary.metadata,
    }
    tensors = _outside(vocabulary, weights)
    for layer in range(LAYERS):
        prefix = f"blk.{layer}"
        out = weights(WIDTH, inner, 2.0)
        out[-1] = 0
        tensors.update({
            f"{prefix}.attn_norm.weight": numpy.ones(WIDTH),
            f"{prefix}.ssm_in.weight": weights(2 * inner, WIDTH),
            f"{prefix}.ssm_conv1d.weight": weights(inner, kernel),
            f"{prefix}.ssm_conv1d.bias": weights.around_zero(inner, 0.1),
            f"{prefix}.ssm_x.weight": weights(rank + 2 * state, inner, 2.0),
            f"{prefix}.ssm_dt.weight": weights(inner, rank),
            # softplus(-2) = 0.13: the state decays over some tens of tokens.
            f"{prefix}.ssm_dt.bias": weights.around_zero(inner, 0.5) - 2,
            f"{prefix}.ssm_a": -numpy.tile(numpy.arange(1, state + 1) / 4, (inner, 1)),
            f"{prefix}.ssm_d": numpy.ones(inner),
            f"{prefix}.ssm_out.weight": out,
        })
    return metadata, tensors


def _vocabulary() -> Vocabulary:
    return byte_level(vocabularies.THINK, "<|im_start|>", "<|im_end|>", templates.CHATML)


def _outside(vocabulary: Vocabulary, weights: Uniform) -> dict[str, numpy.ndarray]:
    """
    Embedding, last norm and output. The last entry of the residual stream is the same for every token and no layer
    changes it; through it the output matrix keeps special tokens from being drawn, so that no generation ends by itself.
    """
    size = len(vocabulary)
    embedding, output = weights(size, WIDTH, WIDTH**0.5), weights(size, WIDTH, 2.0)
    embedding[:, -1] = 2
    output[:, -1] = 0
    output[vocabulary.special_ids, -1] = -200
    return {
        "token_embd.weight": embedding,
        "output_norm.weight": numpy.ones(WIDTH),
        "output.weight": output,
    }


def _attention_metadata(vocabulary: Vocabulary) -> dict[str, object]:
    return {
        ".context_length": CONTEXT,
        ".embedding_length": WIDTH,
        ".block_count": LAYERS,
        ".feed_forward_length": HIDDEN,
        ".attention.head_count": HEADS,
        ".attention.head_count_kv": KEY_VALUE_HEADS,
        ".attention.key_length": HEAD_WIDTH,
        ".attention.value_length": HEAD_WIDTH,
        ".attention.layer_norm_rms_epsilon": 1e-5,
        ".rope.freq_base": 10_000.0,
        ".vocab_size": len(vocabulary),
        **vocabulary.metadata,
    }


def _attention_layer(weights: Uniform, prefix: str) -> dict[str, numpy.ndarray]:
    queries, keys = HEADS * HEAD_WIDTH, KEY_VALUE_HEADS * HEAD_WIDTH
    return {
        f"{prefix}.attn_norm.weight": numpy.ones(WIDTH),
        # Wider queries and keys make attention prefer some tokens clearly, so that a wrong cache shows.
        f"{prefix}.attn_q.weight": weights(queries, WIDTH, 1.5),
        f"{prefix}.attn_k.weight": weights(keys, WIDTH, 1.5),
        f"{prefix}.attn_v.weight": weights(keys, WIDTH),
        f"{prefix}.attn_output.weight": weights(WIDTH, queries),
        f"{prefix}.ffn_norm.weight": numpy.ones(WIDTH),
        f"{prefix}.ffn_gate.weight": weights(HIDDEN, WIDTH),
        f"{prefix}.ffn_up.weight": weights(HIDDEN, WIDTH),
        f"{prefix}.ffn_down.weight": weights(WIDTH, HIDDEN),
    }


def _all_but_the_last() -> numpy.ndarray:
    return numpy.append(numpy.ones(WIDTH - 1), 0)
