"""Whatever an organisation looks like: its export is adopted as it is, and nothing is called that changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.adoption import check_empty, write_files
from chimeform.errors import ChimeformError
from chimeform.export.blocks import blocks_of
from chimeform.export.files import Exported, export_files
from chimeform.export.organisation import Found
from chimeform.language.desired import Aws
from chimeform.live import Observed
from chimeform.plan import Action
from chimeform.resources import kinds
from chimeform.resources.base import Scope
from chimeform.services.aws import AwsServices
from tests import workspaces
from tests.engine.engine import Engine, now
from tests.engine.stage import Stage
from tests.sandbox_process import SandboxProcess

bounded = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # making a failing example smaller takes minutes, for a person to spend
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# ---------------------------------------------------------------- random organisations

ODD_NAMES = (
    "Acme",
    "Acme",
    "acme!",
    "yes",
    "null",
    "012345",
    "+12065550100",
    "defaults",
    "from",
    'Jane\'s "Team" {{ name }}',
    "{% raw %}",
    "{#",
    "a: b # c",
    "- x",
    "  blanks  ",
    "back\\slash\ttab",
    "日本支社",
    "Zürich/Genève",
    "x" * 100,
)
ODD_PEOPLE = (
    "jane",
    "Omar.O'Neill",
    "yes",
    "0123",
    "{{x}}",
    "a#b",
    "&anchor",
    "zoë",
    "=cmd",
    '"q,q"',
    "*",
    "-x",
)
ODD_BOTS = ("HelpDesk", "helpdesk!", "On-Call (EU)", "1", "yes", "#!", "a & b", "100%")
EVENTS = st.none() | st.sampled_from(
    (
        {"OutboundEventsHTTPSEndpoint": "https://bot.example/a?b={c}#d"},
        {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:bot"},
    )
)
NUMBERS = workspaces.NUMBERS[:6]
LICENSES = ("Pro", "Basic", "Plus", "ProTrial")


@dataclass(frozen=True)
class Person:
    name: str
    state: str
    """`invited`, `member` or `suspended`, as far as the account's type has it."""
    license: str | None
    wants_phone: bool


@dataclass(frozen=True)
class Account:
    name: str
    type: str
    default_license: str
    supports_legacy: bool
    settings: Mapping[str, bool]
    people: tuple[Person, ...]
    bots: tuple[tuple[str, bool, Mapping[str, str] | None], ...] = ()
    retention: tuple[int | None, int | None] | None = None
    rooms: tuple[tuple[str, str], ...] = ()
    """Name, and who is in it: `people`, `bots`, both of them, or nobody."""


@dataclass(frozen=True)
class Company:
    accounts: tuple[Account, ...]
    numbers: tuple[tuple[str, str, str, bool], ...]
    """Number, product, calling name, and whether it is in the deletion queue."""
    calling_name: str | None
    bucket: str | None
    csv_above: int

    def invited(self) -> list[str]:
        """Whoever has not accepted yet."""
        return [
            f"{person.name}@d{place}.example"
            for place, account in enumerate(self.accounts)
            for person in account.people
            if account.type == "Team" and person.state == "invited"
        ]


def unique(strategy: st.SearchStrategy[Any], by: Callable[[Any], Any], most: int) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most, unique_by=by).map(tuple)


