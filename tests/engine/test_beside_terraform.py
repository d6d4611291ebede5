"""What Terraform's AWS provider does in a situation where it is known to have gone wrong, beside what chimeform does.

Both work on the same sandbox under the same faults, each with the same objects of its own. What is said of Terraform is
told by what the sandbox holds and which calls it got. Each of its commands takes ten seconds and more, so that all
situations share five of them; each is a subtest, and docs/guide/beside-terraform.md has a row for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chimeform.services.aws import AwsServices
from chimeform.services.routing import RoutedServices
from chimeform.services.secrets import SecretStores, WithSecrets
from tests.engine.beside_terraform import OURS, READS, REGION, TERRAFORM, THEIRS, chimeform, words
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import KEY, VoiceStage
from tests.sandbox_process import SandboxProcess
from tests.terraform import Said, Terraform
from tests.terraform_provider import find_provider

SEEN = "5.100.0"
"""The release of the provider of which all this is said; another one may do better, or worse."""
PAGE = Path(__file__).parents[2] / "docs" / "guide" / "beside-terraform.md"
UNSEEN_SECONDS = 6
"""How long a new object does not show: longer than the five seconds that the provider waits before it reads."""
DENIED = {"kind": "error", "error": "ForbiddenException"}
"""A denial, because the provider repeats a throttled call by itself; how often, is a setting."""


@dataclass
class Both:
    """Both tools on one sandbox; `connector` is what Terraform's parts hang on, which it does not manage."""

    voice: VoiceStage
    terraform: Terraform
    engine: Engine
    ids: dict[str, str]

    @property
    def sandbox(self) -> SandboxProcess:
        return self.voice.sandbox

    @property
    def connector(self) -> str:
        return self.ids["CONNECTOR"]

    def write(self, version: int) -> None:
        self.terraform.write(TERRAFORM, **words(version), **self.ids)
        self.engine.write(chimeform(version))

    def theirs(self, *arguments: str) -> tuple[Said, list[tuple[str, int]]]:
        """What Terraform says, and its calls with their HTTP status."""
        before = len(self.sandbox.log())
        said = self.terraform.said(*arguments, "-parallelism=30")
        return said, [(one["operation"], one["status"]) for one in self.sandbox.log()[before:]]

    def deny(self, *operations: str, **more: Any) -> None:
        self.sandbox.add_faults(*({"operation": name, **DENIED, **more} for name in operations))

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """What was sent to either Region, as CloudTrail has it."""
        wanted = [{"AttributeKey": "EventName", "AttributeValue": operation}]
        trails = [self.sandbox.client("cloudtrail", region=region) for region in ("us-east-1", REGION)]
        events = [event for trail in trails for event in trail.lookup_events(LookupAttributes=wanted)["Events"]]
        return [json.loads(event["CloudTrailEvent"])["requestParameters"] for event in events]

    # -- what the sandbox holds

    def connectors(self) -> list[str]:
        return sorted(one["Name"] for one in self.voice.api.list_voice_connectors()["VoiceConnectors"])

    def applications(self) -> list[str]:
        return sorted(one["Name"] for one in self.voice.api.list_sip_media_applications()["SipMediaApplications"])

    def groups(self) -> dict[str, list[str]]:
        """The connectors of each group."""
        found = self.voice.api.list_voice_connector_groups()["VoiceConnectorGroups"]
        return {one["Name"]: [item["VoiceConnectorId"] for item in one["VoiceConnectorItems"]] for one in found}

    def rules(self) -> dict[str, str]:
        """What triggers each rule."""
        return {one["Name"]: one["TriggerValue"] for one in self.voice.api.list_sip_rules()["SipRules"]}

    def domains(self) -> dict[str, tuple[str, str]]:
        """The id and the description of each voice profile domain."""
        found = self.voice.client(REGION).list_voice_profile_domains()["VoiceProfileDomains"]
        return {one["Name"]: (one["VoiceProfileDomainId"], one.get("Description", "")) for one in found}

    def user_names(self, connector: str) -> list[str]:
        listed = self.voice.api.list_voice_connector_termination_credentials(VoiceConnectorId=connector)
        return sorted(listed["Usernames"])

    def own_connector(self) -> str:
        """The one that chimeform has made."""
        found = self.voice.api.list_voice_connectors()["VoiceConnectors"]
        return next(str(one["VoiceConnectorId"]) for one in found if one["Name"] == "ours")


