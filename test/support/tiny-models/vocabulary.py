"""Tokenizers of the tiny models: every text has tokens, and few tokens are needed."""

from __future__ import annotations

from dataclasses import dataclass

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4

CHATML = {"<|im_start|>": CONTROL, "<|im_end|>": CONTROL}
THINK = {**CHATML, "<think>": USER_DEFINED, "</think>": USER_DEFINED}
# Without <|call|>, llama.cpp ends generation at <|end|>, which closes only a message here.
HARMONY = {
    name: CONTROL
    for name in (
        "<|startoftext|>",
        "<|start|>",
        "<|channel|>",
        "<|message|>",
        "<|end|>",
        "<|call|>",
        "<|return|>",
    )
}

# Role and channel names are single tokens, as in the vocabularies of models that use channels.
WORDS = (
    ("an", "ana", "anal", "analy", "analys", "analysi", "analysis"),
    ("as", "ass", "assi", "assis", "assist", "assistan", "assistant"),
    ("fi", "fin", "fina", "final"),
)
MERGES = [
    "a n", "an a", "ana l", "anal y", "analy s", "analys i", "analysi s",
    "a s", "as s", "ass i", "assi s", "assis t", "assist an", "assistan t",
    "f i", "fi n", "fin a", "fina l",
]  # fmt: skip


@dataclass(frozen=True)
class Vocabulary:
    tokens: list[str]
    types: list[int]
    metadata: dict[str, object]

    def __len__(self) -> int:
        return len(self.tokens)

    def id(self, token: str) -> int:
        """Id of a special token or of a word."""
        return self.tokens.index(token)

    @property
    def special_ids(self) -> list[int]:
        return [index for index, kind in enumerate(self.types) if kind != NORMAL]


def byte_level(special: dict[str, int], begin: str, end: str, template: str) -> Vocabulary:
    """Byte-level BPE: ids 0 to 255 are the bytes, then words, then special tokens."""
    words = [part for word in WORDS for part in word]
    tokens = [*_printable_bytes(), *words, *special]
    types = [NORMAL] * (256 + len(words)) + list(special.values())
    metadata = {
        "tokenizer.ggml.model": "gpt2",
        # Of the pre-tokenizers that llama.cpp knows, one that leaves spaces alone when it detokenizes.
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": tokens.index(begin),
        "tokenizer.ggml.eos_token_id": tokens.index(end),
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": template,
    }
    return Vocabulary(tokens, types, metadata)


def word_pieces() -> Vocabulary:
    """BERT's tokenizer with one piece a letter, digit or punctuation mark; input is lower-cased."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    special = {"[PAD]": CONTROL, "[UNK]": UNKNOWN, "[CLS]": CONTROL, "[SEP]": CONTROL, "[MASK]": CONTROL}
    tokens = [*special, *(f"▁{piece}" for piece in letters + marks), *letters]
    types = list(special.values()) + [NORMAL] * (len(tokens) - len(special))
    metadata = {
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_sep_token": True,
    }
    return Vocabulary(tokens, types, metadata)


def _printable_bytes() -> list[str]:
    """GPT-2's printable stand-in for each byte: itself, or the next free code point from 256."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    free = iter(range(256, 512))
    return [chr(byte if byte in printable else next(free)) for byte in range(256)]
