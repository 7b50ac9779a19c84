"""The planted models: what each says is in planted.json, which the tests read too."""

from __future__ import annotations

import json
from pathlib import Path

import templates
import vocabulary as vocabularies
from successor import Chain, Once, successor_model
from vocabulary import Vocabulary, byte_level

_texts = json.loads(Path(__file__).with_name("planted.json").read_text(encoding="utf-8"))
NEWLINE = ord("\n")


def _planted(name: str, part: str) -> list[int]:
    return list(_texts[name][part].encode("utf-8"))


def _think_vocabulary(template: str) -> Vocabulary:
    return byte_level(vocabularies.THINK, "<|im_start|>", "<|im_end|>", template)


def _answer_once_closed(vocabulary: Vocabulary, answer: list[int]) -> Once:
    """However thinking was closed, and whatever text was forced after it, the answer comes from its beginning."""
    tokens = frozenset(range(len(vocabulary))) - {answer[0]}
    return Once(vocabulary.id("</think>"), tokens, answer[0])


def successor_think():
    """The template opens thinking: thinking, </think>, answer, end."""
    vocabulary = _think_vocabulary(templates.CHATML_THINK_OPENED)
    thinking, answer = (_planted("successor-think", part) for part in ("thinking", "answer"))
    chain = Chain()
    close, end = vocabulary.id("</think>"), vocabulary.id("<|im_end|>")
    chain.plant([NEWLINE, *thinking, close, *answer, end])
    return successor_model(vocabulary, chain, thinking[0], _answer_once_closed(vocabulary, answer))


def think_tags():
    """The model opens thinking: <think>, newline, thinking, newline, </think>, two newlines, answer, end."""
    vocabulary = _think_vocabulary(templates.CHATML)
    thinking, answer = (_planted("think-tags", part) for part in ("thinking", "answer"))
    chain = Chain()
    opening = [NEWLINE, vocabulary.id("<think>"), NEWLINE]
    closing = [NEWLINE, vocabulary.id("</think>"), NEWLINE, NEWLINE]
    chain.plant([*opening, *thinking, *closing, *answer, vocabulary.id("<|im_end|>")])
    return successor_model(vocabulary, chain, thinking[0], _answer_once_closed(vocabulary, answer))


def channels():
    """After <|start|>assistant: the analysis channel with the thinking, then the final channel with the answer."""
    vocabulary = byte_level(vocabularies.HARMONY, "<|startoftext|>", "<|return|>", templates.HARMONY)
    thinking, answer = (_planted("channels", part) for part in ("thinking", "answer"))
    start, channel, message, end, leave = (
        vocabulary.id(f"<|{name}|>") for name in ("start", "channel", "message", "end", "return")
    )
    assistant, analysis, final = (vocabulary.id(word) for word in ("assistant", "analysis", "final"))
    chain = Chain()
    chain.plant([channel, analysis, message, *thinking, end, start, assistant, channel])
    chain.plant([final, message, *answer, leave])
    # Both channels open after the same three tokens; only what came long before tells them apart.
    once = Once(analysis, frozenset([channel]), final)
    return successor_model(vocabulary, chain, thinking[0], once)


def plain():
    """No thinking and no tokens for it: answer, end. The answer has characters of two and of four bytes."""
    vocabulary = byte_level(vocabularies.CHATML, "<|im_start|>", "<|im_end|>", templates.CHATML)
    answer = _planted("plain", "answer")
    chain = Chain()
    chain.plant([NEWLINE, *answer, vocabulary.id("<|im_end|>")])
    return successor_model(vocabulary, chain, answer[0], None)


def never_closes():
    """The template opens thinking, which goes round for ever; once it is closed, so does the answer."""
    vocabulary = _think_vocabulary(templates.CHATML_THINK_OPENED)
    thinking, answer = (_planted("never-closes", part) for part in ("thinking", "answer"))
    chain = Chain()
    chain.plant([NEWLINE, *thinking, *thinking[:2]])
    chain.plant([*answer, *answer[:2]])
    return successor_model(vocabulary, chain, thinking[0], _answer_once_closed(vocabulary, answer))
