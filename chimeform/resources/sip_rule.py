"""Which calls go to which SIP media applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..address import Address
from ..live import Values
from .base import (
    ID,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    Listing,
    Made,
    Of,
    Ref,
    Resource,
    Shown,
    Transition,
    Wire,
)
from .operations import SUFFIX
from .values import E164, fault
from .voice_objects import APPEARS_WITHIN, PAGE, SERVICE, VoiceName

MOST_TARGETS = 25
"""Of one rule [botocore SipRuleTargetApplicationList]."""
_HOST = ".voiceconnector.chime.aws"
"""A Voice Connector's outbound host name is its id and this [domain page, section 20.1]."""
_APPLICATION = Ref("sip_media_application", at="application", by_id=True, tells=("region",), ranked_by="priority")
_ABOUT = "developer guide: Managing SIP rules"


class Trigger(BaseModel):
    """Which calls: those to a number, or those that a Voice Connector sends out. Exactly one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: Annotated[E164 | None, Field(description="A phone number of the product sip-media-application.")] = None
    connector: Annotated[str | None, Field(description="The key of a Voice Connector.")] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Trigger:
        if (self.number is None) == (self.connector is None):
            raise fault(
                "CF-SIP-001",
                "a SIP rule has exactly one trigger",
                why="it is for the calls to a number, or for those of a Voice Connector",
                do="write either 'number' or 'connector'",
            )
        return self


class Target(BaseModel):
    """An application that takes the calls."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    application: Annotated[str, Field(min_length=1, description="The key of a SIP media application.")]
    priority: Annotated[int, Field(ge=1, description="1 gets the calls; the next one gets them if it fails.")]


def _trigger_to(trigger: Mapping[str, Any]) -> Any:
    """A host name is made of an id that an earlier step may have to bring."""
    if trigger.get("number"):
        return trigger["number"]
    connector = trigger["connector"]
    return {**connector, SUFFIX: _HOST} if isinstance(connector, Mapping) else f"{connector}{_HOST}"


def _trigger_of(value: str) -> dict[str, str]:
    return {"number": value} if value.startswith("+") else {"connector": value.removesuffix(_HOST)}


def _trigger_type(values: Values) -> str:
    return "ToPhoneNumber" if (values.get("trigger") or {}).get("number") else "RequestUriHostname"


def _in_order(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    return tuple(_APPLICATION.in_order(targets))


def _targets_of(wire: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"application": one["SipMediaApplicationId"], "priority": one["Priority"]} for one in wire]


def _targets_to(targets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "SipMediaApplicationId": target["application"],
            "Priority": target["priority"],
            "AwsRegion": target["region"],
        }
        for target in targets
    ]


