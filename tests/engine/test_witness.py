"""The witness of every apply here: it complains of a call that the journal did not announce, in whole or at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chimeform.address import Address
from chimeform.journal import Intent, PlannedEffect
from tests.engine.engine import Witness, now


class Service:
    """Answers nothing; `meanwhile` happens while a call is on its way."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return {}

    time = staticmethod(now)


def intent(operation: str, effects: int) -> Intent:
    steps = (PlannedEffect(f"s{at}", Address.parse("accounts.corp"), "user", "create", True) for at in range(effects))
    return Intent(1, "run", operation, "", tuple(steps))


def invitation(people: int) -> dict[str, Any]:
    return {"AccountId": "a", "UserEmailList": [f"user{at}@corp.example" for at in range(people)]}


@pytest.mark.parametrize(
    ("announced", "is_seen"),
    [
        ([], True),
        ([intent("InviteUsers", 1)], True),
        ([intent("CreateAccount", 50)], True),
        ([intent("InviteUsers", 25), intent("InviteUsers", 25)], True),
        ([intent("InviteUsers", 50)], False),
    ],
)
def test_a_batch_needs_an_intent_with_as_many_effects(announced: list[Intent], is_seen: bool):
    witness = Witness(Service(), lambda: tuple(announced))
    witness.call("chime", "InviteUsers", invitation(50))
    assert bool(witness.unannounced) is is_seen


@pytest.mark.parametrize("intents", [1, 2])
def test_an_intent_does_not_speak_for_two_calls_at_once(intents: int):
    service = Service()
    witness = Witness(service, lambda: (intent("InviteUsers", 3),) * intents)
    service.meanwhile = lambda: witness.call("chime", "InviteUsers", invitation(3))
    witness.call("chime", "InviteUsers", invitation(3))
    assert bool(witness.unannounced) is (intents == 1)
    witness.unannounced.clear()
    witness.call("chime", "InviteUsers", invitation(3))
    assert witness.unannounced == [], "what has come back needs no intent any more"


def test_a_read_needs_none():
    witness = Witness(Service(), lambda: ())
    witness.call("chime", "ListUsers", {})
    assert witness.unannounced == []
