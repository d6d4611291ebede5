"""Who decides who may sign in to an account: an Okta organisation, or a directory of AWS Directory Service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ..address import Address
from ..live import Observed, Reading, Unknown, Values
from .base import (
    PARENT,
    Api,
    Beside,
    Broken,
    Consequence,
    Declared,
    Detail,
    GateRule,
    Local,
    Made,
    Ours,
    Resource,
    Scope,
    Shown,
    Sight,
    Transition,
)
from .enterprise import ENTERPRISE_GATE, account_type, needs_enterprise
from .provider import CONNECTING, Directory, Okta, is_connected
from .values import fault, license_of

_KINDS = {"ADConnector": "an AD Connector", "MicrosoftAD": "a Managed Microsoft AD", "SimpleAD": "a Simple AD"}
"""What can be connected [guide: Connecting to Active Directory]."""


def _directory_id(values: Values) -> Any:
    return [values["directory"]["id"]]


def _has_directory(values: Values) -> bool:
    return bool(values.get("directory"))


def _shown_directory(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    found = next(iter(answer.get("DirectoryDescriptions", ())), None)
    return {"Seen": {name: found.get(name) for name in ("Type", "Stage", "Name")} if found else {}}


def _shown_people(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """Registered people: the licence of each, and since when she is a member."""
    return {
        "People": {
            user["PrimaryEmail"].casefold(): [
                license_of(user.get("LicenseType", "")),
                _moment(user.get("RegisteredOn")),
            ]
            for user in answer["Users"]
            if user.get("UserRegistrationStatus") == "Registered" and user.get("PrimaryEmail")
        }
    }


def _moment(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")


def _is_unconnected(observed: Observed | None, scope: Scope) -> bool:
    """Okta's own gate stands beside the client whose keys it needs."""
    return (
        observed is not None and bool(observed.values.get("directory")) and account_type(scope) != "EnterpriseDirectory"
    )


def _is_unfinished(observed: Observed | None, scope: Scope) -> bool:
    found = observed.facts.get("seen") if observed else None
    return found is not None and found.get("Stage") not in (None, "Active")


def _no_directory(name: str) -> Unknown:
    return Unknown(
        f"there is no directory {name} in us-east-1",
        do="correct the id; Amazon Chime connects directories of AWS Directory Service in us-east-1 only",
        code="CF-IDN-003",
    )


def _wrong_directory(name: str, kind: str) -> Unknown:
    *others, last = _KINDS.values()
    return Unknown(
        f"the directory {name} is a {kind}, which Amazon Chime does not connect",
        do=f"name {', '.join(others)} or {last}, in this AWS account",
        code="CF-IDN-004",
    )


_SUGGESTED = {
    "EnterpriseDirectory": "directory: {id: d-0123456789}",
    "EnterpriseOIDC": "okta: {org_url: https://ORGANISATION.okta.com}",
}
"""By the type of the account: what it is connected to, in the words of the files."""


class Identity(Resource, kind="identity", path="accounts.*.identity"):
    """Okta or Active Directory, which then decides who may sign in and with which licence. Exactly one of the two.

    Only an Enterprise account can be connected, and only in the console
    [guide: Connecting to Active Directory; Connecting to Okta SSO].
    """

    okta: Annotated[
        Okta | None, Ours(), Shown(lambda okta: str(okta["org_url"])), Field(description="An Okta organisation.")
    ] = None
    directory: Annotated[
        Directory | None,
        Ours(),
        Shown(lambda directory: str(directory["id"])),
        Field(description="A directory of AWS Directory Service."),
    ] = None
    authoritative: Annotated[
        tuple[Literal["sign_in_delegates"], ...],
        Local(),
        Field(
            strict=False,
            description="With `sign_in_delegates`: delegate groups that no file names leave the list.",
        ),
    ] = ()

    retire_means = "left as it is; disconnecting is done in the console"
    gates = (
        ENTERPRISE_GATE,
        GateRule(
            name="active",
            who="service",
            title="AWS Directory Service finishes the directory {directory_id}",
            closed=_is_unfinished,
            holds=(),
            steps=("wait until the directory is Active; look at its stage in the console of AWS Directory Service",),
            source="guide: Prerequisites",
            seen_by="AWS Directory Service",
            overdue_after_days=1,
        ),
        GateRule(
            name="connected",
            who="operator",
            title="the directory {directory_id} is connected",
            closed=_is_unconnected,
            holds=(),
            steps=CONNECTING,
            source="guide: Connecting to your Active Directory in Amazon Chime",
            seen_by="the account's type",
            overdue_after_days=7,
        ),
    )
    api = Api(
        service="chime",
        details=(
            Detail(
                "ListUsers",
                sends={"AccountId": PARENT},
                fields=("okta", "directory"),
                items="Users",
                shows=_shown_people,
            ),
            Detail(
                "DescribeDirectories",
                service="ds",
                sends={"DirectoryIds": Made(_directory_id)},
                fields=("directory",),
                when=_has_directory,
                absent_is_empty=True,
                shows=_shown_directory,
            ),
        ),
        facts={"people": "People", "seen": "Seen"},
    )

    @model_validator(mode="after")
    def _one_provider(self) -> Identity:
        if (self.okta is None) == (self.directory is None):
            raise fault(
                "CF-IDN-001",
                "one of 'okta' and 'directory' decides who may sign in",
                why="an account is connected to an Okta organisation or to a directory, never to both",
                do="write exactly one of the two",
            )
        return self

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """How chimeform reaches the provider is its own matter, and always as declared: that the account is connected
        shows in its type, and to what is shown nowhere. What cannot be connected is not looked into."""
        values = dict(sight.wanted or sight.known)
        if values.get("directory"):
            found, name = seen.facts.get("seen") or {}, values["directory"]["id"]
            if not found:
                return _no_directory(name)
            if found["Type"] not in _KINDS:
                return _wrong_directory(name, found["Type"])
        return replace(seen, values=values)

    @classmethod
    def hints(cls, scope: Scope, beside: Beside) -> Iterable[str]:
        if provider := _SUGGESTED.get(account_type(scope) or ""):
            yield "identity:"
            yield f"  {provider}"
            delegates = (
                [group["GroupName"] for group in scope.parent.facts.get("delegates", ())] if scope.parent else []
            )
            if delegates:
                yield f"  sign_in_delegates: {json.dumps(delegates, ensure_ascii=False)}"

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_enterprise("CF-IDN-002", "Okta or Active Directory", address, declared)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action != "forget" and not is_connected(transition.scope):
            provider = "Okta" if transition.after.get("okta") else "the directory"
            yield Consequence(
                "provider-decides",
                "caution",
                f"once it is connected, {provider} decides who may sign in, and with which licence",
                "guide: Managing user permissions and access",
            )
