"""The journal's format: what is about to happen, written before it happens.

    Intent    "these steps are about to be sent in one call"      durable before the call leaves
    Outcome   "this step of that intent is done / failed / its answer was lost"
    Settled   "a later run looked, and this is what became of the open step"

A process that is killed at any instant leaves at most open intents behind. The next run looks at the live objects
(id, natural key) before it repeats anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .address import Address


@dataclass(frozen=True, slots=True)
class PlannedEffect:
    """What is true of one address once a step has worked, in the language's terms; enough to look for it afterwards.

    `token` is what the step is sent under, where the service knows repetitions by one: a later run that has to send it
    again uses the same.
    """

    step: str
    address: Address
    kind: str
    action: str
    exists: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    id: int
    run: str
    operation: str
    at: str
    effects: tuple[PlannedEffect, ...]


class Verdict(StrEnum):
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The answer was lost: the effect may or may not have happened."""


@dataclass(frozen=True, slots=True)
class Outcome:
    intent: int
    step: str
    verdict: Verdict
    at: str
    id: str | None = None
    error: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """`happened` is what the live object showed when the open step was looked up."""

    intent: int
    step: str
    happened: bool
    at: str
