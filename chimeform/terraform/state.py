"""Terraform's state file: the resources that it manages, as it saw them last.

Only the values that blocks are written from ever leave this module's caller; a state holds passwords in clear.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ChimeformError

_VERSION = 4


@dataclass(frozen=True)
class Instance:
    """One managed object. `key` tells several of one block apart (`count`, `for_each`)."""

    type: str
    module: str
    name: str
    key: str | int | None
    attributes: Mapping[str, Any] = field(repr=False)

    @property
    def address(self) -> str:
        """How Terraform names it: `module.voice.aws_chime_voice_connector.trunk["west"]`."""
        index = "" if self.key is None else f"[{json.dumps(self.key)}]"
        return f"{f'{self.module}.' if self.module else ''}{self.type}.{self.name}{index}"

    @property
    def label(self) -> str:
        """The words of its own name, without type and module."""
        return self.name if self.key is None else f"{self.name}-{self.key}"


def read_state(text: str, name: str) -> tuple[Instance, ...]:
    """The managed objects of a state, sorted by address. Raises `ChimeformError` for what is no state of version 4."""
    state = _parse(text, name)
    if not isinstance(state, Mapping) or not isinstance(state.get("resources"), list) or "version" not in state:
        raise _unreadable(name, "it is JSON, but not a state of Terraform")
    if state["version"] != _VERSION:
        raise ChimeformError(
            f"{name}: a state of version {state['version']!r} cannot be read",
            why=f"version {_VERSION} is what Terraform has written since its release 0.12",
            do="let a current Terraform write it anew: terraform state pull > pulled.tfstate",
            code="CF-TFS-002",
        )
    return tuple(sorted(_instances(state["resources"], name), key=lambda one: one.address))


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        # the text stays out of it: a state holds passwords
        raise _unreadable(name, f"it is no JSON from line {error.lineno} on") from None


def _instances(resources: list[Any], name: str) -> Iterator[Instance]:
    for at, resource in enumerate(_objects(resources, name, "resources")):
        if resource.get("mode") != "managed":
            continue
        for one in _objects(resource.get("instances", []), name, f"resources[{at}].instances"):
            # an object that waits for its replacement to be made is on its way out
            if "deposed" not in one:
                key, attributes = one.get("index_key"), one.get("attributes") or {}
                if not isinstance(key, str | int | None) or not isinstance(attributes, Mapping):
                    raise _damaged(name, f"resources[{at}].instances")
                yield Instance(
                    str(resource.get("type")),
                    str(resource.get("module") or ""),
                    str(resource.get("name")),
                    key,
                    attributes,
                )


def _objects(value: Any, name: str, place: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise _damaged(name, place)
    return value


def _damaged(name: str, place: str) -> ChimeformError:
    return _unreadable(name, f"it is damaged: {place} is not as Terraform writes it")


def _unreadable(name: str, why: str) -> ChimeformError:
    return ChimeformError(
        f"{name} is not a state file of Terraform",
        why=why,
        do="name the file that 'terraform state pull' writes",
        code="CF-TFS-001",
    )