PEOPLE = unique(
    st.builds(
        Person,
        name=st.sampled_from(ODD_PEOPLE),
        state=st.sampled_from(("invited", "member", "member", "suspended")),
        license=st.none() | st.sampled_from(LICENSES),
        wants_phone=st.booleans(),
    ),
    lambda person: person.name.casefold(),
    6,
)
ACCOUNTS = st.builds(
    Account,
    name=st.sampled_from(ODD_NAMES) | st.text(min_size=1, max_size=100).filter(lambda text: bool(text.strip())),
    type=st.sampled_from(("Team", "EnterpriseLWA", "EnterpriseDirectory", "EnterpriseOIDC")),
    default_license=st.sampled_from(("Pro", "Basic", "Basic", "Plus")),
    supports_legacy=st.booleans(),
    settings=st.fixed_dictionaries(
        {}, optional={"EnableDialOut": st.booleans(), "DisableRemoteControl": st.booleans()}
    ),
    people=PEOPLE,
    bots=unique(st.tuples(st.sampled_from(ODD_BOTS), st.booleans(), EVENTS), lambda bot: bot[0], 3),
    retention=st.none() | st.tuples(st.none() | st.integers(1, 5475), st.none() | st.integers(1, 5475)),
    rooms=unique(
        st.tuples(st.sampled_from(ODD_NAMES), st.sampled_from(("", "people", "bots", "people and bots"))),
        lambda room: room[0],
        3,
    ),
)
COMPANIES = st.builds(
    Company,
    accounts=st.lists(ACCOUNTS, min_size=2, max_size=4).map(tuple),
    numbers=unique(
        st.tuples(
            st.sampled_from(NUMBERS),
            st.sampled_from(("BusinessCalling", "BusinessCalling", "VoiceConnector", "SipMediaApplicationDialIn")),
            st.sampled_from(("", "Acme Sales", "012345", "Yes")),
            st.booleans(),
        ),
        lambda number: number[0],
        6,
    ),
    calling_name=st.sampled_from((None, "Acme", "12345", "no", "NULL")),
    bucket=st.none() | st.sampled_from(("acme-cdr", "1234567")),
    csv_above=st.sampled_from((0, 2, 25)),
)


