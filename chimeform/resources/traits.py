"""What the markers say of the fields of a kind, collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from .by_hand import ConsoleOnly
from .markers import (
    Fixed,
    FromKey,
    HandedOver,
    KeyByDefault,
    Local,
    NamesBack,
    NaturalKey,
    Ours,
    Ref,
    Resets,
    ServerDefault,
    Shown,
    Wire,
    WriteOnly,
)


@dataclass(frozen=True)
class Trait:
    """The markers of one field, collected."""

    name: str
    description: str
    required: bool
    wire: Wire | None = None
    fixed: Fixed | None = None
    natural_key: NaturalKey | None = None
    from_key: bool = False
    key_by_default: KeyByDefault | None = None
    handed_over: HandedOver | None = None
    server_default: ServerDefault | None = None
    resets: Resets | None = None
    refs: tuple[Ref, ...] = ()
    names_back: NamesBack | None = None
    shown: Shown | None = None
    local: bool = False
    ours: bool = False
    write_only: bool = False
    console_only: bool = False

    @property
    def ref(self) -> Ref | None:
        """The first reference, for fields that name one thing."""
        return self.refs[0] if self.refs else None

    def text(self, value: Any) -> str:
        """The value as people write it."""
        if value is None:
            return "(not confirmed)" if self.console_only else "(none)"
        if self.shown:
            return self.shown.as_text(value)
        return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def managed_fields(cls: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, trait in traits_of(cls).items() if not trait.local)


@cache
def key_field(cls: type[BaseModel]) -> str | None:
    return next((name for name, trait in traits_of(cls).items() if trait.from_key), None)


def _type_markers(annotation: Any) -> Iterable[Any]:
    """Markers that belong to the type itself, also where it is optional (`RetentionPeriod | None`)."""
    for part in (annotation, *get_args(annotation)):
        yield from getattr(part, "__metadata__", ())


@cache
def traits_of(cls: type[BaseModel]) -> Mapping[str, Trait]:
    traits = {}
    for name, info in cls.model_fields.items():
        markers = (*_type_markers(info.annotation), *info.metadata)
        by_type = {type(marker): marker for marker in markers}
        traits[name] = Trait(
            name=name,
            description=info.description or "",
            required=info.is_required() and KeyByDefault not in by_type,
            wire=by_type.get(Wire),
            fixed=by_type.get(Fixed),
            natural_key=by_type.get(NaturalKey),
            from_key=FromKey in by_type,
            key_by_default=by_type.get(KeyByDefault),
            handed_over=by_type.get(HandedOver),
            server_default=by_type.get(ServerDefault),
            resets=by_type.get(Resets),
            refs=tuple(marker for marker in markers if isinstance(marker, Ref)),
            names_back=by_type.get(NamesBack),
            shown=by_type.get(Shown),
            local=Local in by_type,
            ours=Ours in by_type,
            write_only=WriteOnly in by_type,
            console_only=ConsoleOnly in by_type,
        )
    return traits