@pytest.fixture
def both(
    engine: Engine, services: AwsServices, sandbox: SandboxProcess, terraform_env: dict[str, str], tmp_path: Path
) -> Iterator[Both]:
    provider = find_provider()
    if provider is None or provider.parents[1].name != SEEN:
        # It would be a test of the provider's newer release, of which nothing is claimed.
        pytest.skip(f"needs release {SEEN} of Terraform's AWS provider")
    engine.services = RoutedServices(
        WithSecrets(services, SecretStores(services, {"PBX_PASSWORD": "canary of ours"})), {}
    )
    voice = VoiceStage(sandbox)
    sandbox.post("settings", {"voice_connector_group_quota": 4})  # both have two
    voice.buy(*THEIRS, *OURS, product="SipMediaApplicationDialIn")
    domain = voice.client(REGION).create_voice_profile_domain(
        Name="theirs-described", Description="Who calls", ServerSideEncryptionConfiguration={"KmsKeyArn": KEY}
    )
    ids = {
        "CONNECTOR": voice.connector("there already"),
        "APPLICATION": voice.application(REGION, "there already"),
        "DOMAIN": domain["VoiceProfileDomain"]["VoiceProfileDomainId"],
    }
    sandbox.advance(60)
    yield Both(voice, Terraform(tmp_path / "terraform", terraform_env, sandbox.url, region=REGION), engine, ids)
    sandbox.delete("faults")


def test_both_in_the_same_situations(both: Both, subtests: pytest.Subtests) -> None:
    new_objects_do_not_show_at_once(both, subtests)
    no_read_is_allowed(both, subtests)
    files_have_changed_and_the_first_read_is_denied(both, subtests)
    somebody_changes_user_names(both, subtests)
    deleting_is_denied(both, subtests)


def new_objects_do_not_show_at_once(both: Both, subtests: pytest.Subtests) -> None:
    both.write(1)
    both.sandbox.post("settings", {"consistency_seconds": UNSEEN_SECONDS})
    ours = both.engine.applied(is_settled=False)
    second_plan = both.engine.plan()
    said, calls = both.theirs("apply", "-auto-approve", "-refresh=false")
    both.sandbox.post("settings", {"consistency_seconds": 0.0})
    state = both.terraform.state()

    with subtests.test("a new object does not show at once"):
        assert {("GetVoiceConnector", 404), ("GetSipMediaApplication", 404), ("GetSipRule", 404)} <= set(calls)
        assert {("GetVoiceConnector", 200), ("GetSipMediaApplication", 200), ("GetSipRule", 200)} <= set(calls)
        assert "status" not in state["aws_chime_voice_connector.trunk"]
        assert (both.connectors(), ours.writes()["CreateVoiceConnector"]) == (["ours", "theirs", "there already"], 1)
        assert second_plan.steps == ()
    with subtests.test("a new voice profile domain does not show at once"):
        assert (said.code, len(said.errors())) == (1, 1)
        assert state["aws_chimesdkvoice_voice_profile_domain.new"]["status"] == "tainted"
        assert ours.failures() == {}
        both.engine.check_settled()


