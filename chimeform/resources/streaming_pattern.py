"""Which events a rule of EventBridge lets through: those about the streams of one Voice Connector.

[domain page, section 23.5] Source, detail-type and the members of `detail` are the service's own. A pattern is ours if
it means just what the files can say; every other one is told as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

STATUSES: Mapping[str, str] = {"started": "STARTED", "ended": "ENDED", "updated": "UPDATED", "failed": "FAILED"}
"""What can happen to a stream, in the words of the files and of the events."""
DEFAULT_NAME = "chimeform-streaming-"
"""What a rule is called to which no file gives a name. The connector's id is behind it, so that no two share one, and
it is found again without a ledger."""
_OURS = {"source": ["aws.chime"], "detail-type": ["Chime VoiceConnector Streaming Status"]}
_ABOUT, _HAPPENS = "voiceConnectorId", "streamingStatus"


def pattern_for(connector: str, statuses: Iterable[str]) -> str:
    """The pattern as EventBridge takes it. With all statuses, also those that there may be some day."""
    wanted = {*statuses}
    detail: dict[str, Any] = {_ABOUT: [connector]}
    if wanted != STATUSES.keys():
        detail[_HAPPENS] = [wire for ours, wire in STATUSES.items() if ours in wanted]
    return json.dumps({**_OURS, "detail": detail})


def statuses_in(pattern: str | None, connector: str | None) -> list[str] | Mapping[str, str | None]:
    """What happens to the streams of the connector that the pattern lets through; else the pattern itself, as text."""
    try:
        found = json.loads(pattern or "")
        detail = found.pop("detail")
        about, happens = detail.pop(_ABOUT), detail.pop(_HAPPENS, [*STATUSES.values()])
        is_ours = found == _OURS and about == [connector] and not detail
        if is_ours and happens and {*happens} <= {*STATUSES.values()}:
            return [ours for ours, wire in STATUSES.items() if wire in happens]
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # whatever else it is, it is not ours
    return {"pattern": pattern}
