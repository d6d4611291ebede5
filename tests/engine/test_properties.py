"""Whatever a workspace says and whatever happened to the live objects: an apply brings them together."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chimeform.services.aws import Services
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

BUCKETS = ("acme-cdr", "acme-records")
STAFF = workspaces.people(5, "corp.example")
GUESTS = workspaces.people(3, "branch.example")
NUMBERS = workspaces.NUMBERS[:4]
BOTS = ("alpha", "beta", "gamma")

bounded = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # making a failing example smaller takes many applies: minutes, for a person to spend
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# ---------------------------------------------------------------- random workspaces


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def some(names: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(names), unique=True)


def given_values(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


LICENSES = maybe(st.sampled_from(("pro", "basic")))
EVENTS = maybe(
    st.sampled_from(
        (
            {"https": "https://bot.corp.example/a"},
            {"https": "https://bot.corp.example/b"},
            {"lambda": "arn:aws:lambda:us-east-1:111122223333:function:bot"},
        )
    )
)
PERIODS = maybe(st.sampled_from(("30 days", "1 year", "7 years")))


@st.composite
def corps(draw: st.DrawFn, phones: Mapping[str, str]) -> dict[str, Any]:
    """An Enterprise account; `phones` says who has which number."""
    users = {
        email: given_values(license=draw(LICENSES), suspended=draw(maybe(st.booleans())), phone=phones.get(email))
        for email in sorted({*draw(some(STAFF)), *phones})
    }
    bots = {
        name: workspaces.bot(name.title(), **given_values(disabled=draw(maybe(st.booleans())), events=draw(EVENTS)))
        for name in draw(some(BOTS))
    }
    retention = draw(maybe(st.tuples(PERIODS, PERIODS)))
    return given_values(
        name=draw(st.sampled_from(("Corp", "Corp Worldwide"))),
        default_license=draw(LICENSES),
        users=users,
        bots=bots,
        retention=given_values(rooms=retention[0], conversations=retention[1]) if retention else None,
    )


@st.composite
def branches(draw: st.DrawFn) -> dict[str, Any]:
    """An account that begins as a Team account."""
    return given_values(
        name=draw(st.sampled_from(("Branch", "Branch Office"))),
        default_license=draw(LICENSES),
        users={email: given_values(license=draw(LICENSES)) for email in draw(some(GUESTS))},
        meetings=draw(
            maybe(st.fixed_dictionaries({"call_me": st.booleans()}, optional={"screen_sharing_control": st.booleans()}))
        ),
    )


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    assigned = draw(some(NUMBERS))
    holders = draw(st.permutations(STAFF))
    phones = dict(zip(holders, assigned, strict=False))
    numbers = {
        name: workspaces.number(**given_values(calling_name=draw(maybe(st.sampled_from(("Acme", "Acme Two"))))))
        for name in sorted({*draw(some(NUMBERS)), *phones.values()})
    }
    accounts = {"corp": draw(corps(phones))} | given_values(branch=draw(maybe(branches())))
    bucket = draw(maybe(st.sampled_from(BUCKETS)))
    return given_values(
        accounts=accounts,
        phone_numbers=numbers,
        settings={"call_detail_records": {"bucket": bucket}} if bucket else None,
    )


# ---------------------------------------------------------------- what others do meanwhile


@dataclass(frozen=True)
class Others:
    """People with the service's own API. Each act returns the address that it touches; a refused one nothing."""

    stage: Stage
    corp: str

    def change_license(self, place: int, yes: bool) -> str:
        item = {"UserId": self._user(place), "LicenseType": "Pro" if yes else "Basic"}
        self.stage.chime.batch_update_user(AccountId=self.corp, UpdateUserRequestItems=[item])
        return self._address(place)

    def suspend(self, place: int, yes: bool) -> str:
        act = self.stage.chime.batch_suspend_user if yes else self.stage.chime.batch_unsuspend_user
        act(AccountId=self.corp, UserIdList=[self._user(place)])
        return self._address(place)

    def take_phone(self, place: int, yes: bool) -> str:
        self.stage.chime.disassociate_phone_number_from_user(AccountId=self.corp, UserId=self._user(place))
        return self._address(place)

    def disable_bot(self, place: int, yes: bool) -> str:
        bot = self._bot(place)
        self.stage.chime.update_bot(AccountId=self.corp, BotId=bot["BotId"], Disabled=yes)
        return f"accounts.corp.bots.{bot['DisplayName'].removesuffix(' (Bot)').lower()}"

    def forget_events(self, place: int, yes: bool) -> str:
        bot = self._bot(place)
        self.stage.chime.delete_events_configuration(AccountId=self.corp, BotId=bot["BotId"])
        return f"accounts.corp.bots.{bot['DisplayName'].removesuffix(' (Bot)').lower()}"

    def shorten_retention(self, place: int, yes: bool) -> str:
        period = {"RetentionDays": 20 + place} if yes else {}
        self.stage.chime.put_retention_settings(
            AccountId=self.corp,
            RetentionSettings={"RoomRetentionSettings": period, "ConversationRetentionSettings": {}},
        )
        return "accounts.corp.retention"

    def rename(self, place: int, yes: bool) -> str:
        self.stage.chime.update_account(AccountId=self.corp, Name=f"Corp {place}")
        return "accounts.corp"

    def queue_number(self, place: int, yes: bool) -> str:
        number = NUMBERS[place % len(NUMBERS)]
        self.stage.chime.delete_phone_number(PhoneNumberId=number)
        return f'phone_numbers["{number}"]'

    def name_number(self, place: int, yes: bool) -> str:
        number = NUMBERS[place % len(NUMBERS)]
        self.stage.chime.update_phone_number(PhoneNumberId=number, CallingName="Somebody" if yes else "")
        return f'phone_numbers["{number}"]'

    def move_records(self, place: int, yes: bool) -> str:
        self.stage.chime.update_global_settings(BusinessCalling={"CdrBucket": f"other-{place}"} if yes else {})
        return "settings.call_detail_records"

    def act(self, name: str, place: int, yes: bool) -> set[str]:
        does: Callable[[int, bool], str] = getattr(self, name)
        with suppress(ClientError, IndexError):
            return {does(place, yes)}
        return set()

    def _user(self, place: int) -> str:
        listed = self.stage.chime.list_users(AccountId=self.corp, UserEmail=STAFF[place])["Users"]
        return str(listed[0]["UserId"])

    def _address(self, place: int) -> str:
        return f'accounts.corp.users["{STAFF[place]}"]'

    def _bot(self, place: int) -> dict[str, Any]:
        bots: list[dict[str, Any]] = self.stage.chime.list_bots(AccountId=self.corp)["Bots"]
        return bots[place]


