"""Where a secret is kept. The files hold the place and never the secret; only the border to the services goes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .values import fault

_SECRETS_MANAGER = Annotated[
    str | None,
    Field(
        pattern=r"^[A-Za-z0-9/_+=.@:-]{1,2048}$", description="A secret of AWS Secrets Manager, by its name or its ARN."
    ),
]
_SSM = Annotated[
    str | None,
    Field(pattern=r"^/?[A-Za-z0-9_./-]{1,1011}$", description="A SecureString of the Parameter Store."),
]


class Store(BaseModel):
    """A place that chimeform reads and writes: exactly one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    secretsmanager: _SECRETS_MANAGER = None
    ssm: _SSM = None

    @model_validator(mode="after")
    def _one_place(self) -> Store:
        _check(self, "'secretsmanager' or 'ssm'")
        return self


class SecretSource(BaseModel):
    """A place that chimeform only reads: exactly one of the three."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    secretsmanager: _SECRETS_MANAGER = None
    ssm: _SSM = None
    env: Annotated[
        str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="A variable of the process's environment.")
    ] = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretSource:
        _check(self, "'secretsmanager', 'ssm' or 'env'")
        return self


def _check(place: BaseModel, choices: str) -> None:
    if len(place.model_dump(exclude_none=True)) != 1:
        raise fault(
            "CF-SEC-001",
            "a secret has exactly one place",
            why="chimeform has to know where to look, and nowhere else",
            do=f"write one of {choices}",
        )


PLACE = "$secret"
"""The member of a request that has the place of a secret in its stead."""


def secret(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What stands in a request for a secret until the border to the service puts it in: only its place."""
    return {PLACE: dict(place)} if place else None


def places_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """The places of the secrets that a request needs."""
    if isinstance(value, Mapping) and value.keys() == {PLACE}:
        yield value[PLACE]
        return
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from places_in(part)


def place_text(place: Mapping[str, Any]) -> str:
    """How people name the place."""
    words = {"secretsmanager": "Secrets Manager", "ssm": "Parameter Store", "env": "the variable"}
    return ", ".join(f"{words[store]} {name}" for store, name in place.items() if name is not None)
