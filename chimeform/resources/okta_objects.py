"""What the kinds that live in an Okta organisation have in common: how an app is found, and how it is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from ..address import Address
from ..live import Values
from .hooks import Broken, Declared
from .markers import Shown
from .operations import ID, Around, Find, Made
from .values import IN_NO_ORDER

if TYPE_CHECKING:
    from .base import Resource

SERVICE = "okta"
ORG = Around("okta")

Unordered = Annotated[tuple[str, ...], IN_NO_ORDER, Shown(", ".join)]
"""Texts that Okta keeps in no order of their own."""

_OWN = ("id", "created", "lastUpdated", "status", "statusChanged", "activated", "features", "orn")
"""Members of an app that Okta keeps by itself."""


def find_app(integration: str) -> Find:
    """By its id, where it is known, or else by its label among the apps of an integration."""
    label = Made(lambda values: values["label"])
    return Find("OktaFindApplication", "Apps", sends={"Org": ORG, "Id": ID, "Name": integration, "Label": label})


def needs_okta(address: Address, declared: Declared) -> Iterable[Broken]:
    """The rule for what only means something to an account that is connected to Okta."""
    identity = Address(address.parts[:3])
    spec = declared.spec(identity)
    if spec is not None and getattr(spec, "okta", None) is None:
        yield Broken(
            "CF-IDN-005",
            f"{address}: the account is not connected to Okta",
            why="the block describes something in Okta, and there is no 'okta' in 'identity'",
            do=f"write 'okta: {{org_url: https://acme.okta.com}}' in {identity}, or remove the block",
        )


def owns_its_label(kind: str, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
    """Applications are known by their labels, so each account needs one of its own in an organisation."""
    label, org = spec.values()["label"], _org(address, declared)
    for other, same in declared.of_kind(kind) if org else ():
        if other < address and same.values()["label"] == label and _org(other, declared) == org:
            yield Broken(
                "CF-IDN-008",
                f"{address}: {other} has the same label, {label!r}, in the same organisation",
                why="an application is found by its label, and each account has its own",
                do=f"write 'label: {label} {address.parts[1]}' in one of the two",
                other=other,
            )


def _org(address: Address, declared: Declared) -> str | None:
    okta = getattr(declared.spec(Address(address.parts[:3])), "okta", None)
    return okta.org_url if okta else None


def changed_app(app: Mapping[str, Any], changes: Values) -> dict[str, Any]:
    """A whole app as it is sent: Okta gives what is not named its default, so the rest is sent as it was read."""
    kept = {name: value for name, value in app.items() if name not in _OWN}
    return _merged(kept, changes)


def _merged(whole: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(whole)
    for name, value in part.items():
        before = merged.get(name)
        is_block = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(before, value) if is_block else value  # type: ignore[arg-type]
    return merged
