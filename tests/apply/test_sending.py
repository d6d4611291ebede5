"""What a worker brings back when something happens that nobody has thought of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chimeform.apply.batches import Parcel
from chimeform.apply.sending import Sender
from chimeform.errors import ServiceFault
from chimeform.journal import Intent
from chimeform.language.desired import Desired
from chimeform.observe import Observer
from chimeform.plan import Effect, Step
from chimeform.recorded import Recorded
from chimeform.services.calls import Calls

CANARY = "canary-secret"


class Broken:
    """A border with a fault of its own, whose text holds what was to be sent."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ValueError(f"Invalid header value b'SSWS {CANARY}'")

    def time(self) -> datetime:
        return datetime.now(UTC)


def test_a_fault_ends_its_step_and_its_text_goes_nowhere() -> None:
    step = Step(
        id="a",
        address="accounts.acme",
        kind="account",
        call="CreateAccount",
        operation="CreateAccount",
        request={"Name": "Acme"},
        effect=Effect(),
    )
    calls = Calls(Broken(), rate=1000)
    observer = Observer(Desired(Path(), "w", None, {}), Recorded("l", 0), calls, lambda: datetime.now(UTC))
    report = Sender(calls, observer, {}).send(Parcel((step,)), Intent(1, "r", "CreateAccount", "now", ()), {})
    failure = report.failures["a"]
    assert failure.fault is ServiceFault.UNKNOWN_OUTCOME
    assert "ValueError" in failure.summary
    assert CANARY not in f"{failure} {failure.why} {failure.do}"