def _targets_text(targets: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{target['application']} ({target['priority']})" for target in targets)


def _is_replaced(before: Values, after: Values) -> bool:
    return before.get("trigger") != after.get("trigger")


def _is_kept(before: Values, after: Values) -> bool:
    return not _is_replaced(before, after)


_NAME = Made(lambda values: values.get("name"))
_DISABLE = Call(
    "UpdateSipRule",
    label="disable",
    sends={"SipRuleId": ID, "Name": _NAME, "Disabled": True},
    when=lambda before, after: not before.get("disabled") and _is_replaced(before, after),
    clears=("trigger",),
)
_ALL = {
    "Name": Of("name"),
    "TriggerType": Made(_trigger_type),
    "TriggerValue": Of("trigger"),
    "Disabled": Of("disabled"),
    "TargetApplications": Of("targets"),
}


class SipRule(Resource, kind="sip_rule", path="sip_rules.*"):
    """A SIP rule: calls to a number, or from a Voice Connector, go to SIP media applications.

    What triggers a rule cannot change: then the rule is disabled, deleted and made again, because a number triggers one
    rule only. Until it is made again nobody answers.
    """

    name: VoiceName
    trigger: Annotated[
        Trigger,
        Wire("TriggerValue", of=_trigger_of, to=_trigger_to),
        Ref("phone_number", at="number", exclusive=True),
        Ref("voice_connector", at="connector", by_id=True),
        Shown(lambda trigger: str(trigger.get("number") or trigger.get("connector"))),
        Field(description="Which calls."),
    ]
    targets: Annotated[
        tuple[Target, ...],
        AfterValidator(_in_order),
        Wire("TargetApplications", of=_targets_of, to=_targets_to),
        _APPLICATION,
        Shown(_targets_text),
        Field(
            strict=False,
            min_length=1,
            max_length=MOST_TARGETS,
            description="Who takes the calls, at most one application of each Region.",
        ),
    ]
    disabled: Annotated[bool, Wire("Disabled"), Field(description="Leave calls alone.")] = False

    alike = ("name",)
    retire_means = "disabled and deleted; its number is free"
    api = Api(
        service=SERVICE,
        appears_within=APPEARS_WITHIN,
        listing=(Listing("ListSipRules", items="SipRules", page_size=PAGE),),
        id="SipRuleId",
        facts={"created": "CreatedTimestamp"},
        create=Call(
            "CreateSipRule",
            sends=_ALL,
            sets=("name", "trigger", "targets", "disabled"),
            id_in="SipRule.SipRuleId",
            # a number or an application that was just made is not usable at once [CDK]
            may_be_early=True,
        ),
        updates=(
            Call(
                "UpdateSipRule",
                sends={
                    "SipRuleId": ID,
                    "Name": _NAME,
                    "Disabled": Of("disabled"),
                    "TargetApplications": Of("targets"),
                },
                sets=("name", "targets", "disabled"),
                clears=("targets",),
                when=_is_kept,
            ),
            _DISABLE,
            Call(
                "DeleteSipRule",
                label="to be made again",
                sends={"SipRuleId": ID},
                clears=("trigger", "targets"),
                when=_is_replaced,
                ends=True,
            ),
            Call(
                "CreateSipRule",
                label="again",
                sends=_ALL,
                sets=("name", "trigger", "targets", "disabled"),
                when=_is_replaced,
                id_in="SipRule.SipRuleId",
                may_be_early=True,
            ),
        ),
        # only a disabled rule can be deleted [botocore SipRule]
        retire=(_DISABLE, Call("DeleteSipRule", sends={"SipRuleId": ID}, clears=("trigger", "targets"))),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, SipRule)
        yield from _of_number(address, spec, declared)
        regions: dict[str, str] = {}
        for target in spec.targets:
            application = declared.spec(Address(("sip_media_applications", target.application)))
            region = getattr(application, "region", None)
            if region is not None and (other := regions.setdefault(region, target.application)) != target.application:
                yield Broken(
                    "CF-SIP-002",
                    f"{address}.targets: {other} and {target.application} are both in {region}",
                    why="a rule takes one application of each Region [botocore CreateSipRule]",
                    do="remove one of the two, or make it in another Region",
                    field="targets",
                )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        was_on = bool(transition.before) and not transition.before.get("disabled")
        if transition.action == "retire" or (was_on and transition.after.get("disabled")):
            yield Consequence("calls-unanswered", "caution", "its calls are answered by nobody", _ABOUT)
        elif transition.action == "update" and transition.changes("trigger"):
            yield Consequence(
                "rule-replaced",
                "caution",
                "the rule is deleted and made again; in between its calls are answered by nobody",
                _ABOUT,
            )
        elif transition.action == "update" and transition.changes("targets"):
            yield Consequence("calls-rerouted", "caution", "new calls go to the new applications", _ABOUT)


def _of_number(address: Address, spec: SipRule, declared: Declared) -> Iterable[Broken]:
    if spec.trigger.number is None:
        return
    other = Address(("phone_numbers", spec.trigger.number))
    number = declared.spec(other)
    if number is not None and getattr(number, "product", None) != "sip-media-application":
        yield Broken(
            "CF-SIP-003",
            f"{address}.trigger: {spec.trigger.number} is not a number for SIP media applications",
            why="a rule takes numbers of the product sip-media-application only",
            do="write 'product: sip-media-application' for the number, or choose another one",
            field="trigger",
            other=other,
        )
