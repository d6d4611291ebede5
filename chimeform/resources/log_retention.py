"""How long CloudWatch Logs keeps what a Voice Connector has logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ..address import Address
from ..live import Observed, Reading
from .base import (
    PARENT,
    Api,
    Broken,
    Call,
    Consequence,
    Detail,
    Of,
    Resets,
    Resource,
    Scope,
    Sight,
    Transition,
    Wire,
)
from .log_groups import LOGS, LogPeriod, group_name, period_text

SERVICE = "log-groups"
_ABOUT = "CloudWatch Logs API reference: PutRetentionPolicy"
_TITLES = {"sip": "SIP messages", "media_metrics": "media metrics"}


def _own_groups(answer: Mapping[str, Any], request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of all groups of the Region, those of one connector. Where a policy of the whole AWS account decides, the group's
    own period does not show [botocore logs LogGroup]."""
    groups = {log: answer["Groups"].get(group_name(log, request["Connector"])) for log in LOGS}
    there = {log: group for log, group in groups.items() if group is not None}
    return {
        "Kept": {log: group["Days"] for log, group in there.items() if "Policy" not in group and "Days" in group},
        "There": sorted(there),
        "Overruled": {log: group for log, group in there.items() if "Policy" in group},
    }


def _put(log: str) -> Call:
    return Call(
        "PutRetentionPolicy",
        label=_TITLES[log],
        service=SERVICE,
        sends={"Connector": PARENT, "Log": log, "Days": Of(log)},
        sets=(log,),
    )


def _lift(log: str) -> Call:
    return Call(
        "DeleteRetentionPolicy",
        label=_TITLES[log],
        service=SERVICE,
        sends={"Connector": PARENT, "Log": log},
        clears=(log,),
        when=lambda before, after: before.get(log) is not None and after.get(log) is None,
    )


class LogRetention(Resource, kind="log_retention", path="voice_connectors.*.logging.retention"):
    """For how long the log lines of a Voice Connector are kept, in its own two log groups.

    The service makes a log group with the first line that it writes; where a period is to be set before that, chimeform
    makes it. A log group and its lines are never deleted: without a period, lines are kept for ever.
    """

    sip: Annotated[
        LogPeriod | None,
        Wire("Kept.sip"),
        Resets(None),
        Field(description="SIP messages, in `/aws/ChimeVoiceConnectorSipMessages/ID`."),
    ] = None
    media_metrics: Annotated[
        LogPeriod | None,
        Wire("Kept.media_metrics"),
        Resets(None),
        Field(description="Quality of calls, in `/aws/ChimeVoiceConnectorLogs/ID`."),
    ] = None

    retire_means = "lifted; log lines are kept for ever"
    api = Api(
        service=SERVICE,
        details=(Detail("DescribeLogGroups", sends={"Connector": PARENT}, fields=LOGS, picks=_own_groups),),
        facts={"there": "There", "overruled": "Overruled"},
        updates=(*map(_put, LOGS), *map(_lift, LOGS)),
        retire=tuple(map(_lift, LOGS)),
    )

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """A period that does not show counts as what was applied last."""
        hidden = {log: sight.known[log] for log in seen.facts.get("overruled", {}) if log in sight.known}
        return replace(seen, values={**seen.values, **hidden})

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        facts = transition.observed.facts if transition.observed else {}
        for log in LOGS:
            before, after = transition.before.get(log), transition.after.get(log)
            if before is not None and after is None:
                yield Consequence(
                    "logs-kept",
                    "notice",
                    f"lines in {_group(log, transition.scope)} stay, and nothing deletes them any more",
                    _ABOUT,
                )
            has_lines = log in facts.get("there", ()) and log not in facts.get("overruled", {})
            if has_lines and after is not None and (before is None or after < before):
                yield Consequence(
                    "log-deletion",
                    "destructive",
                    f"lines in {_group(log, transition.scope)} that are older than {period_text(after)} are deleted "
                    "for good, mostly within 72 hours",
                    _ABOUT,
                )

    @classmethod
    def warnings(cls, address: Address, spec: Resource, observed: Observed) -> Iterable[Broken]:
        for log, group in observed.facts.get("overruled", {}).items():
            if log in spec.values():
                kept = f"for {period_text(group['Days'])}" if "Days" in group else "for ever"
                yield Broken(
                    "CF-LOG-002",
                    f"{address}.{log}: a policy of the whole AWS account decides, and keeps these lines {kept}",
                    why=f"in CloudWatch Logs the account policy {group['Policy']!r} overrules the period of a group",
                    do="change the account policy, or let it leave these log groups out",
                    field=log,
                    is_warning=True,
                )


def _group(log: str, scope: Scope) -> str:
    connector = scope.outermost
    return group_name(log, connector.id if connector else None)
