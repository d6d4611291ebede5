"""Sign-in delegate groups of an account with a directory: these are added and removed, and no others are touched."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.address import Address
from chimeform.language.desired import Aws, Dns
from chimeform.services.routing import all_services
from tests.directories import Directories
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox_process import SandboxProcess

IDENTITY = "accounts.corp.identity"
ASSOCIATE, DISASSOCIATE = "AssociateSigninDelegateGroupsWithAccount", "DisassociateSigninDelegateGroupsFromAccount"


class Delegates:
    """The account with its directory, as the service has it."""

    def __init__(self, stage: Stage, directory: str) -> None:
        self._stage, self.directory = stage, directory
        self.account = stage.enterprise("Corp", "corp.example")

    def connect(self) -> None:
        body = {"directory_id": self.directory}
        self._stage.sandbox.post(f"console/accounts/{self.account}/directory", body)

    def add(self, *names: str) -> None:
        self._stage.chime.associate_signin_delegate_groups_with_account(
            AccountId=self.account, SigninDelegateGroups=[{"GroupName": name} for name in names]
        )

    def names(self) -> list[str]:
        account = self._stage.chime.get_account(AccountId=self.account)["Account"]
        return [group["GroupName"] for group in account["SigninDelegateGroups"]]

    def blocks(self, *names: str, **fields: Any) -> dict[str, Any]:
        identity = {"directory": {"id": self.directory}, "sign_in_delegates": list(names), **fields}
        return {"accounts": {"corp": {"name": "Corp", "identity": identity}}}


@pytest.fixture
def engine(sandbox: SandboxProcess, tmp_path: Any) -> Engine:
    return Engine(sandbox, tmp_path / "workspace", all_services(Aws(), Dns(), {}, tmp_path))


@pytest.fixture
def delegates(sandbox: SandboxProcess, stage: Stage) -> Delegates:
    return Delegates(stage, Directories(sandbox).connector())


def test_groups_are_added_and_removed_and_others_are_left_alone(engine: Engine, delegates: Delegates):
    delegates.connect()
    delegates.add("Of Others")
    engine.write(delegates.blocks("Room Devices", "Lobby"))
    applied = engine.applied()
    assert applied.writes() == {ASSOCIATE: 1}
    assert sorted(delegates.names()) == ["Lobby", "Of Others", "Room Devices"]
    (left_alone,) = applied.planned.live.unmanaged
    assert str(left_alone.address) == f'{IDENTITY}.sign_in_delegates["Of Others"]'

    engine.write(delegates.blocks("Lobby", "Canteen"))
    assert engine.applied().writes() == {ASSOCIATE: 1, DISASSOCIATE: 1}
    assert sorted(delegates.names()) == ["Canteen", "Lobby", "Of Others"]


def test_they_are_read_with_one_call(engine: Engine, delegates: Delegates):
    delegates.connect()
    engine.write(delegates.blocks("Room Devices", "Lobby", "Canteen"))
    engine.applied()
    assert engine.plan().reads["GetAccount"] == 1
    engine.write({"accounts": {"corp": {"name": "Corp", "identity": {"directory": {"id": delegates.directory}}}}})
    engine.applied()
    assert "GetAccount" not in engine.plan().reads, "nothing is read that nobody declared"


def test_whom_no_file_names_goes_where_the_files_say_that_they_name_all(engine: Engine, delegates: Delegates):
    delegates.connect()
    delegates.add("Of Others", "Lobby")
    engine.write(delegates.blocks("Lobby", authoritative=["sign_in_delegates"]))
    assert engine.applied().writes() == {DISASSOCIATE: 1}
    assert delegates.names() == ["Lobby"]


def test_they_wait_until_the_directory_is_connected(engine: Engine, delegates: Delegates):
    engine.write(delegates.blocks("Lobby"))
    applied = engine.applied()
    (gate,) = applied.plan.gates
    assert (gate.id, gate.who) == (f"{IDENTITY}~connected", "operator")
    assert set(gate.holds) == {f"{IDENTITY}.sign_in_delegates.Lobby", IDENTITY}
    assert any(delegates.directory in step for step in gate.steps)
    assert applied.writes() == {}

    def connect(event: Any) -> None:
        if event.kind == "waiting":
            delegates.connect()

    assert engine.applied(on=connect, wait_seconds=20).writes() == {ASSOCIATE: 1}, "the gate is seen to open"
    assert delegates.names() == ["Lobby"]


def test_one_that_was_removed_by_hand_is_drift_and_comes_back(engine: Engine, delegates: Delegates, stage: Stage):
    delegates.connect()
    engine.write(delegates.blocks("Lobby", "Canteen"))
    engine.applied()
    stage.chime.disassociate_signin_delegate_groups_from_account(AccountId=delegates.account, GroupNames=["Lobby"])
    _, drift = engine.app().drift(authors=True)
    (gone,) = drift.objects
    assert gone.address == f"{IDENTITY}.sign_in_delegates.Lobby"
    assert gone.attribution is not None
    assert gone.attribution.event == DISASSOCIATE
    assert engine.applied().writes() == {ASSOCIATE: 1}
    assert sorted(delegates.names()) == ["Canteen", "Lobby"]


@pytest.mark.parametrize("operation", [ASSOCIATE, DISASSOCIATE])
def test_a_lost_answer_changes_nothing(engine: Engine, delegates: Delegates, operation: str):
    delegates.connect()
    engine.write(delegates.blocks("Lobby"))
    engine.applied()
    engine.sandbox.add_faults({"operation": operation, "kind": "drop_response", "times": 1})
    engine.write(delegates.blocks("Canteen"))
    applied = engine.applied()
    assert applied.writes() == {ASSOCIATE: 1, DISASSOCIATE: 1}
    assert delegates.names() == ["Canteen"]
    assert {one.name for one in engine.recorded().resources if one.is_within(Address.parse(IDENTITY))} == {
        "identity",
        "Canteen",
    }
