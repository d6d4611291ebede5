"""Whether the sound of calls goes to Kinesis Video Streams, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .base import Api, Call, Consequence, Of, Resets, Resource, Shown, Transition, Wire
from .values import IN_NO_ORDER
from .voice_objects import CONNECTOR, SERVICE, read_part

_TARGETS = {"EventBridge": "eventbridge", "SNS": "sns", "SQS": "sqs"}
_WIRE_TARGETS = {ours: wire for wire, ours in _TARGETS.items()}
_FIELDS = ("data_retention_hours", "disabled", "notify", "media_insights")
_ABOUT = "developer guide: Streaming Amazon Chime Voice Connector media to Kinesis"


class MediaInsights(BaseModel):
    """A configuration of call analytics."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    configuration: Annotated[
        str, Field(pattern=r"^arn:aws[\w-]*:chime:\S+$", description="The ARN of a media insights configuration.")
    ]
    disabled: Annotated[bool, Field(description="Keep the configuration and analyse nothing.")] = False


def _targets_of(wire: Iterable[Mapping[str, Any]]) -> list[str] | None:
    return sorted(_TARGETS.get(one["NotificationTarget"], one["NotificationTarget"]) for one in wire) or None


def _targets_to(targets: Iterable[str]) -> list[dict[str, str]]:
    return [{"NotificationTarget": _WIRE_TARGETS[target]} for target in targets]


def _insights_of(wire: Mapping[str, Any]) -> dict[str, Any] | None:
    if not wire.get("ConfigurationArn"):
        return None
    return {"configuration": wire["ConfigurationArn"], "disabled": bool(wire.get("Disabled"))}


def _insights_to(insights: Mapping[str, Any]) -> dict[str, Any]:
    return {"ConfigurationArn": insights["configuration"], "Disabled": insights["disabled"]}


_Targets = Annotated[
    tuple[Literal["eventbridge", "sns", "sqs"], ...],
    IN_NO_ORDER,
    Field(strict=False, min_length=1, max_length=3),
]


class Streaming(Resource, kind="streaming", path="voice_connectors.*.streaming"):
    """The sound of calls, live in Kinesis Video Streams, and the news that a stream has begun or ended."""

    data_retention_hours: Annotated[
        int,
        Wire("DataRetentionInHours"),
        Field(ge=0, description="How long Kinesis keeps the sound; 0 keeps nothing."),
    ]
    disabled: Annotated[bool, Wire("Disabled"), Field(description="Stream nothing.")] = False
    notify: Annotated[
        _Targets | None,
        Wire("StreamingNotificationTargets", of=_targets_of, to=_targets_to),
        Resets(None),
        Shown(", ".join),
        Field(description="Who is told that a stream begins or ends."),
    ] = None
    media_insights: Annotated[
        MediaInsights | None,
        Wire("MediaInsightsConfiguration", of=_insights_of, to=_insights_to),
        Resets(None),
        Shown(lambda insights: str(insights["configuration"])),
        Field(description="Call analytics."),
    ] = None

    retire_means = "deleted: nothing is streamed"
    api = Api(
        service=SERVICE,
        # otherwise it makes the role itself
        stands_on=("service_linked_roles",),
        details=(read_part("GetVoiceConnectorStreamingConfiguration", "StreamingConfiguration", *_FIELDS),),
        updates=(
            Call(
                "PutVoiceConnectorStreamingConfiguration",
                sends={
                    **CONNECTOR,
                    "StreamingConfiguration": {
                        "DataRetentionInHours": Of("data_retention_hours"),
                        "Disabled": Of("disabled"),
                        "StreamingNotificationTargets": Of("notify"),
                        "MediaInsightsConfiguration": Of("media_insights"),
                    },
                },
                sets=_FIELDS,
                clears=("notify", "media_insights"),
                whole=True,
            ),
        ),
        retire=(Call("DeleteVoiceConnectorStreamingConfiguration", sends=CONNECTOR, clears=_FIELDS),),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        is_on = transition.action != "retire" and not transition.after.get("disabled")
        was_on = bool(transition.before) and not transition.before.get("disabled")
        if is_on and not was_on:
            yield Consequence(
                "calls-streamed",
                "caution",
                "the sound of calls goes to Kinesis Video Streams; people on the phone may have to be told",
                _ABOUT,
            )
        elif was_on and not is_on:
            yield Consequence("streaming-ends", "notice", "the sound of new calls goes nowhere", _ABOUT)
