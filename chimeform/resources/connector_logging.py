"""What a Voice Connector writes to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import Api, Call, Consequence, Of, Resource, Transition, Wire
from .log_groups import LOGS, group_name
from .voice_objects import CONNECTOR, SERVICE, read_part

_ABOUT = "developer guide: Monitoring Amazon Chime Voice Connectors"


class ConnectorLogging(Resource, kind="connector_logging", path="voice_connectors.*.logging"):
    """Logs in CloudWatch. Whoever switches them on needs the right to deliver to CloudWatch Logs.

    The service has no operation that deletes the setting: both switches are turned off.
    """

    sip: Annotated[
        bool,
        Wire("EnableSIPLogs"),
        Field(description="SIP messages, in `/aws/ChimeVoiceConnectorSipMessages/ID`."),
    ] = False
    media_metrics: Annotated[
        bool,
        Wire("EnableMediaMetricLogs"),
        Field(description="Quality of calls by the minute, in `/aws/ChimeVoiceConnectorLogs/ID`."),
    ] = False

    retire_means = "turned off"
    api = Api(
        service=SERVICE,
        details=(read_part("GetVoiceConnectorLoggingConfiguration", "LoggingConfiguration", "sip", "media_metrics"),),
        updates=(
            Call(
                "PutVoiceConnectorLoggingConfiguration",
                sends={
                    **CONNECTOR,
                    "LoggingConfiguration": {"EnableSIPLogs": Of("sip"), "EnableMediaMetricLogs": Of("media_metrics")},
                },
                sets=("sip", "media_metrics"),
                whole=True,
            ),
        ),
        retire=(
            Call(
                "PutVoiceConnectorLoggingConfiguration",
                label="off",
                sends={
                    **CONNECTOR,
                    "LoggingConfiguration": {"EnableSIPLogs": False, "EnableMediaMetricLogs": False},
                },
                clears=("sip", "media_metrics"),
            ),
        ),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.changes("sip") and transition.after.get("sip"):
            yield Consequence(
                "numbers-in-logs",
                "notice",
                "SIP messages in the logs tell who calls whom",
                _ABOUT,
            )
        if transition.action == "retire":
            connector = transition.scope.outermost
            own = connector.id if connector else None
            groups = [group_name(log, own) for log in LOGS if transition.before.get(log)]
            if groups:
                yield Consequence(
                    "logs-remain",
                    "notice",
                    f"what was logged stays in CloudWatch Logs, in {' and '.join(groups)}, until somebody deletes it "
                    "there",
                    _ABOUT,
                )
