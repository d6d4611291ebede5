"""Who is told through EventBridge that the stream of a call has begun, ended, changed or failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..address import Address
from ..live import Observed, Values
from .base import (
    PARENT,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    Detail,
    Made,
    Of,
    Recalled,
    Resets,
    Resource,
    Shown,
    Transition,
    Wire,
)
from .event_targets import Target, TargetArn, way_in
from .streaming_pattern import STATUSES
from .values import IN_NO_ORDER
from .voice_objects import first_of_its_name

RULES = "event-rules"
_MOST_TARGETS = 5
_RULE_FIELDS = ("name", "statuses", "enabled", "description")
_FIELDS = (*_RULE_FIELDS, "targets", "message_group")
_ABOUT = "developer guide: Automating Amazon Chime Voice Connectors with EventBridge"
_OUTSIDE = "EventBridge user guide: Using resource-based policies for Amazon EventBridge"


def _names(values: Values, known: Values) -> list[str | None]:
    """The rules to look at: the declared one and, where it was called otherwise, the one before. None: no name."""
    return [values.get("name"), *(_earlier(values, known) or ())]


def _earlier(values: Values, known: Values) -> list[str | None] | None:
    """The rule that was applied last and is not wanted any more."""
    is_left = bool(known) and (not values or known.get("name") != values.get("name"))
    return [known.get("name")] if is_left else None


def _shown(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """The declared rule as it is, under the name of the one before as long as that is still there."""
    rule, *before = answer["Rules"]
    left = next((one["Name"] for one in before if one), None)
    name = left or (rule and (wanted or known).get("name"))
    return {**(rule or {}), "Name": name, "Rule": rule and rule["Arn"]}


def _is_left(before: Values, after: Values) -> bool:
    return before.get("name") is not None and before["name"] != after.get("name")


def _is_changed(before: Values, after: Values) -> bool:
    return not _is_left(before, after) and any(before.get(one) != after.get(one) for one in _RULE_FIELDS)


_RULE = {
    "Connector": PARENT,
    "Rule": Of("name"),
    "Statuses": Of("statuses"),
    "Enabled": Of("enabled"),
    "Description": Of("description"),
}


def _statuses_text(value: Any) -> str:
    return f"another pattern: {value['pattern']}" if isinstance(value, Mapping) else ", ".join(value)


def _in_order(statuses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in STATUSES if one in statuses)


class StreamingEvents(Resource, kind="streaming_events", path="voice_connectors.*.streaming.events"):
    """A rule of EventBridge, in the Region of the Voice Connector: what happens to its streams is handed on to topics,
    queues and functions.

    The rule is chimeform's: its pattern and its targets are what the files say, and what somebody else has put there
    is taken away. It goes, targets first, with its block or its connector. Whether a target lets EventBridge in is a
    matter of its own policy, which is read and never written.
    """

    name: Annotated[
        str | None,
        Wire("Name"),
        Resets(None),
        Field(
            pattern=r"^[.\-_A-Za-z0-9]{1,64}$",
            description="What the rule is called. Not written: `chimeform-streaming-` and the id of the connector.",
        ),
    ] = None
    statuses: Annotated[
        tuple[Literal["started", "ended", "updated", "failed"], ...],
        AfterValidator(_in_order),
        Wire("Statuses"),
        Shown(_statuses_text),
        Field(strict=False, min_length=1, description="What they are told of; not written: everything."),
    ] = ("started", "ended", "updated", "failed")
    targets: Annotated[
        tuple[TargetArn, ...],
        IN_NO_ORDER,
        Wire("Targets"),
        Shown(", ".join),
        Field(
            strict=False,
            min_length=1,
            max_length=_MOST_TARGETS,
            description="ARNs of the SNS topics, SQS queues and Lambda functions that events go to.",
        ),
    ]
    message_group: Annotated[
        str | None,
        Wire("MessageGroup"),
        Resets(None),
        Field(min_length=1, max_length=128, description="The message group of events in FIFO queues."),
    ] = None
    enabled: Annotated[bool, Wire("Enabled"), Field(description="Hand events on.")] = True
    description: Annotated[
        str | None, Wire("Description"), Resets(None), Field(min_length=1, max_length=512, description="For people.")
    ] = None

    retire_means = "deleted with its targets: nobody is told through it"
    api = Api(
        service=RULES,
        is_apart=True,
        details=(
            Detail(
                "DescribeRule",
                sends={"Connector": PARENT, "Rules": Recalled(_names)},
                fields=_FIELDS,
                shows=_shown,
            ),
            Detail(
                "DescribeTargets",
                service="event-targets",
                sends={"Targets": Made(lambda values: values["targets"])},
                fields=("targets",),
                when=lambda values: "targets" in values,
                into="Reach",
            ),
        ),
        facts={"rule": "Rule", "absent": "Reach.Absent", "shut": "Reach.Shut"},
        updates=(
            Call(
                "PutRule", sends=_RULE, sets=_RULE_FIELDS, clears=("name", "description"), whole=True, when=_is_changed
            ),
            # the name counts as changed once the rule of the name before is gone, so that nobody forgets that one
            Call("PutRule", label="new name", sends=_RULE, sets=_RULE_FIELDS[1:], whole=True, when=_is_left),
            Call(
                "PutTargets",
                sends={
                    "Connector": PARENT,
                    "Rule": Of("name"),
                    "Targets": Of("targets"),
                    "MessageGroup": Of("message_group"),
                },
                sets=("targets", "message_group"),
                clears=("message_group",),
                whole=True,
                after=("PutRule", "PutRule (new name)"),
            ),
            Call(
                "DeleteRule",
                label="the one before",
                sends={"Connector": PARENT, "Rules": Recalled(_earlier)},
                sets=("name",),
                clears=("name",),
                when=_is_left,
                after=("PutRule (new name)", "PutTargets"),
            ),
        ),
        retire=(Call("DeleteRule", sends={"Connector": PARENT, "Rules": Recalled(_earlier)}, clears=_FIELDS),),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, StreamingEvents)
        yield from _of_streaming(address, declared)
        ordered = [arn for arn in spec.targets if Target.of(arn).is_ordered_queue]
        if ordered and spec.message_group is None:
            yield Broken(
                "CF-EVT-003",
                f"{address}.targets: {ordered[0]} is a FIFO queue, and 'message_group' is missing",
                why="a FIFO queue takes no message without a message group [SQS API reference: SendMessage]",
                do="write 'message_group'; the queue needs content-based deduplication too",
                field="targets",
            )
        if (first := first_of_its_name(cls.kind, address, declared)) != address:
            yield Broken(
                "CF-EVT-004",
                f"{address}.name: the rule of {first} is called {spec.name!r} too",
                why="both would write the same rule of EventBridge, over one another",
                do="choose another name, or leave it out",
                field="name",
                other=first,
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        before, after = transition.before, transition.after
        if transition.action == "retire" or (before.get("enabled") and not after.get("enabled")):
            yield Consequence("nobody-told", "notice", "nobody is told any more what happens to its streams", _ABOUT)
        elif new := [one for one in after.get("targets", ()) if one not in before.get("targets", ())]:
            text = f"the events tell who calls whom, and go to {', '.join(new)}"
            yield Consequence("numbers-in-events", "notice", text, _ABOUT)

    @classmethod
    def warnings(cls, address: Address, spec: Resource, observed: Observed) -> Iterable[Broken]:
        for arn in observed.facts.get("absent", ()):
            yield Broken(
                "CF-EVT-006",
                f"{address}.targets: there is no {arn}",
                why="EventBridge takes a target without looking for it, and its events are lost",
                do="create it, or correct the ARN",
                field="targets",
                is_warning=True,
            )
        for arn in observed.facts.get("shut", ()):
            yield Broken(
                "CF-EVT-005",
                f"{address}.targets: {arn} does not let EventBridge in",
                why=f"its own policy does not allow events.amazonaws.com [{_OUTSIDE}]",
                do=way_in(Target.of(arn), observed.facts.get("rule")),
                field="targets",
                is_warning=True,
            )


def _of_streaming(address: Address, declared: Declared) -> Iterable[Broken]:
    """Events are sent only where streaming says so."""
    around = Address(address.parts[:-1])
    notify = getattr(declared.spec(around), "notify", None)
    if notify is None or "eventbridge" not in notify:
        yield Broken(
            "CF-EVT-001",
            f"{address}: 'eventbridge' is not among {around}.notify",
            why="the service sends what happens to streams only to what the streaming configuration names "
            "[botocore StreamingNotificationTargets]",
            do="add 'eventbridge' to 'notify'",
            other=around,
            # what no file names is left as it is, and may be just right
            is_warning=notify is None,
        )
