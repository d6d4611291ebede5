"""The notice: how a run ended or what has drifted, short enough for a chat, as a value.

Its JSON form is what a webhook of the form `json` gets; `schemas/notice.schema.json` describes it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
"""The version of the JSON form."""

Occasion = Literal["apply", "drift", "failure"]
"""`apply`: a run ended that had something to do. `drift`: something has drifted. `failure`: something did not work."""


Verb = Literal["apply", "destroy", "drift"]
"""The command that is told of."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Failure(_Value):
    """What did not work. Without an address, it is the run as a whole."""

    address: str = ""
    code: str
    summary: str
    why: str = ""
    do: str = ""


class Wait(_Value):
    """What waits for whom."""

    address: str
    who: Literal["operator", "invitee", "carrier", "service", "clock"]
    title: str
    since: str | None = Field(None, description="ISO-8601; null where the waiting has just begun.")
    is_overdue: bool = False


class Drifted(_Value):
    """What became of an object since the last apply."""

    address: str
    happened: str
    severity: Literal["notice", "caution", "destructive", "irreversible"]
    text: str = Field(description="What happened, in a sentence.")
    who: str = Field("", description="Who did it and when; empty where nobody looked.")


class Notice(_Value):
    """What a webhook is told. The lists hold the worst first, and `beyond` says how many of each are not in them."""

    format: Literal[1] = 1
    event: Verb
    occasions: tuple[Occasion, ...]
    result: Literal["done", "failed", "interrupted", "drifted", "in order"]
    workspace: str
    environment: str | None = None
    aws_account: str | None = None
    at: str = Field(description="When it was looked at, ISO-8601.")
    summary: str = Field(description="How it ended, in a sentence.")
    counts: dict[str, int] = Field(
        default_factory=dict, description="Resources by what was done, what happened to them, or how they stand."
    )
    failed: tuple[Failure, ...] = ()
    waiting: tuple[Wait, ...] = ()
    drifted: tuple[Drifted, ...] = ()
    beyond: dict[str, int] = Field(default_factory=dict, description="List → how many more there are.")
