"""The top level of a file apart from resources: what may stand there, and its shapes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from .desired import Aws, Dns, State
from .guardrails import Guardrails
from .rules import Policies
from .webhooks import Webhook

LANGUAGE_VERSION = 1


class Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Values = dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str | bool | int | float]


class Environment(Block):
    """A named set of values, chosen with `--env`."""

    values: Values = Field(default_factory=dict, description="What templates can use as {{ name }}.")


class MovedEntry(Block):
    """A resource that has another address now, or a whole collection.

    Nothing changes in the service, unless it is an address in another container: there it is made, and then ended here.
    """

    from_: str = Field(alias="from", min_length=1, description="The address until now.")
    to: str = Field(min_length=1, description="The address from now on, which the files declare.")


class RemovedEntry(Block):
    """Releases a resource that the files no longer declare."""

    address: str = Field(min_length=1, description="The address that is gone from the files.")
    destroy: bool = Field(description="true: retire it, even if it was protected. false: leave it and forget it.")


class ImportEntry(Block):
    """Binds a declared resource to a live object by its id."""

    to: str = Field(min_length=1, description="The declared address.")
    id: str = Field(min_length=1, description="The id that the service gave the object.")


class Workspace(Block):
    """The top level of a workspace's files, without the resources."""

    chimeform: int | None = Field(
        None, description="The version of the language; it is 1.", json_schema_extra={"const": LANGUAGE_VERSION}
    )
    workspace: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        description="The workspace's name, for reports and the ledger.",
    )
    include: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), strict=False, description="More files of the same shape: names or patterns such as accounts/*.yaml."
    )
    values: Values = Field(default_factory=dict, description="What templates can use in every environment.")
    environments: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")], Environment] = Field(
        default_factory=dict, description="Sets of values, of which `--env` chooses one."
    )
    aws: Aws | None = Field(None, description="How to reach AWS.")
    dns: Dns | None = Field(None, description="How DNS records are looked up.")
    state: State | None = Field(None, description="Where the ledger is kept.")
    guardrails: Guardrails | None = Field(None, description="Limits that stop an apply before its first call.")
    policies: Policies | None = Field(None, description="Rules of the workspace's own over its plans.")
    notifications: tuple[Webhook, ...] = Field(
        (), strict=False, description="Webhooks that are told how runs ended and what has drifted."
    )
    moved: tuple[MovedEntry, ...] = Field((), strict=False, description="Resources that have another address now.")
    removed: tuple[RemovedEntry, ...] = Field((), strict=False, description="Resources that are released.")
    import_: tuple[ImportEntry, ...] = Field(
        (), alias="import", strict=False, description="Live objects that a declaration takes over by their id."
    )


ENTRIES: dict[str, type[BaseModel]] = {
    "notifications": Webhook,
    "moved": MovedEntry,
    "removed": RemovedEntry,
    "import": ImportEntry,
}
"""Top-level lists, which add up over the files; every other key may stand in one file only."""


def block_names() -> dict[str, Any]:
    """Top-level names that are no resources → their field."""
    return {info.alias or name: info for name, info in Workspace.model_fields.items()}