def no_read_is_allowed(both: Both, subtests: pytest.Subtests) -> None:
    both.deny(*READS)
    ours = both.engine.applied(is_settled=False)
    said, calls = both.theirs("plan")
    both.sandbox.delete("faults")

    with subtests.test("a read is denied"):
        assert {status for name, status in calls if name in READS} == {403}
        assert said.planned() == dict.fromkeys(
            [
                "aws_chime_voice_connector.trunk",
                "aws_chime_voice_connector_termination.out",
                "aws_chime_voice_connector_termination_credentials.pbx",
                "aws_chime_voice_connector_origination.in",
                "aws_chime_voice_connector_logging.logs",
                "aws_chimesdkvoice_sip_media_application.ivr",
                "aws_chimesdkvoice_sip_rule.reception",
            ],
            "create",
        )
        assert (ours.plan.steps, ours.writes()) == ((), {})
        assert {one.address for one in ours.plan.unread} == {str(one) for one in both.engine.recorded().resources}
    with subtests.test("the cause of a read that failed"):
        without_cause = [error for error in said.errors() if "ForbiddenException" not in error]
        assert len(said.errors()) == 2 + 1 + 2 + 1, "groups, streaming, voice profile domains, settings"
        assert ["Voice Connector Group" in error for error in without_cause] == [True, True]
        causes = {one.address: one.reason for one in ours.plan.unread}
        assert causes["voice_connectors.trunk"] == "ListVoiceConnectors: Injected by a fault (ForbiddenException)"


def files_have_changed_and_the_first_read_is_denied(both: Both, subtests: pytest.Subtests) -> None:
    before = both.domains()
    both.write(2)
    both.deny("ListVoiceConnectors", "ListSipMediaApplications", times=1)
    denied = both.engine.applied(is_settled=False)
    ours = both.engine.applied()
    both.deny("GetVoiceConnector", "GetSipMediaApplication", times=1)
    said, calls = both.theirs("apply", "-auto-approve")
    both.sandbox.delete("faults")
    own = both.own_connector()

    with subtests.test("the first read is denied"):
        assert both.connectors() == ["ours", "theirs", "theirs", "there already"]
        assert both.applications() == ["ours", "theirs", "theirs", "there already"]
        assert denied.writes() == {"UpdateVoiceProfileDomain": 1}, "what was read goes on"
    with subtests.test("the apply after a new voice profile domain did not show"):
        assert [one for one in calls if one[0] == "DeleteVoiceProfileDomain"] == [("DeleteVoiceProfileDomain", 204)]
        assert both.domains()["theirs"][0] != before["theirs"][0]
        assert both.domains()["ours"] == before["ours"]
    with subtests.test("a group gets another name"):
        sent = {one["name"]: one["voiceConnectorItems"] for one in both.requests("UpdateVoiceConnectorGroup")}
        assert sent["theirs2"] == []
        assert sent["ours2"] == [{"voiceConnectorId": own, "priority": 1}]
        assert (both.groups()["theirs2"], both.groups()["ours2"]) == ([], [own])
    with subtests.test("the last connector leaves a group"):
        assert any("missing required field" in error for error in said.errors())
        assert "theirs-emptied" not in sent
        assert (both.groups()["theirs-emptied"], both.groups()["ours-emptied"]) == ([both.connector], [])
    with subtests.test("a description is removed"):
        assert ("UpdateVoiceProfileDomain", 200) in calls
        assert (both.domains()["theirs-described"][1], both.domains()["ours-described"][1]) == ("Who calls", "")
    with subtests.test("a value becomes 0 or false"):
        for connector in (both.connector, own):
            streaming = both.voice.api.get_voice_connector_streaming_configuration(VoiceConnectorId=connector)
            termination = both.voice.api.get_voice_connector_termination(VoiceConnectorId=connector)
            assert streaming["StreamingConfiguration"]["DataRetentionInHours"] == 0
            assert termination["Termination"]["Disabled"] is False
    with subtests.test("a SIP rule gets another number"):
        assert ("UpdateSipRule", 202) in calls
        assert both.rules() == {"theirs": THEIRS[0], "ours": OURS[1]}
        sequence = [step.operation for step in ours.plan.steps if "SipRule" in step.operation]
        assert sequence == ["UpdateSipRule", "DeleteSipRule", "CreateSipRule"]
    with subtests.test("a user name is removed"):
        assert ("PutVoiceConnectorTerminationCredentials", 204) in calls
        assert (both.user_names(both.connector), both.user_names(own)) == (["old", "pbx"], ["pbx"])
    with subtests.test("where passwords are kept"):
        assert "canary of pbx" in both.terraform.state_text()
        kept = [path.read_bytes() for path in both.engine.root.rglob("*") if path.is_file()]
        said_by_us = [repr((one.plan, one.events)).encode() for one in (denied, ours)]
        assert not any(b"canary" in one for one in (*kept, *said_by_us))
        assert any(b"PBX_PASSWORD" in one for one in kept)