class Founder:
    """Makes an organisation with the service's own API, its console and its people."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.chime = stage, stage.chime
        self.free: list[str] = []

    def found(self, company: Company) -> None:
        for number, product, name, _ in company.numbers:
            self.chime.create_phone_number_order(ProductType=product, E164PhoneNumbers=[number])
            if name and product == "BusinessCalling":
                self.chime.update_phone_number(PhoneNumberId=number, CallingName=name)
        for number, _, _, is_queued in company.numbers:
            if is_queued:
                self.chime.delete_phone_number(PhoneNumberId=number)
        self.free = [
            number for number, product, _, gone in company.numbers if product == "BusinessCalling" and not gone
        ]
        for place, account in enumerate(company.accounts):
            self._account(account, f"d{place}.example")
        if company.calling_name:
            self.chime.update_phone_number_settings(CallingName=company.calling_name)
        if company.bucket:
            self.stage.bucket(company.bucket)
            self.chime.update_global_settings(BusinessCalling={"CdrBucket": company.bucket})

    def _account(self, account: Account, domain: str) -> None:
        account_id = self.chime.create_account(Name=account.name)["Account"]["AccountId"]
        console = f"console/accounts/{account_id}"
        legacy = account.supports_legacy or account.default_license == "Plus"
        if legacy:
            self.stage.sandbox.put(f"{console}/licenses", {"licenses": list(LICENSES)})
        if account.settings:
            self.chime.update_account_settings(AccountId=account_id, AccountSettings=dict(account.settings))
        for person in account.people if account.type == "Team" else ():
            self._invite(account_id, person, f"{person.name}@{domain}", legacy=legacy)
        # whoever has not accepted will have this licence, and is shown with the one of before
        self.chime.update_account(AccountId=account_id, DefaultLicense=account.default_license)
        if account.type == "Team":
            return
        self.stage.claim(account_id, domain)
        if account.type == "EnterpriseDirectory":
            self.stage.sandbox.post(f"{console}/directory", {"directory_id": "d-1234567890"})
        if account.type == "EnterpriseOIDC":
            self.stage.sandbox.post(f"{console}/okta", {"issuer": "https://acme.okta.example", "client_id": "0oa1"})
        if account.type != "EnterpriseLWA":
            self.stage.sandbox.post(f"{console}/groups", {"name": "Everybody", "license": "Pro"})
        for person in account.people:
            self._register(account_id, person, f"{person.name}@{domain}", account.type, legacy=legacy)
        self._chat(account, account_id, domain)
        if account.retention:
            rooms, conversations = ({"RetentionDays": days} if days else {} for days in account.retention)
            self.chime.put_retention_settings(
                AccountId=account_id,
                RetentionSettings={"RoomRetentionSettings": rooms, "ConversationRetentionSettings": conversations},
            )

    def _chat(self, account: Account, account_id: str, domain: str) -> None:
        """Bots and rooms. A bot is disabled once it is in its rooms: afterwards it would not come in."""
        bots = {
            name: (self._bot(account_id, domain, name, events), disabled, events)
            for name, disabled, events in account.bots
        }
        for name, who in account.rooms:
            people = [f"{person.name}@{domain}" for person in account.people] if "people" in who else []
            added = [bot for bot, _, events in bots.values() if events] if "bots" in who else []
            self._room(account_id, name, [self._user(account_id, email) for email in people], added)
        for bot, disabled, _ in bots.values():
            if disabled:
                self.chime.update_bot(AccountId=account_id, BotId=bot, Disabled=True)

    def _invite(self, account_id: str, person: Person, email: str, *, legacy: bool) -> None:
        self.chime.invite_users(AccountId=account_id, UserEmailList=[email])
        if person.state == "invited":
            return
        self.stage.accept(email)
        self._equip(account_id, person, email, legacy=legacy)

    def _register(self, account_id: str, person: Person, email: str, kind: str, *, legacy: bool) -> None:
        self.stage.sandbox.post("people/register", {"email": email})
        self._equip(account_id, person, email, legacy=legacy, may_choose=kind == "EnterpriseLWA")
        if person.state == "suspended" and kind == "EnterpriseLWA":
            user = self._user(account_id, email)
            self.chime.batch_suspend_user(AccountId=account_id, UserIdList=[user])

    def _equip(self, account_id: str, person: Person, email: str, *, legacy: bool, may_choose: bool = True) -> None:
        user = self._user(account_id, email)
        if person.license and may_choose and (legacy or person.license in ("Pro", "Basic")):
            self.chime.update_user(AccountId=account_id, UserId=user, LicenseType=person.license)
        if person.wants_phone and self.free:
            number = self.free.pop()
            self.chime.associate_phone_number_with_user(AccountId=account_id, UserId=user, E164PhoneNumber=number)
            wire = {"InboundCalling": True, "OutboundCalling": bool(person.license), "SMS": False}
            self.chime.update_user_settings(AccountId=account_id, UserId=user, UserSettings={"Telephony": wire})

    def _room(self, account_id: str, name: str, people: Sequence[str], bots: Sequence[str]) -> None:
        """The first person is its administrator."""
        room = self.chime.create_room(AccountId=account_id, Name=name)["Room"]["RoomId"]
        for member in (*people, *bots):
            role = "Administrator" if member in people[:1] else "Member"
            self.chime.create_room_membership(AccountId=account_id, RoomId=room, MemberId=member, Role=role)

    def _bot(self, account_id: str, domain: str, name: str, events: Mapping[str, str] | None) -> str:
        bot = self.chime.create_bot(AccountId=account_id, DisplayName=name, Domain=domain)["Bot"]["BotId"]
        if events:
            self.chime.put_events_configuration(AccountId=account_id, BotId=bot, **events)
        return str(bot)

    def _user(self, account_id: str, email: str) -> str:
        (user,) = self.chime.list_users(AccountId=account_id, UserEmail=email)["Users"]
        return str(user["UserId"])


# ---------------------------------------------------------------- the promise


@dataclass
class Adopter:
    """Exports into folders of its own, each the workspace of an engine."""

    sandbox: SandboxProcess
    services: AwsServices
    root: Path
    count: int = 0

    def export(self, *, csv_above: int = 25, **selection: Any) -> tuple[Engine, Exported]:
        self.count += 1
        here = Engine(self.sandbox, self.root / f"from-{self.count}", self.services)
        here.write({})
        organisation, aws = here.app(**selection).discover()
        exported = export_files(organisation, workspace="acme", aws=aws, csv_above=csv_above)
        there = Engine(self.sandbox, self.root / f"to-{self.count}", self.services)
        check_empty(there.root)
        write_files(there.root, exported.files)
        return there, exported


@pytest.fixture
def adopter(sandbox: SandboxProcess, services: AwsServices, tmp_path: Path) -> Adopter:
    return Adopter(sandbox, services, tmp_path)


@bounded
@given(company=COMPANIES)
def test_an_export_is_adopted_as_it_is(adopter: Adopter, stage: Stage, company: Company):
    """`Engine.applied` checks that a second plan is empty; and it stays so when those who are invited accept."""
    stage.sandbox.reset(1)
    stage.settings(order_seconds=0, calling_name_seconds=0)
    Founder(stage).found(company)
    engine, exported = adopter.export(csv_above=company.csv_above)
    _, again = adopter.export(csv_above=company.csv_above)
    assert again == exported
    assert exported.gaps == ()
    plan = engine.plan()
    assert [(change.action, change.address) for change in plan.changes if change.action is not Action.ADOPT] == []
    assert [consequence.text for change in plan.changes for consequence in change.consequences] == []
    assert (plan.refusals, plan.unread, plan.unmanaged, plan.steps) == ((), (), (), ())
    assert len(plan.changes) == sum(exported.declared.values())
    assert engine.applied().writes() == {}
    stage.accept(*company.invited())
    engine.check_settled()


# ---------------------------------------------------------------- what is special


def text_of(exported: Exported, name: str) -> str:
    return exported.files[f"accounts/{name}.yaml"]


def test_nothing_but_reads_is_called(adopter: Adopter, stage: Stage):
    stage.corp()
    before = len(stage.sandbox.log())
    adopter.export()
    assert {one["operation"][:3] for one in stage.sandbox.log()[before:]} <= {"Get", "Lis"}


def test_devices_are_exported_as_what_they_are_and_people_as_people(adopter: Adopter, stage: Stage):
    corp = stage.corp()
    stage.chime.create_user(AccountId=corp, Email="screen@corp.example", UserType="SharedDevice")
    engine, exported = adopter.export()
    assert "screen@corp.example: {type: shared-device, license: pro}" in text_of(exported, "corp")
    assert text_of(exported, "corp").count("type: ") == 2, "the account's own, and the device's"
    assert engine.applied().writes() == {}
    _, exported = adopter.export(csv_above=1)
    table = exported.files["accounts/corp-users.csv"].splitlines()
    assert table[0] == "email,type,license"
    assert "screen@corp.example,shared-device,pro" in table


def test_of_several_of_one_name_the_ids_say_which_is_meant(adopter: Adopter, stage: Stage):
    wanted = sorted(stage.chime.create_account(Name="Acme")["Account"]["AccountId"] for _ in range(2))
    engine, _ = adopter.export()
    engine.applied()
    recorded = engine.recorded().resources.values()
    assert sorted(str(one.id) for one in recorded if one.kind == "account") == wanted
    targeted, _ = adopter.export(targets=("accounts.acme",))
    assert targeted.plan().unread == (), "the other one is as much in the way when it is not exported"


def test_a_target_brings_along_what_it_needs(adopter: Adopter, stage: Stage):
    corp = stage.corp()
    stage.chime.create_account(Name="Other")
    stage.chime.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=list(NUMBERS[:2]))
    user = stage.users("Corp")["user1@corp.example"]["UserId"]
    stage.chime.associate_phone_number_with_user(AccountId=corp, UserId=user, E164PhoneNumber=NUMBERS[0])
    stage.chime.update_phone_number_settings(CallingName="Acme")
    before = stage.sandbox.calls()
    engine, exported = adopter.export(targets=("accounts.c*",))
    assert exported.declared == {"account": 1, "meetings": 1, "user": 3, "phone_number": 1, "telephony": 1}
    calls = stage.sandbox.calls()["GetUserSettings"] - before.get("GetUserSettings", 0)
    assert calls == 1, "settings are read of those who have a number"
    assert stage.sandbox.calls()["ListUsers"] == before["ListUsers"] + 1, "of the account that is wanted"
    assert [change.action for change in engine.plan().changes] == [Action.ADOPT] * 7
    one, exported = adopter.export(targets=('accounts.corp.users["user2@corp.example"]',))
    assert exported.declared == {"account": 1, "user": 1}
    assert "user1" not in text_of(exported, "corp")
    assert [change.action for change in one.plan().changes] == [Action.ADOPT] * 2


def make_room(stage: Stage, account: str, name: str, *members: str) -> str:
    room = stage.chime.create_room(AccountId=account, Name=name)["Room"]["RoomId"]
    for member in members:
        stage.chime.create_room_membership(AccountId=account, RoomId=room, MemberId=member)
    return str(room)


def make_bot(stage: Stage, account: str) -> str:
    bot = stage.chime.create_bot(AccountId=account, DisplayName="Help Desk", Domain="corp.example")["Bot"]["BotId"]
    stage.chime.put_events_configuration(AccountId=account, BotId=bot, OutboundEventsHTTPSEndpoint="https://x.example/")
    return str(bot)


def test_members_of_rooms_are_people_and_bots_by_their_keys(adopter: Adopter, stage: Stage):
    corp = stage.corp()
    user = stage.users("Corp")["user1@corp.example"]["UserId"]
    room = make_room(stage, corp, "Incidents & Outages", make_bot(stage, corp), user)
    stage.chime.update_room_membership(AccountId=corp, RoomId=room, MemberId=user, Role="Administrator")
    stage.sandbox.post(f"client/rooms/{room}/webhooks", {"name": "Monitor"})
    make_room(stage, corp, "lobby")
    engine, exported = adopter.export()
    lines = [line.strip() for line in text_of(exported, "corp").splitlines()]
    rooms = lines[lines.index("rooms:") :]
    assert rooms[:5] == [
        "rooms:",
        "incidents-outages:",
        'name: "Incidents & Outages"',
        "members: {bots.help-desk: member, user1@corp.example: administrator}",
        "lobby: {}",
    ]
    assert engine.plan().unmanaged == ()


def test_of_two_rooms_of_one_name_one_is_declared_and_the_other_is_told(adopter: Adopter, stage: Stage):
    corp = stage.corp()
    for _ in range(2):
        make_room(stage, corp, "Incidents")
    engine, exported = adopter.export()
    assert exported.declared["room"] == 1
    (why,) = exported.undeclared.values()
    assert "has the same name" in why
    plan = engine.plan()
    assert (plan.unread, [change.action for change in plan.changes if change.kind == "room"]) == ((), [Action.ADOPT])


def test_delegate_groups_are_suggested_together_with_the_directory(adopter: Adopter, stage: Stage):
    """Nothing shows to which directory an account is connected, and without that they cannot be declared."""
    corp = stage.corp()
    stage.sandbox.post(f"console/accounts/{corp}/directory", {"directory_id": "d-1234567890"})
    groups = [{"GroupName": name} for name in ("Lobby", 'The "Rooms"')]
    stage.chime.associate_signin_delegate_groups_with_account(AccountId=corp, SigninDelegateGroups=groups)
    _, exported = adopter.export()
    lines = [line.strip() for line in text_of(exported, "corp").splitlines()]
    where = lines.index("# identity:")
    assert lines[where + 1 : where + 3] == [
        "#   directory: {id: d-0123456789}",
        r'#   sign_in_delegates: ["Lobby", "The \"Rooms\""]',
    ]


def test_roles_of_services_are_written_where_they_are_there(adopter: Adopter, stage: Stage):
    """A role that is not there comes with the first stream, and nobody has asked for it to be deleted then."""
    stage.sandbox.client("iam").create_service_linked_role(AWSServiceName="transcription.chime.amazonaws.com")
    engine, exported = adopter.export()
    assert "service_linked_roles: {transcription: true}" in exported.files["chimeform.yaml"]
    engine.applied()
    stage.sandbox.client("iam").create_service_linked_role(AWSServiceName="voiceconnector.chime.amazonaws.com")
    assert engine.plan().is_empty


def test_what_is_excluded_is_not_written(adopter: Adopter, stage: Stage):
    stage.corp()
    _, exported = adopter.export(excludes=("accounts.*.users", "accounts.*.meetings"))
    assert exported.declared == {"account": 1}


def test_what_may_not_be_read_is_told_and_the_rest_is_written(adopter: Adopter, stage: Stage):
    corp = stage.corp()
    bot = stage.chime.create_bot(AccountId=corp, DisplayName="HelpDesk", Domain="corp.example")["Bot"]["BotId"]
    stage.chime.put_events_configuration(AccountId=corp, BotId=bot, OutboundEventsHTTPSEndpoint="https://x.example/")
    denied = ["chime:ListUsers", "chime:GetEventsConfiguration", "chime:GetRetentionSettings", "chime:ListPhoneNumbers"]
    stage.sandbox.post("iam", {"deny": denied})
    _, exported = adopter.export()
    assert {(str(gap.address), gap.fields) for gap in exported.gaps} == {
        ("accounts.corp.users", ()),
        ("accounts.corp.bots.helpdesk", ("events",)),
        ("accounts.corp.retention", ("rooms", "conversations")),
        ("phone_numbers", ()),
    }
    text = text_of(exported, "corp")
    assert "# accounts.corp.users could not be read: " in text
    assert "# events could not be read: " in text
    assert "# rooms and conversations could not be read: " in text
    assert "# phone_numbers could not be read: " in exported.files["chimeform.yaml"]
    stage.sandbox.delete("iam")


def test_where_nothing_can_be_read_nothing_is_written(adopter: Adopter, stage: Stage):
    nothing = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": "*"}
    stage.sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": [nothing]}})
    with pytest.raises(ChimeformError, match="nothing could be read"):
        adopter.export()
    stage.sandbox.delete("iam")


def test_somebody_who_is_there_twice_is_declared_once(adopter: Adopter, stage: Stage):
    """Addresses that the service tells apart and the language does not."""
    stage.corp()
    engine, _ = adopter.export()
    twice = Found(
        Address.parse('accounts.corp.users["USER0@corp.example"]'),
        kinds()["user"],
        Observed("other", {"email": "USER0@corp.example", "license": "pro"}),
        Scope(Observed("corp", {}, {"type": "EnterpriseLWA"}), now()),
    )
    organisation, _ = engine.app().discover()
    blocks = blocks_of(replace(organisation, found=(twice, *organisation.found)))
    undeclared = {str(block.address): block.undeclared for block in blocks if block.undeclared}
    assert list(undeclared) == ['accounts.corp.users["user0@corp.example"]']
    assert "has the same key as other" in undeclared['accounts.corp.users["user0@corp.example"]']


def test_a_phone_that_is_on_its_way_out_is_not_referred_to(adopter: Adopter, stage: Stage):
    """What refers to something that is not declared is written without it, and says so."""
    stage.corp()
    engine, _ = adopter.export()
    organisation, _ = engine.app().discover()
    holders = [one for one in organisation.found if one.kind.kind == "user"][:1]
    held = replace(
        holders[0], observed=replace(holders[0].observed, values={**holders[0].observed.values, "phone": NUMBERS[0]})
    )
    found = tuple(held if one is holders[0] else one for one in organisation.found)
    exported = export_files(replace(organisation, found=found), workspace="acme", aws=Aws(), csv_above=25)
    assert f'# not written: phone: {NUMBERS[0]}, because phone_numbers["{NUMBERS[0]}"] is not declared' in text_of(
        exported, "corp"
    )
