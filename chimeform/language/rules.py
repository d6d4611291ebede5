"""The shape of policy files: rules over a plan, and where they do not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..address import Address
from ..policy.cel import Expression
from ..resources import kinds
from ..resources.values import fault
from .guardrails import CheckedKind

Setting = str | bool | int | float | list[str]
Settings = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Setting]
RuleAction = Literal["create", "update", "retire", "restore", "adopt", "forget", "wait"]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _check_glob(text: str) -> str:
    try:
        Address.parse(text)
    except ValueError as error:
        raise fault(
            "CF-DOC-014",
            str(error),
            why="addresses are written as plans write them, with * and ? for what may vary",
            do="write one such as accounts.acme.users or accounts.*.bots.helpdesk",
        ) from error
    return text


def _check_field(name: str) -> str:
    if not any(name in kind.managed_fields() for kind in kinds().values()):
        raise fault(
            "CF-DOC-010",
            f"no kind has a field {name!r}",
            why="a rule for a field that there is not would never be asked",
            do="'chimeform explain KIND' lists the fields of a kind",
        )
    return name


def _as_date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Glob = Annotated[str, AfterValidator(_check_glob)]


class Match(_Block):
    """Which changes a rule looks at: those that fit everything that is written here."""

    kinds: tuple[CheckedKind, ...] = Field((), strict=False, description="Changes of these kinds.")
    actions: tuple[RuleAction, ...] = Field((), strict=False, description="Changes that do this, now or behind a gate.")
    addresses: tuple[Glob, ...] = Field((), strict=False, description="Changes at or below these addresses, or globs.")
    fields: tuple[Annotated[str, AfterValidator(_check_field)], ...] = Field(
        (), strict=False, description="Changes of one of these fields."
    )


class Exemption(_Block):
    """Addresses to which a rule is blind until a day."""

    addresses: tuple[Glob, ...] = Field(strict=False, min_length=1, description="The addresses, or globs.")
    reason: str = Field(min_length=1, description="Why, for whoever reads the rule.")
    until: Annotated[date, BeforeValidator(_as_date)] = Field(description="The last day on which it holds, in UTC.")


class RuleEntry(_Block):
    """A rule: what has to be true."""

    rule: str = Field(min_length=1, description="A CEL expression that is true where nothing is wrong.")
    message: str = Field(
        min_length=1, description="What is wrong, for people; {{ … }} holds a CEL expression whose value is shown."
    )
    over: Literal["change", "plan"] = Field(
        "change", description="Asked for every change that matches, or once for all of them together."
    )
    match: Match = Field(default_factory=Match, description="The changes that it looks at; all if nothing is written.")
    declared: tuple[CheckedKind, ...] = Field(
        (), strict=False, description="Kinds of which it wants to see everything that the files declare."
    )
    severity: Literal["error", "warning"] = Field(
        "error", description="An error refuses the plan, a warning is shown with it."
    )
    why: str = Field("", description="The reason for the rule, in a sentence.")
    do: str = Field("", description="The way out, in a sentence.")
    exceptions: tuple[Exemption, ...] = Field((), strict=False, description="Where it does not hold, and until when.")


class RuleFile(_Block):
    """A policy file: a set of rules, named after the file."""

    about: str = Field("", description="What the rules are for.")
    settings: Settings = Field(
        default_factory=dict, description="Values for the rules, as `settings`; a workspace can set them anew."
    )
    rules: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], RuleEntry] = Field(
        min_length=1, description="The rules by their names."
    )


class Policies(_Block):
    """Rules of the workspace's own over its plans."""

    files: tuple[Annotated[str, Field(min_length=1)], ...] | None = Field(
        None, strict=False, description="Policy files or patterns. Not written: policies/*.yaml."
    )
    use: tuple[str, ...] = Field((), strict=False, description="Sets of rules that chimeform ships, by name.")
    settings: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")], Settings] = Field(
        default_factory=dict, description="Settings of sets of rules, by the name of the set."
    )


@dataclass(frozen=True)
class Rule:
    """A rule that can be asked. `place` is where it stands, as people name it: `policies/people.yaml:3`."""

    id: str
    entry: RuleEntry
    place: str
    condition: Expression
    message: tuple[str | Expression, ...]
    """Text and what is shown in between."""


@dataclass(frozen=True)
class RuleSet:
    name: str
    about: str
    settings: Mapping[str, Any]
    rules: tuple[Rule, ...]
