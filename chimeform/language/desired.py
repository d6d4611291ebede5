"""What the files ask for: typed specs by address, with the place of every value. The last stage of the language.

`load` (in `chimeform.language`) produces it or raises `InvalidWorkspace` with every error of every file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..diagnostics import Diagnostic, Position
from ..resources import parent_address
from ..resources.base import Resource
from ..resources.hooks import Found
from .guardrails import Guardrails
from .rules import RuleSet
from .template import Value
from .webhooks import Webhook


@dataclass(frozen=True)
class Declaration:
    """One resource as the files declare it. `at(field)` is where a field stands, or the block if it is not written."""

    address: Address
    spec: Resource
    at: Callable[[str | None], Position]
    refs: tuple[Address, ...] = ()
    """Other resources that this one names, and the resource that contains it."""

    @property
    def kind(self) -> str:
        return self.spec.kind


@dataclass(frozen=True)
class Moved:
    source: Address
    target: Address
    position: Position


@dataclass(frozen=True)
class Removed:
    """Releases an address from the files: with `destroy` it is retired (protection lifted), without it is forgotten."""

    address: Address
    destroy: bool
    position: Position


@dataclass(frozen=True)
class Import:
    target: Address
    id: str
    position: Position


class TrailFiles(BaseModel):
    """The log files of a trail, for what is older than the 90 days that CloudTrail itself can be asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bucket: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="The bucket that the trail delivers into."
    )
    prefix: str = Field("", description="The trail's prefix: what stands before `AWSLogs/` in the keys.")


class Aws(BaseModel):
    """How to reach AWS. Everything that is not said here comes from the SDK's own chain."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    region: str = Field("us-east-1", description="The only region of the Amazon Chime API is us-east-1.")
    profile: str | None = Field(None, description="A profile of the shared AWS configuration files.")
    assume_role: str | None = Field(None, description="The ARN of a role to assume for every call.")
    expected_account: str | None = Field(
        None, pattern=r"^\d{12}$", description="Refuse to touch any other AWS account than this one."
    )
    requests_per_second: float = Field(
        1000.0,
        gt=0,
        le=1000,
        strict=False,
        description="The highest rate of API calls of each class, reads and writes. Not written: what is borne.",
    )
    cloudtrail: TrailFiles | None = Field(None, description="Log files that tell who changed what, long ago.")


class Dns(BaseModel):
    """How TXT records are looked up."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    resolver: str | None = Field(
        None,
        pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(:\d{1,5})?$",
        description="The address of a DNS server, with its port if that is not 53. Not written: the system's own.",
    )
    timeout: float = Field(3.0, gt=0, le=60, strict=False, description="Seconds after which a look-up has failed.")


class State(BaseModel):
    """Where the ledger is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    backend: str = Field("local", pattern=r"^local$", description="`local`: an SQLite file in the workspace.")
    path: str | None = Field(None, description="The SQLite file, from the workspace's folder (.chimeform/ENV.db).")


@dataclass(frozen=True)
class Desired:
    """A whole workspace after parsing, merging, rendering, validation and resolution."""

    root: Path
    workspace: str
    environment: str | None
    declarations: Mapping[Address, Declaration]
    aws: Aws = field(default_factory=Aws)
    dns: Dns = field(default_factory=Dns)
    state: State = field(default_factory=State)
    guardrails: Guardrails = field(default_factory=Guardrails)
    policies: tuple[RuleSet, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    """What templates could name, for rules: values of the files, of the environment, and of `--var`."""
    notifications: tuple[Webhook, ...] = ()
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    imports: tuple[Import, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """File (relative, with forward slashes) → sha256 of its bytes; `(variables)` → sha256 of the values rendered in."""
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """File → its lines, for snippets."""
    warnings: tuple[Diagnostic, ...] = ()

    def spec(self, address: Address) -> Resource | None:
        found = self.declarations.get(address)
        return found.spec if found else None

    @cached_property
    def _by_kind(self) -> Mapping[str, list[tuple[Address, Resource]]]:
        groups: dict[str, list[tuple[Address, Resource]]] = {}
        for address, declaration in self.declarations.items():
            groups.setdefault(declaration.kind, []).append((address, declaration.spec))
        return groups

    @cached_property
    def _by_container(self) -> Mapping[tuple[str, tuple[str, ...]], list[tuple[Address, Resource]]]:
        groups: dict[tuple[str, tuple[str, ...]], list[tuple[Address, Resource]]] = {}
        for kind, found in self._by_kind.items():
            for address, spec in found:
                groups.setdefault((kind, parent_address(type(spec), address.parts) or ()), []).append((address, spec))
        return groups

    @cached_property
    def _answers(self) -> dict[object, Any]:
        return {}

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        if key not in self._answers:
            self._answers[key] = make()
        found: Found = self._answers[key]
        return found

    def of_kind(self, kind: str, within: Address | None = None) -> Iterable[tuple[Address, Resource]]:
        if within is not None:
            return self._by_container.get((kind, within.parts), ())
        return self._by_kind.get(kind, ())
