"""A bot's token goes from the bot into its store, is compared there, and stands nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimeform.language.desired import Aws
from chimeform.services.aws import AwsServices
from chimeform.services.bot_tokens import BotTokens
from chimeform.services.routing import RoutedServices
from chimeform.services.secrets import SecretStores
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox_process import SandboxProcess

BOT = "accounts.corp.bots.helpdesk"
SECRET, PARAMETER = "chime/helpdesk", "/chime/helpdesk"
PLACES = {"secretsmanager": SECRET, "ssm": PARAMETER}


@pytest.fixture
def engine(sandbox: SandboxProcess, services: AwsServices, tmp_path: Path) -> Iterator[Engine]:
    reached = RoutedServices(services, {"bot-tokens": BotTokens(services, SecretStores(services, {}))})
    yield Engine(sandbox, tmp_path / "workspace", reached)


@pytest.fixture
def account(stage: Stage) -> str:
    return stage.enterprise("Corp", "corp.example")


def declare(engine: Engine, store: str = "secretsmanager", name: str = "HelpDesk") -> None:
    token = {"store": {store: PLACES[store]}}
    bot = {"display_name": name, "domain": "corp.example", "security_token": token}
    engine.write({"accounts": {"corp": {"name": "Corp", "bots": {"helpdesk": bot}}}})


def kept(sandbox: SandboxProcess, store: str = "secretsmanager") -> str:
    if store == "ssm":
        answer = sandbox.client("ssm").get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
        assert answer["Type"] == "SecureString"
        return str(answer["Value"])
    return str(sandbox.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])


def token_of(stage: Stage) -> str:
    (bot,) = stage.bots("Corp")
    return str(bot["SecurityToken"])


@pytest.mark.parametrize("store", PLACES)
def test_a_new_bots_token_is_in_its_store_right_after(engine: Engine, stage: Stage, account: str, store: str) -> None:
    declare(engine, store)
    applied = engine.applied()
    assert kept(engine.sandbox, store) == token_of(stage)
    assert token_of(stage) not in repr((applied.plan, applied.events, engine.recorded()))
    assert token_of(stage).encode() not in engine.ledger_path.read_bytes()


def test_a_bot_that_is_taken_over_has_its_token_stored(engine: Engine, stage: Stage, account: str) -> None:
    stage.chime.create_bot(AccountId=account, DisplayName="HelpDesk", Domain="corp.example")
    declare(engine)
    applied = engine.applied()
    assert kept(engine.sandbox) == token_of(stage)
    assert "CreateBot" not in applied.writes()


def versions(sandbox: SandboxProcess) -> int:
    return len(sandbox.client("secretsmanager").list_secret_version_ids(SecretId=SECRET)["Versions"])


def test_nothing_is_written_where_the_store_has_it(engine: Engine, stage: Stage, account: str) -> None:
    declare(engine)
    engine.applied()
    before = versions(engine.sandbox)
    engine.applied()
    assert versions(engine.sandbox) == before


def drifted(engine: Engine) -> list[tuple[str, list[str]]]:
    return [
        (str(one.address), [field.name for field in one.fields]) for one in engine.drift(since="last-apply").objects
    ]


def test_a_token_that_was_made_anew_elsewhere_is_drift_and_put_right(
    engine: Engine, stage: Stage, account: str
) -> None:
    declare(engine)
    engine.applied()
    (bot,) = stage.bots("Corp")
    stage.chime.regenerate_security_token(AccountId=account, BotId=bot["BotId"])
    assert drifted(engine) == [(BOT, ["security_token"])]
    engine.applied()
    assert kept(engine.sandbox) == token_of(stage) != bot["SecurityToken"]
    assert versions(engine.sandbox) == 2


def test_a_secret_that_is_gone_is_drift_and_put_back(engine: Engine, stage: Stage, account: str) -> None:
    declare(engine)
    engine.applied()
    engine.sandbox.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    assert drifted(engine) == [(BOT, ["security_token"])]
    engine.applied()
    assert kept(engine.sandbox) == token_of(stage)


def deny(engine: Engine, action: str) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
    engine.sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": [everything, denied]}})


def test_a_store_that_cannot_be_read_is_no_missing_secret(engine: Engine, stage: Stage, account: str) -> None:
    declare(engine)
    engine.applied()
    deny(engine, "secretsmanager:GetSecretValue")
    plan = engine.plan()
    assert [one.address for one in plan.unread] == [BOT]
    assert plan.is_empty
    engine.sandbox.delete("iam")


def test_whoever_debugs_botocore_sees_no_token(
    engine: Engine, stage: Stage, account: str, caplog: pytest.LogCaptureFixture, sandbox: SandboxProcess
) -> None:
    """A fresh client, so that its making is logged too."""
    caplog.set_level(logging.DEBUG)
    fresh = AwsServices(Aws())
    engine.services = RoutedServices(fresh, {"bot-tokens": BotTokens(fresh, SecretStores(fresh, {}))})
    declare(engine)
    engine.applied(is_settled=False)
    logged = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "botocore" in {record.name.split(".")[0] for record in caplog.records}
    assert token_of(stage) not in logged


def test_a_rotation_whose_store_refuses_says_what_to_do(engine: Engine, stage: Stage, account: str) -> None:
    declare(engine)
    engine.applied()
    (bot,) = stage.bots("Corp")
    request = {"AccountId": account, "BotId": bot["BotId"], "Store": {"secretsmanager": SECRET}}
    deny(engine, "secretsmanager:PutSecretValue")
    with pytest.raises(Exception, match="the bot has a new token, and the store did not take it") as failed:
        engine.services.call("bot-tokens", "RotateSecurityToken", request)
    engine.sandbox.delete("iam")
    assert token_of(stage) not in repr(failed.value.__dict__)
    engine.applied()
    assert kept(engine.sandbox) == token_of(stage) != bot["SecurityToken"]


@pytest.mark.parametrize("kind", ["drop_response", "error"])
def test_a_rotation_whose_answer_is_lost_is_told_by_the_bot(
    engine: Engine, stage: Stage, account: str, kind: str
) -> None:
    """With `error` nothing has happened, and the bot shows that too."""
    declare(engine)
    engine.applied()
    (bot,) = stage.bots("Corp")
    request = {"AccountId": account, "BotId": bot["BotId"], "Store": {"secretsmanager": SECRET}}
    engine.sandbox.add_faults({"operation": "RegenerateSecurityToken", "kind": kind, "times": 1})
    if kind == "error":
        with pytest.raises(Exception, match="RegenerateSecurityToken"):
            engine.services.call("bot-tokens", "RotateSecurityToken", request)
        assert token_of(stage) == bot["SecurityToken"]
    else:
        engine.services.call("bot-tokens", "RotateSecurityToken", request)
        assert token_of(stage) != bot["SecurityToken"]
    assert kept(engine.sandbox) == token_of(stage)
