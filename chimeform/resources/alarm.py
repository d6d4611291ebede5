"""An alarm of CloudWatch on the calls of a Voice Connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..address import Address
from ..live import Observed, Values
from .base import (
    ID,
    PARENT,
    Api,
    Batch,
    Broken,
    Call,
    Consequence,
    Declared,
    Fact,
    KeyByDefault,
    Listing,
    Made,
    NaturalKey,
    Of,
    Resets,
    Resource,
    Shown,
    Transition,
    Wire,
    all_or_none,
)
from .call_metrics import AlarmPeriod, CallMetric, Statistic, longest_look, seconds_text, usual_statistic
from .values import IN_NO_ORDER, fault
from .voice_objects import first_of_its_name

SERVICE = "alarms"
MOST_IN_A_CALL = 100
"""Names in one DeleteAlarms [botocore AlarmNames]."""
_ABOUT = "CloudWatch API reference: PutMetricAlarm"

_Arn = Annotated[str, Field(pattern=r"^arn:aws[\w-]*:\S+$", max_length=1024)]
Told = Annotated[
    tuple[_Arn, ...],
    IN_NO_ORDER,
    Field(strict=False, min_length=1, max_length=5),
    Shown(", ".join),
]
"""Up to five ARNs: topics of SNS, or whatever else CloudWatch can start [botocore ResourceList]."""


def _arns(wire: Iterable[str]) -> list[str] | None:
    return sorted(wire) or None


def _of_connector(answer: Mapping[str, Any], request: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The alarms of one Voice Connector. Where it is yet to be made, those of all that may have been here before it:
    they are known by their names, and watch nothing of this one."""
    alarms: Mapping[str, list[Mapping[str, Any]]] = answer["Of"]
    if "Connector" in request:
        return alarms.get(request["Connector"], ())
    return [{**one, "Metric": None} for each in alarms.values() for one in each]


def _statistic(values: Values) -> str:
    return str(values.get("statistic") or usual_statistic(values["metric"]))


_WHOLE = {
    "Connector": PARENT,
    "Name": Of("name"),
    "Metric": Of("metric"),
    "Statistic": Made(_statistic),
    "Threshold": Of("threshold"),
    "Comparison": Of("comparison"),
    "Period": Of("period"),
    "EvaluationPeriods": Of("evaluation_periods"),
    "Datapoints": Of("datapoints"),
    "MissingData": Of("missing_data"),
    "Description": Of("description"),
    "Enabled": Of("enabled"),
    "Notify": Of("notify"),
    "NotifyOk": Of("notify_ok"),
    "NotifyNoData": Of("notify_no_data"),
}
_OPTIONAL = ("datapoints", "description", "notify", "notify_ok", "notify_no_data")
_FIELDS = (
    *("name", "metric", "statistic", "threshold", "comparison", "period", "evaluation_periods", "missing_data"),
    *("enabled", *_OPTIONAL),
)