ACTS = st.tuples(
    st.sampled_from(
        (
            "change_license",
            "disable_bot",
            "forget_events",
            "move_records",
            "name_number",
            "queue_number",
            "rename",
            "shorten_retention",
            "suspend",
            "take_phone",
        )
    ),
    st.integers(0, len(STAFF) - 1),
    st.booleans(),
)
YEARS = st.lists(st.tuples(companies(), st.lists(ACTS, max_size=4), st.booleans()), min_size=1, max_size=3)


def begin(engine: Engine, stage: Stage) -> Others:
    engine.sandbox.reset()
    stage.settings(order_seconds=0, calling_name_seconds=0)
    engine.ledger_path.unlink(missing_ok=True)
    for bucket in BUCKETS:
        stage.bucket(bucket)
    return Others(stage, stage.enterprise("Corp", "corp.example", STAFF))


@bounded
@given(years=YEARS)
def test_whatever_is_written_and_whatever_happens_an_apply_converges(
    engine: Engine, stage: Stage, years: list[tuple[dict[str, Any], list[tuple[str, int, bool]], bool]]
):
    """Year by year: new files, and what others did; once in a while the Team account becomes an Enterprise account.

    `Engine.applied` checks after each apply that a second plan is empty.
    """
    others = begin(engine, stage)
    converted: list[str] = []
    for blocks, acts, converts in years:
        if "branch" not in blocks["accounts"]:
            # an account is deleted only after an administrator has released its domains
            for branch in converted:
                engine.sandbox.delete(f"console/accounts/{branch}/domains/branch.example")
            converted.clear()
        engine.write({**blocks, "import": [{"to": "accounts.corp", "id": others.corp}]})
        engine.applied()
        touched = {address for act in acts for address in others.act(*act)}
        plan = engine.plan()
        changed = {change.address for change in plan.changes if change.action != "wait"}
        assert changed <= touched, "no change without a cause"
        for change in plan.changes:
            assert change.action == "wait" or change.fields or change.action == "restore"
        engine.applied()
        held = [user.get("PrimaryProvisionedNumber") for user in stage.chime.list_users(AccountId=others.corp)["Users"]]
        wanted = [user["phone"] for user in blocks["accounts"]["corp"]["users"].values() if "phone" in user]
        assert sorted(filter(None, held)) == sorted(wanted)
        if converts and "branch" in blocks["accounts"] and not converted:
            converted.append(stage.account_id(blocks["accounts"]["branch"]["name"]))
            stage.claim(converted[0], "branch.example")
            engine.applied()


# ---------------------------------------------------------------- order


@dataclass(frozen=True)
class Shuffled:
    """Services that list in another order, at one moment."""

    services: Services
    chance: random.Random

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = dict(self.services.call(service, operation, request))
        for name, value in answer.items():
            if isinstance(value, list):
                answer[name] = self.chance.sample(value, len(value))
        return answer

    def time(self) -> datetime:
        return datetime(2027, 1, 31, tzinfo=UTC)


def shuffled(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: shuffled(value[name], chance) for name in chance.sample(sorted(value), len(value))}


@bounded
@given(before=companies(), after=companies(), seed=st.integers(0, 1000))
def test_the_order_of_declarations_and_of_listings_changes_nothing(
    engine: Engine, stage: Stage, before: dict[str, Any], after: dict[str, Any], seed: int
):
    corp = begin(engine, stage).corp
    engine.write({**before, "import": [{"to": "accounts.corp", "id": corp}]})
    engine.applied()
    texts = set()
    for chance in (random.Random(seed), random.Random(seed + 1)):
        engine.write(shuffled(after, chance))
        plan = engine.app(Shuffled(engine.services, chance)).plan().plan
        # the digest of the file is that of its bytes, and these are in another order
        texts.add(plan.model_copy(update={"files": {}, "fingerprint": ""}).to_json())
    assert len(texts) == 1
