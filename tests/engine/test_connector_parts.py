"""What stands below a Voice Connector, end to end: read only where declared, put as a whole, taken away in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chimeform.services.aws import AwsServices
from chimeform.services.routing import RoutedServices
from chimeform.services.secrets import SecretStores, WithSecrets
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import KEY, VoiceStage

PASSWORDS = {"PBX_PASSWORD": "first canary", "NEW_PASSWORD": "second canary"}
ROUTE = {"host": "pbx.acme.example", "port": 5061, "priority": 1, "weight": 5}
TERMINATION = {"calling_regions": ["DE", "AT"], "cidrs": ["203.0.113.0/27"]}


@pytest.fixture
def engine(engine: Engine, services: AwsServices) -> Engine:
    engine.services = RoutedServices(WithSecrets(services, SecretStores(services, PASSWORDS)), {})
    return engine


def connector(**parts: Any) -> dict[str, Any]:
    return {"voice_connectors": {"main": {"region": "eu-west-1", **parts}}}


def connector_id(voice: VoiceStage) -> str:
    (found,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    return str(found["VoiceConnectorId"])


def test_a_whole_connector_lives_and_goes(engine: Engine, voice: VoiceStage) -> None:
    credentials = {"pbx": {"password": {"env": "PBX_PASSWORD"}}}
    engine.write(
        connector(
            termination={**TERMINATION, "calls_per_second": 2, "credentials": credentials},
            origination={"routes": [ROUTE, {**ROUTE, "host": "198.51.100.7", "priority": 2}]},
            streaming={"data_retention_hours": 24, "notify": ["sns", "eventbridge"]},
            logging={"sip": True},
        )
    )
    engine.applied()
    own = {"VoiceConnectorId": connector_id(voice)}
    termination = voice.api.get_voice_connector_termination(**own)["Termination"]
    assert termination["CallingRegions"] == ["AT", "DE"]
    assert termination["CpsLimit"] == 2
    assert voice.api.list_voice_connector_termination_credentials(**own)["Usernames"] == ["pbx"]
    routes = voice.api.get_voice_connector_origination(**own)["Origination"]["Routes"]
    assert [(route["Host"], route["Port"], route["Protocol"]) for route in routes] == [
        ("pbx.acme.example", 5061, "TCP"),
        ("198.51.100.7", 5061, "TCP"),
    ]
    logging = voice.api.get_voice_connector_logging_configuration(**own)["LoggingConfiguration"]
    assert logging == {"EnableSIPLogs": True, "EnableMediaMetricLogs": False}

    applied = engine.applied(purpose="destroy")
    order = [step.operation for step in applied.plan.steps]
    assert order[-1] == "DeleteVoiceConnector"
    assert order.index("DeleteVoiceConnectorTerminationCredentials") < order.index("DeleteVoiceConnectorTermination")
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []


def test_a_new_connector_takes_no_udp_unless_the_files_say_so(engine: Engine, voice: VoiceStage) -> None:
    udp = {"routes": [{**ROUTE, "protocol": "udp"}]}
    engine.write(connector(origination=udp))
    (refusal,) = engine.plan().refusals
    assert (refusal.code, refusal.address) == ("CF-VCN-003", "voice_connectors.main.origination")
    assert "is new" in refusal.summary
    engine.write(connector(origination=udp, require_encryption=False))
    engine.applied()
    engine.write(connector(origination={"routes": [{**ROUTE, "protocol": "udp", "host": "198.51.100.7"}]}))
    assert engine.applied().writes() == {"PutVoiceConnectorOrigination": 1}, "it is left without encryption"


def test_a_connector_with_encryption_takes_no_udp_until_it_is_turned_off(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connector(origination={"routes": [ROUTE]}))
    engine.applied()
    udp = {"routes": [{**ROUTE, "protocol": "udp"}]}
    engine.write(connector(origination=udp))
    (refusal,) = engine.plan().refusals
    assert (refusal.code, refusal.address) == ("CF-VCN-003", "voice_connectors.main.origination")
    assert "requires encryption" in refusal.summary
    engine.write(connector(origination=udp, require_encryption=False))
    engine.applied()


def test_only_what_is_declared_is_read(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connector(origination={"routes": [ROUTE]}))
    engine.applied()
    before = voice.sandbox.calls()
    engine.plan()
    after = voice.sandbox.calls()
    reads = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert reads == {"ListVoiceConnectors": 1, "GetVoiceConnectorOrigination": 1}


def test_what_no_file_names_stays_when_the_whole_is_put(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connector(termination={**TERMINATION, "calls_per_second": 3}))
    engine.applied()
    engine.write(connector(termination={**TERMINATION, "calling_regions": ["DE"]}))
    engine.applied()
    own = {"VoiceConnectorId": connector_id(voice)}
    termination = voice.api.get_voice_connector_termination(**own)["Termination"]
    assert (termination["CallingRegions"], termination["CpsLimit"]) == (["DE"], 3)

    engine.write(connector(termination={**TERMINATION, "default_number": "+12065550100"}))
    engine.applied()
    engine.write(connector(termination=TERMINATION))
    engine.applied()
    assert "DefaultPhoneNumber" not in voice.api.get_voice_connector_termination(**own)["Termination"]


def with_credentials(**credentials: Any) -> dict[str, Any]:
    return connector(termination={**TERMINATION, "credentials": credentials})


def test_names_are_compared_and_passwords_are_sent_when_somebody_says_so(engine: Engine, voice: VoiceStage) -> None:
    pbx = {"password": {"env": "PBX_PASSWORD"}}
    engine.write(with_credentials(pbx=pbx, old=pbx))
    applied = engine.applied()
    assert applied.writes()["PutVoiceConnectorTerminationCredentials"] == 1, "all names in one call"
    own = {"VoiceConnectorId": connector_id(voice)}

    engine.write(with_credentials(pbx=pbx))
    assert engine.applied().writes() == {"DeleteVoiceConnectorTerminationCredentials": 1}
    assert voice.api.list_voice_connector_termination_credentials(**own)["Usernames"] == ["pbx"]

    engine.write(with_credentials(pbx={**pbx, "rotation": 1}))
    assert engine.applied().writes() == {"PutVoiceConnectorTerminationCredentials": 1}
    engine.write(with_credentials(pbx={"password": {"env": "NEW_PASSWORD"}, "rotation": 1}))
    assert engine.applied().writes() == {"PutVoiceConnectorTerminationCredentials": 1}

    voice.api.delete_voice_connector_termination_credentials(**own, Usernames=["pbx"])
    voice.api.put_voice_connector_termination_credentials(
        **own, Credentials=[{"Username": "stranger", "Password": "secret"}]
    )
    plan = engine.plan()
    assert {change.address.rpartition(".")[2]: change.action.value for change in plan.changes} == {"pbx": "create"}
    assert [one.address.rpartition(".")[2] for one in plan.unmanaged] == ["stranger"]
    engine.applied()


def test_no_password_is_ever_written_down(engine: Engine, voice: VoiceStage) -> None:
    engine.write(with_credentials(pbx={"password": {"env": "PBX_PASSWORD"}}))
    applied = engine.applied()
    written = applied.plan.model_dump_json() + repr(applied.events)
    written += "".join(path.read_bytes().decode("latin-1") for path in Path(engine.root).rglob("*") if path.is_file())
    assert "canary" not in written
    assert "PBX_PASSWORD" in written


def test_a_lost_ledger_and_names_that_are_there_send_nothing(engine: Engine) -> None:
    engine.write(with_credentials(pbx={"password": {"env": "PBX_PASSWORD"}, "rotation": 4}))
    engine.applied()
    engine.ledger_path.unlink()
    assert engine.applied().writes() == {}


def test_a_missing_secret_is_told_and_nothing_is_sent(engine: Engine) -> None:
    engine.write(with_credentials(pbx={"password": {"env": "NOT_THERE"}}))
    applied = engine.applied(ends="failed")
    (failure,) = applied.failures().values()
    assert "there is no secret 'NOT_THERE'" in failure.summary


def test_emergency_calling_comes_after_what_it_stands_on_and_goes_before_it(engine: Engine, voice: VoiceStage) -> None:
    parts = {"termination": TERMINATION, "origination": {"routes": [ROUTE]}}
    emergency = {"numbers": [{"number": "+13035550911", "test_number": "+13035550933"}]}
    engine.write(connector(**parts, emergency_calling=emergency))
    applied = engine.applied()
    order = [step.operation for step in applied.plan.steps]
    assert order.index("PutVoiceConnectorTermination") < order.index("PutVoiceConnectorEmergencyCallingConfiguration")
    assert order.index("PutVoiceConnectorOrigination") < order.index("PutVoiceConnectorEmergencyCallingConfiguration")

    engine.write(connector())
    applied = engine.applied()
    assert applied.plan.steps[0].operation == "DeleteVoiceConnectorEmergencyCallingConfiguration"
    assert {one.name for change in applied.plan.changes for one in change.consequences} == {
        "no-emergency-calls",
        "no-calls-out",
        "no-calls-in",
    }


def test_systems_and_proxy_come_and_go(engine: Engine, voice: VoiceStage) -> None:
    engine.write(
        connector(
            external_systems={"session_border_controllers": ["avaya-sbce"], "contact_centers": []},
            proxy={"countries": ["US", "CA"], "session_expiry_minutes": 60, "fallback_number": "+12065550100"},
        )
    )
    engine.applied()
    own = {"VoiceConnectorId": connector_id(voice)}
    assert voice.api.get_voice_connector_proxy(**own)["Proxy"]["PhoneNumberCountries"] == ["CA", "US"]
    engine.write(connector(proxy={"countries": ["US"], "session_expiry_minutes": 60}))
    applied = engine.applied()
    assert applied.writes() == {
        "DeleteVoiceConnectorExternalSystemsConfiguration": 1,
        "PutVoiceConnectorProxy": 1,
    }
    assert "FallBackPhoneNumber" not in voice.api.get_voice_connector_proxy(**own)["Proxy"]


def test_voice_profile_domains_and_the_bucket_of_the_account(engine: Engine, voice: VoiceStage) -> None:
    frankfurt = {"region": "eu-central-1", "kms_key": KEY}
    domains: dict[str, Any] = {"callers": {**frankfurt, "description": "Hotline"}, "others": {"kms_key": KEY}}
    settings = {"voice_call_detail_records": {"bucket": "acme-voice-cdr"}}
    engine.write({"voice_profile_domains": domains, "settings": settings})
    engine.applied()
    before = voice.sandbox.calls()
    assert engine.plan().is_empty
    after = voice.sandbox.calls()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "ListVoiceProfileDomains": 2,
        "GetGlobalSettings": 1,
    }, "what never changes is read once"

    domains["callers"] = frankfurt
    engine.write({"voice_profile_domains": domains})
    applied = engine.applied()
    assert applied.writes() == {"UpdateVoiceProfileDomain": 1, "UpdateGlobalSettings": 1}
    engine.applied(purpose="destroy")
    assert voice.client("eu-central-1").list_voice_profile_domains()["VoiceProfileDomains"] == []


def test_what_hangs_on_a_connector_waits_until_the_service_knows_it(engine: Engine, voice: VoiceStage) -> None:
    voice.sandbox.post("settings", {"consistency_seconds": 1})
    engine.write(connector(origination={"routes": [ROUTE]}))
    engine.applied(is_settled=False)
    found = voice.api.get_voice_connector_origination(VoiceConnectorId=connector_id(voice))
    assert len(found["Origination"]["Routes"]) == 1
