"""The policy that chimeform writes is enough, and nothing in it is too much: proved by running with it in force.

One company of every kind goes through its life. Each of its runs has exactly the policy of its files and its ledger.
Before each run, every action that this run is the first to need is taken out by itself, and what fails must name it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chimeform.iam.needs import Command
from chimeform.iam.policy import Policy
from chimeform.language.desired import Aws, Dns
from chimeform.plan import Plan
from chimeform.resources import kinds
from chimeform.services.alarms import AlarmServices
from chimeform.services.aws import AwsServices, Services
from chimeform.services.bot_tokens import BotTokens
from chimeform.services.buckets import BucketServices
from chimeform.services.calls import Calls
from chimeform.services.cloudtrail import EventHistory
from chimeform.services.directory import DirectoryServices
from chimeform.services.dns import DnsServices
from chimeform.services.event_rules import EventRuleServices
from chimeform.services.event_targets import EventTargetServices
from chimeform.services.log_groups import LogGroupServices
from chimeform.services.okta import ADDRESS_VARIABLE, OktaServices
from chimeform.services.okta_operations import OPERATIONS
from chimeform.services.routing import RoutedServices
from chimeform.services.secrets import SecretStores
from chimeform.services.service_linked_roles import ServiceLinkedRoleServices
from tests import dns_server, workspaces
from tests.directories import Directories
from tests.dns_server import DnsServer
from tests.engine.engine import Engine
from tests.engine.stage import Stage

ACCOUNT = {"aws": {"expected_account": "111122223333", "requests_per_second": 1000}}
FIRST, SECOND = workspaces.NUMBERS[:2]
BESIDE_CONNECTORS = {"alarms", "chime-sdk-voice", "event-rules", "log-groups", "service-linked-roles"}
# What stands behind a step of chimeform's own, by its operation.
_WRITES = ("secretsmanager:CreateSecret", "secretsmanager:PutSecretValue")
BEHIND = {
    "OktaStoreClientSecret": _WRITES,
    "StoreSecurityToken": ("chime:GetBot", *_WRITES),
    "CreateAlarm": ("cloudwatch:PutMetricAlarm",),
    "PutAlarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
    "DeleteServiceLinkedRole": ("iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"),
    "DeleteRule": ("events:RemoveTargets", "events:DeleteRule"),
    "PutRetentionPolicy": ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
}


WARNS_BY = {
    "s3:GetEncryptionConfiguration",
    *("sns:GetTopicAttributes", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
    *("lambda:GetPolicy", "lambda:GetFunctionConfiguration"),
}
"""Reads that nothing depends on but a warning: a bucket has a customer key, a target does not let EventBridge in or is
not there. Who may not make them is told of nothing unread, and is not warned."""


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with dns_server.running() as server:
        server.texts["_amazonchime.corp.example"] = ["3f0c9d"]
        yield server


class Company:
    """The company, its surroundings, and the runs on it."""

    def __init__(self, engine: Engine, stage: Stage, server: DnsServer) -> None:
        self.engine, self.stage = engine, stage
        self.aws = AwsServices(Aws())
        self.dns = DnsServices(Dns(resolver=server.address, timeout=1))
        self.proved: set[str] = set()
        self.granted: set[str] = set()

    def forget_secrets(self) -> None:
        """Borders as every run of the program has them: with no secret read yet."""
        env = {ADDRESS_VARIABLE: f"{self.engine.sandbox.url}/okta"}
        stores = SecretStores(self.aws, env)
        named: dict[str, Services] = {
            "alarms": AlarmServices(self.aws),
            "buckets": BucketServices(self.aws),
            "event-rules": EventRuleServices(self.aws),
            "event-targets": EventTargetServices(self.aws),
            "log-groups": LogGroupServices(self.aws),
            "service-linked-roles": ServiceLinkedRoleServices(self.aws),
            "dns": self.dns,
            "okta": OktaServices(stores, env, operations=OPERATIONS),
            "bot-tokens": BotTokens(self.aws, stores),
            "directory": DirectoryServices(self.aws, stores),
        }
        self.engine.services = RoutedServices(self.aws, named)

    def policy(self, command: Command) -> Policy:
        policy, _ = self.engine.app().iam_policy(command)
        return policy

    @contextmanager
    def in_force(self, document: Mapping[str, Any]) -> Iterator[None]:
        self.forget_secrets()
        self.engine.sandbox.post("iam", {"policy": document})
        try:
            yield
        finally:
            self.engine.sandbox.delete("iam")

    def plan(self, document: Mapping[str, Any]) -> Plan:
        with self.in_force(document):
            return self.engine.plan()

    def live(self, blocks: workspaces.Blocks) -> None:
        """One apply with exactly what it needs; first, each of its actions is proved to be needed."""
        self.engine.write({**ACCOUNT, **blocks})
        reads, (document,) = self.policy(Command.PLAN), self.policy(Command.APPLY).documents
        plan = self.plan(reads.documents[0])
        assert (plan.unread, plan.refusals) == ((), ())
        self._prove_writes(plan, document)
        # nobody searches any more once there is nothing to be had
        self._prove_reads(document, {"chime:SearchAvailablePhoneNumbers"} & actions_of(reads.documents[0]))
        self._apply_saved(self.plan(reads.documents[0]), document)
        with self.in_force(*self.policy(Command.DRIFT).documents):
            assert self.engine.app().drift()[1].unread == ()
        self._prove_reads(document, actions_of(reads.documents[0]))
        self.granted |= actions_of(document)

    def _apply_saved(self, plan: Plan, document: Mapping[str, Any]) -> None:
        """The plan as it was saved takes no more than the workspace, and of writes exactly its own."""
        policy, _ = self.engine.app().iam_policy(plan)
        (own,) = policy.documents
        assert actions_of(own) <= actions_of(document)
        written = {one for statement in policy.statements if statement.purpose != "read" for one in statement.actions}
        behind = {action for step in plan.steps for action in BEHIND.get(step.operation, ())}
        own_calls = (step.operation for step in plan.steps if step.operation not in BEHIND)
        called = {operation for operation in own_calls if not operation.startswith("Okta")}
        if "DeleteBucketPolicy" in called:
            behind.add("s3:PutBucketPolicy")  # what is left of others is written back
        if "PutTargets" in called:
            behind.add("events:RemoveTargets")  # of those that the files do not name
        assert {action.partition(":")[2] for action in written - behind} == called
        with self.in_force(own):
            self.engine.applied(saved=plan)

    def _prove_writes(self, plan: Plan, document: Mapping[str, Any]) -> None:
        for step in plan.steps:
            own = next((one for one in actions_of(document) if one.partition(":")[2] == step.operation), None)
            for action in BEHIND.get(step.operation, (own,) if own else ()):
                if action not in self.proved and not step.gates:
                    with self.in_force(without(document, action)):
                        failures = self.engine.applied(ends="failed", targets=(step.address,)).failures()
                    assert any(action in one.do for one in failures.values()), (action, failures)
                    self.proved.add(action)

    def _prove_reads(self, document: Mapping[str, Any], reads: set[str]) -> None:
        """Only what everything that is declared is there for; what is not called yet, a later run proves."""
        for action in reads - self.proved:
            plan = self.plan(without(document, action))
            unread = plan.unread
            if action in WARNS_BY and len(plan.warnings) < len(self.plan(document).warnings):
                self.proved.add(action)
            if unread:
                assert all(action in one.do for one in unread if one.code == "CF-AWS-403"), (action, unread)
                assert any(action in one.do for one in unread), (action, unread)
                self.proved.add(action)


def actions_of(document: Mapping[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def without(document: Mapping[str, Any], action: str) -> Mapping[str, Any]:
    less: dict[str, Any] = copy.deepcopy(dict(document))
    for statement in less["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    less["Statement"] = [one for one in less["Statement"] if one["Action"]]
    return less


LEAVING = {
    "chime:ListSipRules",
    "chime:DisassociatePhoneNumbersFromVoiceConnector",
    "chime:DisassociatePhoneNumbersFromVoiceConnectorGroup",
}
"""For a number that goes: whether a SIP rule uses it is asked before, and no more afterwards; and it would leave a
Voice Connector that somebody has put it at, which nobody does in this company."""


def own_operations() -> set[str]:
    """What the kinds of accounts and people ask of AWS, apart from what is asked of Okta, directories, buckets and the
    DNS."""
    chime = [kind for kind in kinds().values() if kind.api.service not in BESIDE_CONNECTORS]
    found = {operation for kind in chime for operation in kind.api.operations()}
    return {one for one in found if not one.startswith("Okta")} - {
        *("AssociatePhoneNumbersWithVoiceConnector", "AssociatePhoneNumbersWithVoiceConnectorGroup"),
        *(one.partition(":")[2] for one in LEAVING),
        *("CompareSecurityToken", "DescribeBucket", "FindGroup", "LookupTxt", "StoreSecurityToken"),
    }


def set_the_stage(stage: Stage) -> dict[str, Any]:
    """What is there before chimeform comes, and the names that the files need."""
    sandbox = stage.sandbox
    stage.corp()
    stage.chime.create_account(Name="Branch")
    stage.enterprise("Okta", "okta.example")
    ad = stage.enterprise("Ad", "ad.example")
    zone = sandbox.client("route53").create_hosted_zone(Name="corp.example", CallerReference="1")
    sandbox.client("ssm").put_parameter(Name="/okta/token", Value="token", Type="SecureString")
    directories = Directories(sandbox)
    directories.user("jane", EmailAddress="jane@ad.example")
    directories.group("Staff", "jane")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    encryption = {"Rules": [rule]}
    sandbox.client("s3").put_bucket_encryption(Bucket="acme-cdr", ServerSideEncryptionConfiguration=encryption)
    sandbox.post(f"console/accounts/{ad}/directory", {"directory_id": directories.directory})
    zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
    return {"zone": zone_id, "directory": directories.directory, "delegates": ["Staff"]}


def company(names: Mapping[str, Any], corp: Mapping[str, Any]) -> dict[str, Any]:
    """The accounts that stay as they are, around the one that changes."""
    record = {"name": "_amazonchime", "value": "3f0c9d", "dns": {"route53": names["zone"]}}
    okta = {
        "okta": {"org_url": "https://acme.okta.com", "token": {"ssm": "/okta/token"}},
        "sign_in": {"client_secret": {"secretsmanager": "chime/okta"}},
        "groups": {"Chime Pro": {"license": "pro"}},
    }
    directory = {
        "directory": {"id": names["directory"]},
        "groups": {"Staff": {"license": "pro"}, "Nobody": {"license": "basic"}},
        "sign_in_delegates": list(names["delegates"]),
    }
    return {
        "branch": {"name": "Branch", "meetings": {"call_me": True}, "users": {"new@branch.example": {}}},
        "corp": {"name": "Corp", "domains": {"corp.example": {"verification": record}}, **corp},
        "okta": {"name": "Okta", "identity": okta},
        "ad": {"name": "Ad", "identity": directory},
    }


def test_a_company_lives_on_exactly_what_its_policies_allow(engine: Engine, stage: Stage, server: DnsServer) -> None:
    names, place = set_the_stage(stage), Company(engine, stage, server)
    user0, user1, user2 = (f"user{number}@corp.example" for number in range(3))
    bot = workspaces.bot("HelpDesk", security_token={"store": {"secretsmanager": "chime/helpdesk"}})
    records: dict[str, Any] = {"bucket": "acme-cdr", "manage_bucket_policy": True}
    settings = {"calling_name": "Acme", "call_detail_records": records}
    numbers = {FIRST: workspaces.number(), SECOND: workspaces.number()}

    def lives(corp: dict[str, Any], *, fresh: str | None = None, **others: Any) -> None:
        accounts = company(names, {"retention": {"rooms": "1 year"}, **corp})
        accounts |= {"fresh": {"name": fresh}} if fresh else {}
        place.live({"settings": settings, "phone_numbers": numbers, **others, "accounts": accounts})

    device = {"screen@corp.example": {"type": "shared-device"}}
    staff: dict[str, Any] = {user0: {}, user1: {}, user2: {}, **device}
    room: dict[str, Any] = {"members": {user0: "administrator", user1: "member"}}
    lives({"users": staff, "rooms": {"news": room, "old": {}}}, fresh="Fresh")
    room["name"] = "News"
    names["delegates"] = []
    lives({"users": staff, "rooms": {"news": room, "old": {}}}, fresh="Fresh")
    room["members"] = {user0: "administrator", user1: "administrator"}
    lives({"users": staff, "rooms": {"news": room}}, fresh="Fresh")
    room["members"] = {user1: "administrator"}
    lives({"users": staff, "rooms": {"news": room}}, fresh="Fresh")
    calls = {"phone": FIRST, "telephony": {"inbound": True}}
    changed = {user0: {"license": "basic"}, user1: calls, user2: {"suspended": True}}
    named = {**numbers, SECOND: workspaces.number(calling_name="Sales")}
    lives({"bots": {"helpdesk": bot}, "users": changed}, fresh="Fresher", phone_numbers=named)
    bot["events"] = {"https": "https://bot.corp.example/chime"}
    lives({"bots": {"helpdesk": bot}, "users": {user1: {}, user2: {}}}, phone_numbers={FIRST: workspaces.number()})
    bot["events"] = {"lambda": "arn:aws:lambda:us-east-1:111122223333:function:chime"}
    lives({"bots": {"helpdesk": bot}})
    records["manage_bucket_policy"] = False
    pool = {"product": "voice-connector", "search": {"area_code": "212"}, "count": 2}
    lives({"bots": {"helpdesk": {**bot, "disabled": True}}}, phone_pools={"trunks": pool})
    assert place.granted - LEAVING == place.proved, "allowed, and no run needed it"
    assert {one.partition(":")[2] for one in place.granted} >= own_operations(), (
        "every operation of every kind has had its turn"
    )


def test_who_changed_it_is_seen_with_the_policy_of_drift(engine: Engine, stage: Stage) -> None:
    logs = {"bucket": "acme-trail", "prefix": "logs"}
    engine.write({"aws": {"cloudtrail": logs, "requests_per_second": 1000}, "accounts": {"corp": {"name": "Corp"}}})
    engine.sandbox.client("s3").create_bucket(Bucket="acme-trail")
    begun = datetime.now(UTC) - timedelta(minutes=1)
    stage.corp()
    engine.sandbox.post("cloudtrail/deliver", logs)
    engine.sandbox.advance(timedelta(days=91).total_seconds())
    policy, desired = engine.app().iam_policy(Command.DRIFT)
    (document,) = policy.documents

    def why(allowed: Mapping[str, Any]) -> str | None:
        engine.sandbox.post("iam", {"policy": allowed})
        calls = Calls(engine.services, rate=1000)
        calls.read("chime", "ListAccounts", {})  # tells the service's time
        history = EventHistory(calls, desired.aws).look(frozenset({"CreateAccount"}), begun)
        assert bool(history.events) is not bool(history.why)
        return history.why

    assert not why(document)
    for action in ("cloudtrail:LookupEvents", "s3:ListBucket", "s3:GetObject"):
        assert action in (why(without(document, action)) or "")


def test_connectors_live_on_exactly_what_their_policies_allow(engine: Engine, stage: Stage, server: DnsServer) -> None:
    """What stands beside them at other services of AWS, in the Region of each."""
    place = Company(engine, stage, server)

    def lives(**parts: Any) -> None:
        place.live({"voice_connectors": {"main": {"region": "eu-west-1", "name": "Trunk", **parts}}})

    # one after the other: what is proved for a setting takes with it what stands below it
    lives(name="main", logging={"sip": True})
    lives(logging={"sip": True})
    lives(logging={"sip": True, "retention": {"sip": "30 days", "media_metrics": "1 year"}})
    lives(logging={"sip": True, "retention": {"sip": "60 days"}})
    lives(logging={"sip": True})
    failed = {"metric": "InboundCallFailures", "threshold": 5}
    lives(alarms={"failed": failed})
    lives(alarms={"failed": {**failed, "name": "Calls fail"}})
    streaming = {"data_retention_hours": 1, "notify": ["eventbridge"]}
    stage.sandbox.client("sns", region="eu-west-1").create_topic(Name="streams")
    stage.sandbox.client("sqs", region="eu-west-1").create_queue(QueueName="streams")
    function = "arn:aws:lambda:eu-west-1:111122223333:function:streams"
    topic, queue = (f"arn:aws:{name}:eu-west-1:111122223333:streams" for name in ("sns", "sqs"))
    lives(streaming=streaming)
    lives(streaming={**streaming, "events": {"targets": [topic], "name": "streams"}})
    lives(streaming={**streaming, "events": {"targets": [queue]}})
    lives(streaming={**streaming, "events": {"targets": [function]}})
    lives(streaming=streaming)
    assert place.granted == place.proved, "allowed, and no run needed it"
    assert {action for action in place.granted if action.startswith(("cloudwatch:", "events:", "logs:"))} == {
        *("events:DescribeRule", "events:ListTargetsByRule", "events:PutRule", "events:DeleteRule"),
        *("events:PutTargets", "events:RemoveTargets"),
        *("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
        *("logs:DescribeLogGroups", "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy"),
    }


def test_service_linked_roles_live_on_exactly_what_their_policies_allow(
    engine: Engine, stage: Stage, server: DnsServer
) -> None:
    place = Company(engine, stage, server)
    for wanted in (True, False):
        place.live({"settings": {"service_linked_roles": {"voice_connector": wanted}}})
    assert (
        place.granted
        == place.proved
        == {
            *("iam:ListRoles", "iam:CreateServiceLinkedRole"),
            *("iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"),
        }
    )
