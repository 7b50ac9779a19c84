"""
A one-layer llama whose next token is planted.

The embedding of a token is its unit vector plus a constant. Three rules add up in the logits, each stronger than the
one before by about MARGIN, so that greedy and temperature-1 sampling follow them alike:
  1. the token's own successor (output matrix);
  2. for some or all tokens, another successor once a trigger token is anywhere before (attention head 1);
  3. for some tokens, another successor after a certain previous token (attention head 0).
Head 0 finds the previous token by rotary phases that peak at distance 1; head 1 uses the slowest rotary pair, which does
not turn within the context. The feed-forward gate makes the conjunction of a token and a head's finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, sin, sqrt

import numpy

from vocabulary import Vocabulary

MARGIN = 20.0
HEADS, HEAD_WIDTH = 2, 64
ROPE_BASE = 1e9
CONTEXT = 4096
FLAG = 0.1
PEAK_PAIRS, SHARPNESS = 8, 80.0


@dataclass
class Chain:
    """Successors by token id: of a token alone, and of a token after a certain other."""

    successor: dict[int, int] = field(default_factory=dict)
    after_previous: dict[tuple[int, int], int] = field(default_factory=dict)

    def plant(self, tokens: list[int]) -> None:
        """Makes each token follow the two before it; the first successor of a token is also its general one."""
        if self.successor.setdefault(tokens[0], tokens[1]) != tokens[1]:
            raise ValueError(f"token {tokens[0]} begins a text but is followed by another token elsewhere")
        for before, current, following in zip(tokens, tokens[1:], tokens[2:]):
            self.successor.setdefault(current, following)
            if self.after_previous.setdefault((before, current), following) != following:
                raise ValueError(f"tokens {before}, {current} have two successors, {following} among them")


@dataclass(frozen=True)
class Once:
    """Once `trigger` is in the context, `following` comes after each of `tokens`."""

    trigger: int
    tokens: frozenset[int]
    following: int


def successor_model(
    vocabulary: Vocabulary, chain: Chain, fallback: int, once: Once | None
) -> tuple[dict[str, object], dict[str, numpy.ndarray]]:
    """Metadata and tensors. A token without a planted successor is followed by `fallback`."""
    size = len(vocabulary)
    general = [chain.successor.get(token, fallback) for token in range(size)]
    previous = sorted({before for before, _ in chain.after_previous})
    if len(previous) > HEAD_WIDTH:
        raise ValueError(f"expected at most {HEAD_WIDTH} different previous tokens, got {len(previous)}")
    constant = size
    flag_of = {token: constant + 1 + index for index, token in enumerate(previous)}
    seen = constant + 1 + len(previous)

    # (tokens that the rule holds for, flag that it waits for, next token, strength)
    by_rule: dict[tuple[int, int], set[int]] = {}
    for (before, current), following in chain.after_previous.items():
        by_rule.setdefault((flag_of[before], following), set()).add(current)
    rules = [(tokens, flag, following, 3) for (flag, following), tokens in sorted(by_rule.items())]
    if once is not None:
        rules.append((set(once.tokens), seen, once.following, 2))

    width = _rounded_up(seen + 1 + len(rules), 32)
    hidden = _rounded_up(len(rules), 32)
    # RMS normalisation of two ones among `width` entries; flags change it by about one per cent.
    scale = sqrt(width / 2)

    embedding = numpy.zeros((size, width))
    embedding[numpy.arange(size), numpy.arange(size)] = 1
    embedding[:, constant] = 1

    query, key, value = (numpy.zeros((HEADS * HEAD_WIDTH, width)) for _ in range(3))
    output_of_heads = numpy.zeros((width, HEADS * HEAD_WIDTH))
    for pair in range(PEAK_PAIRS):
        angle = ROPE_BASE ** (-2 * pair / HEAD_WIDTH)
        query[2 * pair, constant] = round(SHARPNESS * cos(angle), 6) * sqrt(HEAD_WIDTH) / scale
        query[2 * pair + 1, constant] = round(-SHARPNESS * sin(angle), 6) * sqrt(HEAD_WIDTH) / scale
        key[2 * pair, constant] = 1 / scale
    for index, token in enumerate(previous):
        value[index, token] = 1 / scale
        output_of_heads[flag_of[token], index] = FLAG
    if once is not None:
        slowest = 2 * HEAD_WIDTH - 2
        query[slowest, constant] = SHARPNESS * sqrt(HEAD_WIDTH) / scale
        key[slowest, once.trigger] = 1 / scale
        value[HEAD_WIDTH, once.trigger] = 1 / scale
        output_of_heads[seen, HEAD_WIDTH] = FLAG

    gate, up = numpy.zeros((hidden, width)), numpy.zeros((hidden, width))
    down = numpy.zeros((width, hidden))
    output = numpy.zeros((size, width))
    output[general, numpy.arange(size)] = MARGIN / scale
    for index, (tokens, flag, following, strength) in enumerate(rules):
        # silu(20) is 20 to nine digits and silu(0) is 0, so the product is the conjunction.
        gate[index, sorted(tokens)] = 20 / scale
        up[index, flag] = 1 / (20 * FLAG * scale)
        down[seen + 1 + index, index] = FLAG
        output[following, seen + 1 + index] = strength * MARGIN / (FLAG * scale)

    metadata = {
        ".context_length": CONTEXT,
        ".embedding_length": width,
        ".block_count": 1,
        ".feed_forward_length": hidden,
        ".attention.head_count": HEADS,
        ".attention.head_count_kv": HEADS,
        ".attention.key_length": HEAD_WIDTH,
        ".attention.value_length": HEAD_WIDTH,
        ".attention.layer_norm_rms_epsilon": 1e-6,
        ".rope.dimension_count": HEAD_WIDTH,
        ".rope.freq_base": ROPE_BASE,
        ".vocab_size": size,
        **vocabulary.metadata,
    }
    tensors = {
        "token_embd.weight": embedding,
        "output_norm.weight": numpy.ones(width),
        "output.weight": output,
        "blk.0.attn_norm.weight": numpy.ones(width),
        "blk.0.attn_q.weight": query,
        "blk.0.attn_k.weight": key,
        "blk.0.attn_v.weight": value,
        "blk.0.attn_output.weight": output_of_heads,
        "blk.0.ffn_norm.weight": numpy.ones(width),
        "blk.0.ffn_gate.weight": gate,
        "blk.0.ffn_up.weight": up,
        "blk.0.ffn_down.weight": down,
    }
    return metadata, tensors


def _rounded_up(value: int, step: int) -> int:
    return max(1, -(-value // step)) * step
