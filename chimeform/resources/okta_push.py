"""How a group of Okta is tied to the two applications: it signs in through one and is pushed by the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from ..address import Address
from ..live import Observed, Values
from .base import (
    PARENT,
    Api,
    Around,
    Broken,
    Call,
    Declared,
    Detail,
    GateRule,
    IdOf,
    Merged,
    Resource,
    Scope,
    Wire,
)
from .okta_objects import ORG, SERVICE, needs_okta

_SIGN_IN, _PROVISIONING = IdOf("sign_in"), IdOf("provisioning")
_MAPPING = Merged(lambda before, after, facts: facts.get("mapping_id"))
_SOURCE = "guide: Connecting to Okta SSO"


def _is_on_its_way(observed: Observed | None, scope: Scope) -> bool:
    if observed is None or observed.values.get("push") != "active":
        return False
    return not observed.facts.get("last_push") or bool(observed.facts.get("error"))


def _mapping_call(operation: str, label: str = "", **rest: Any) -> Call:
    sends = {"Org": ORG, "AppId": _PROVISIONING, "MappingId": _MAPPING, **rest.pop("sends", {})}
    return Call(operation, label=label, sends=sends, **rest)


def _assignment(operation: str, label: str, app: IdOf, **rest: Any) -> Call:
    return Call(operation, label=label, sends={"Org": ORG, "AppId": app, "GroupId": PARENT}, **rest)


def _shown(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    status = answer.get("PushStatus")
    return {**answer, "Push": None if status is None else "inactive" if status == "INACTIVE" else "active"}


class OktaPush(Resource, kind="okta_push", path="accounts.*.identity.groups.*.push"):
    """A group's place in both applications. It is declared along with `okta`, for every group.

    The same group belongs to both, or people who come into Amazon Chime could not sign in
    [guide: Connecting to Okta SSO].
    """

    signs_in: Annotated[
        bool, Wire("SignsIn"), Field(description="The members may use the application that people sign in through.")
    ] = True
    provisioned: Annotated[
        bool, Wire("Provisioned"), Field(description="The members are brought into Amazon Chime.")
    ] = True
    push: Annotated[
        Literal["active"], Wire("Push"), Field(description="The group itself is brought into Amazon Chime.")
    ] = "active"

    implied_by = "okta"
    retire_means = "taken from both applications and no longer pushed; the group itself stays in Okta"
    gates = (
        GateRule(
            name="arrived",
            who="service",
            title="Okta brings the group {name} into Amazon Chime",
            closed=_is_on_its_way,
            holds=(),
            steps=(
                "wait a few minutes: until then the console does not find the group",
                "if it takes longer, look at Push Groups of the application in the Okta Admin Console",
            ),
            source=_SOURCE,
            seen_by="Okta's group push",
            overdue_after_days=1,
        ),
    )
    api = Api(
        service=SERVICE,
        is_apart=True,
        details=(
            Detail(
                "OktaDescribePush",
                sends={"Org": ORG, "GroupId": PARENT, "SignInAppId": _SIGN_IN, "ProvisioningAppId": _PROVISIONING},
                fields=("push",),
                shows=_shown,
            ),
        ),
        facts={"mapping_id": "MappingId", "last_push": "LastPush", "error": "Error"},
        updates=(
            _assignment("OktaAssignGroupToApplication", "sign-in", _SIGN_IN, sets=("signs_in",)),
            _assignment("OktaAssignGroupToApplication", "provisioning", _PROVISIONING, sets=("provisioned",)),
            Call(
                "OktaCreateGroupPushMapping",
                sends={"Org": ORG, "AppId": _PROVISIONING, "GroupId": PARENT, "Name": Around("name")},
                sets=("push",),
                when=lambda before, after: before.get("push") is None,
            ),
            _mapping_call(
                "OktaUpdateGroupPushMapping",
                sets=("push",),
                sends={"Status": "ACTIVE"},
                when=lambda before, after: before.get("push") == "inactive",
            ),
        ),
        retire=(
            _mapping_call(
                "OktaUpdateGroupPushMapping",
                label="off",
                clears=("push",),
                sends={"Status": "INACTIVE"},
                when=lambda before, after: before.get("push") == "active",
            ),
            _mapping_call(
                "OktaDeleteGroupPushMapping",
                clears=("push",),
                when=lambda before, after: before.get("push") is not None,
            ),
            _assignment(
                "OktaUnassignGroupFromApplication",
                "provisioning",
                _PROVISIONING,
                clears=("provisioned",),
                when=lambda before, after: bool(before.get("provisioned")),
            ),
            _assignment(
                "OktaUnassignGroupFromApplication",
                "sign-in",
                _SIGN_IN,
                clears=("signs_in",),
                when=lambda before, after: bool(before.get("signs_in")),
            ),
        ),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_okta(address, declared)