class Alarm(Resource, kind="alarm", path="voice_connectors.*.alarms.*"):
    """An alarm on one metric of a Voice Connector, in the connector's Region.

    CloudWatch does not take it away with the connector: chimeform does.
    """

    name: Annotated[
        str,
        Wire("Name"),
        KeyByDefault(with_containers=True),
        NaturalKey(),
        Field(
            pattern=r"^[^\x00-\x1f\x7f]{1,255}$",
            description="What CloudWatch calls it, once in an AWS account and Region. Not written: the keys of the "
            "connector and of the alarm, such as `frankfurt-failed-calls`.",
        ),
    ]
    metric: Annotated[CallMetric, Wire("Metric"), Field(description="What is watched.")]
    threshold: Annotated[
        float, Wire("Threshold"), Field(strict=False, allow_inf_nan=False, description="The value it is held against.")
    ]
    comparison: Annotated[
        Literal["at-least", "above", "at-most", "below"],
        Wire("Comparison"),
        Field(description="The alarm goes off when the metric is so beside the threshold."),
    ] = "at-least"
    statistic: Annotated[
        Statistic | None,
        Wire("Statistic"),
        Field(
            description="What is made of the values of a period. Not written: the sum of counts and the average of "
            "everything else for a new alarm, and else left as it is."
        ),
    ] = None
    period: Annotated[AlarmPeriod, Wire("Period"), Field(description="How long each look at the metric covers.")] = 300
    evaluation_periods: Annotated[
        int, Wire("EvaluationPeriods"), Field(ge=1, description="How many of the last periods are looked at.")
    ] = 1
    datapoints: Annotated[
        int | None,
        Wire("Datapoints"),
        Resets(None),
        Field(ge=1, description="In how many of them the threshold has to be broken. Not written: in all."),
    ] = None
    missing_data: Annotated[
        Literal["missing", "ignore", "breaching", "not-breaching"],
        Wire("MissingData"),
        Field(description="What a period without any value counts as. Counts have none while nobody calls."),
    ] = "missing"
    description: Annotated[
        str | None,
        Wire("Description", of=lambda text: text or None),
        Resets(None),
        Field(min_length=1, max_length=1024, description="What whoever is told should know."),
    ] = None
    enabled: Annotated[bool, Wire("Enabled"), Field(description="Tell somebody; off, it only shows its state.")] = True
    notify: Annotated[
        Told | None,
        Wire("Notify", of=_arns),
        Resets(None),
        Field(description="The ARNs of whom it tells when it goes off."),
    ] = None
    notify_ok: Annotated[
        Told | None,
        Wire("NotifyOk", of=_arns),
        Resets(None),
        Field(description="The ARNs of whom it tells when all is well again."),
    ] = None
    notify_no_data: Annotated[
        Told | None,
        Wire("NotifyNoData", of=_arns),
        Resets(None),
        Field(description="The ARNs of whom it tells when there is nothing to judge by."),
    ] = None

    retire_means = "deleted"
    api = Api(
        service=SERVICE,
        is_apart=True,
        listing=(Listing("DescribeAlarms", items="Of", sends={"Connector": PARENT}, picks=_of_connector),),
        id="Name",
        facts={"changed": "Changed"},
        create=Call("CreateAlarm", sends=_WHOLE, sets=_FIELDS, id_in="Name"),
        updates=(
            Call(
                "PutAlarm",
                sends={**_WHOLE, "Was": ID, "Changed": Fact("changed")},
                sets=_FIELDS,
                clears=_OPTIONAL,
                whole=True,
                id_in="Name",
            ),
        ),
        retire=(
            Call(
                "DeleteAlarms",
                sends={},
                batch=Batch(
                    "Alarms",
                    item={"Name": ID, "Changed": Fact("changed")},
                    key="Name",
                    size=MOST_IN_A_CALL,
                    failures=all_or_none,
                ),
            ),
        ),
    )

    @model_validator(mode="after")
    def _looks_back_no_further_than_cloudwatch(self) -> Self:
        most = longest_look(self.period)
        if self.period * self.evaluation_periods > most:
            raise fault(
                "CF-ALM-002",
                f"{self.evaluation_periods} times {seconds_text(self.period)} are longer than {seconds_text(most)}",
                why="an alarm looks back one day at most, or seven with periods of an hour or more [botocore "
                "PutMetricAlarm]",
                do="lower 'evaluation_periods', or choose another period",
            )
        if self.datapoints is not None and self.datapoints > self.evaluation_periods:
            raise fault(
                "CF-ALM-002",
                f"{self.datapoints} datapoints of {self.evaluation_periods} periods can never break the threshold",
                why="each period is one datapoint",
                do="lower 'datapoints', or raise 'evaluation_periods'",
            )
        return self

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, Alarm)
        if (first := first_of_its_name(cls.kind, address, declared)) != address:
            yield Broken(
                "CF-ALM-004",
                f"{address}: {first} declares an alarm {spec.name!r} in the same Region already",
                why="CloudWatch knows an alarm of a Region by its name",
                do="write another 'name' into one of them",
                other=first,
            )

    @classmethod
    def is_there(cls, observed: Observed) -> bool:
        """What watches another Voice Connector is only somebody of the same name."""
        return "metric" in observed.values

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        """A new name that is taken; not by what is as this alarm is to be, which is all that a run that ended between
        its two calls has left."""
        wanted = transition.after
        if transition.action != "update" or not transition.changes("name"):
            return
        for other, now, then in transition.whole.of_kind(cls.kind, Address(transition.address.parts[:2])):
            is_kept = now is not None and then is not None and now.values.get("name") == then.get("name")
            if is_kept and then and then.get("name") == wanted.get("name") and then != wanted:
                yield Broken(
                    "CF-ALM-005",
                    f"{transition.address}: there is an alarm {wanted['name']!r} already",
                    why="the new name would put this alarm in its place, and nothing in the plan takes it away",
                    do="write another 'name', or delete the other alarm first",
                    field="name",
                    other=other,
                )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        was_told = _tells(transition.before)
        is_told = transition.action != "retire" and _tells(transition.after)
        if was_told and not is_told:
            metric = transition.before.get("metric") or transition.after.get("metric")
            yield Consequence("alarm-silenced", "caution", f"nobody is told any more when {metric} is bad", _ABOUT)


def _tells(values: Values) -> bool:
    return bool(values.get("enabled", True) and values.get("notify"))