def somebody_changes_user_names(both: Both, subtests: pytest.Subtests) -> None:
    for connector in (both.connector, both.own_connector()):
        where = {"VoiceConnectorId": connector}
        stranger = {"Username": "stranger", "Password": "not known to anybody here"}
        both.voice.api.delete_voice_connector_termination_credentials(**where, Usernames=["pbx"])
        both.voice.api.put_voice_connector_termination_credentials(**where, Credentials=[stranger])
    ours = both.engine.plan()
    said, _ = both.theirs("plan")
    planned = said.planned()

    with subtests.test("user names are changed by hand"):
        assert "aws_chime_voice_connector_termination_credentials.pbx" not in planned
        names = "voice_connectors.trunk.termination.credentials"
        assert {change.address: change.action for change in ours.changes} == {f"{names}.pbx": "create"}
        assert f"{names}.stranger" in {one.address for one in ours.unmanaged}
    with subtests.test("the plan after an apply"):
        assert planned == {
            "aws_chime_voice_connector_group.renamed": "update",
            "aws_chime_voice_connector_group.emptied": "update",
            "aws_chimesdkvoice_voice_profile_domain.described": "update",
            "aws_chimesdkvoice_sip_rule.reception": "update",
        }


def deleting_is_denied(both: Both, subtests: pytest.Subtests) -> None:
    both.deny("DeleteVoiceConnector", "DeleteSipMediaApplication")
    ours = both.engine.applied(purpose="destroy", ends="failed")
    said, calls = both.theirs("destroy", "-auto-approve", "-refresh=false")

    with subtests.test("an enabled SIP rule is deleted"):
        assert [one for one in calls if "SipRule" in one[0]] == [("DeleteSipRule", 409)]
        assert both.rules().keys() == {"theirs"}
        sequence = [step.operation for step in ours.plan.steps if "SipRule" in step.operation]
        assert sequence == ["UpdateSipRule", "DeleteSipRule"]
    with subtests.test("the cause of a delete that failed"):
        causes = {word: _cause(said, word) for word in ("Voice connector", "Sip Media Application", "Sip Rule")}
        assert causes == dict.fromkeys(causes, "")
        refused = {one["request_id"] for one in both.sandbox.log() if one["status"] == 403}
        failures = ours.failures()
        assert failures.keys() == {"voice_connectors.trunk", "sip_media_applications.ivr"}
        assert all("Injected by a fault (ForbiddenException)" in one.summary for one in failures.values())
        assert {one.request_id for one in failures.values()} <= refused


def _cause(said: Said, word: str) -> str:
    """What follows the id in the message that something could not be deleted."""
    (found,) = [match for error in said.errors() if (match := re.match(rf"deleting {word} \([^)]*\)(.*)", error))]
    return found[1].strip()


def test_the_page_has_a_row_for_each_situation_and_no_other() -> None:
    """The last column of its tables names the subtest."""
    shown = re.findall(r'subtests\.test\("(.+?)"\)', Path(__file__).read_text(encoding="utf-8"))
    rows = re.findall(r"^\|.*\| `(.+?)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(shown)
