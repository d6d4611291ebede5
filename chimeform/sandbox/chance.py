"""Random numbers that a seed makes reproducible and a restart can resume."""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import Any

_WORD_BYTES = 8


class Chance(random.Random):
    """A stream of random numbers whose whole state is two integers: the seed and the words drawn so far.

    It stands for no secrecy. Unlike the standard generator's 2.5 kB, its state is cheap to keep with every commit.
    """

    def __init__(self, seed: int, drawn: int = 0) -> None:
        self.origin = seed
        self.drawn = drawn
        self._key = b"%d" % seed
        super().__init__()

    def _draw(self) -> int:
        self.drawn += 1
        return int.from_bytes(blake2b(b"%d" % self.drawn, digest_size=_WORD_BYTES, key=self._key[:64]).digest())

    def random(self) -> float:
        return (self._draw() >> 11) * 2.0**-53

    def getrandbits(self, k: int, /) -> int:
        words = -(-k // (8 * _WORD_BYTES))
        value = 0
        for _ in range(words):
            value = value << (8 * _WORD_BYTES) | self._draw()
        return value >> (words * 8 * _WORD_BYTES - k)

    def seed(self, *_args: Any, **_kwargs: Any) -> None:
        """The stream is given by what it was made with."""
