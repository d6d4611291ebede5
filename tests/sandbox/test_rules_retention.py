"""Chat retention: days, off, and the thirty days of grace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.stage import DAY, Stage, refusal


def put(stage: Stage, account: str, **policies: dict[str, int]) -> None:
    settings = {f"{name.capitalize()}RetentionSettings": policy for name, policy in policies.items()}
    answer = stage.api.put_retention_settings(AccountId=account, RetentionSettings=settings)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def get(stage: Stage, account: str) -> tuple[int | None, int | None, datetime | None]:
    """Days of rooms, days of conversations, moment of the deletion."""
    answer = stage.api.get_retention_settings(AccountId=account)
    settings: dict[str, Any] = answer["RetentionSettings"]
    rooms, conversations = settings["RoomRetentionSettings"], settings["ConversationRetentionSettings"]
    return rooms.get("RetentionDays"), conversations.get("RetentionDays"), answer.get("InitiateDeletionTimestamp")


def now(stage: Stage) -> datetime:
    return datetime.fromisoformat(stage.sandbox.get("clock")["now"]).astimezone(UTC)


def test_both_policies_are_off_at_first(stage: Stage):
    assert get(stage, stage.enterprise()) == (None, None, None)


def test_team_accounts_have_no_retention(stage: Stage):
    account = stage.team()
    assert refusal(stage.api.get_retention_settings, AccountId=account) == "ForbiddenException"
    settings = {"RoomRetentionSettings": {"RetentionDays": 30}}
    call = stage.api.put_retention_settings
    assert refusal(call, AccountId=account, RetentionSettings=settings) == "ForbiddenException"


@pytest.mark.parametrize("kind", ["EnterpriseLWA", "EnterpriseDirectory", "EnterpriseOIDC"])
def test_every_enterprise_account_has_retention(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    put(stage, account, room={"RetentionDays": 365}, conversation={"RetentionDays": 90})
    assert get(stage, account)[:2] == (365, 90)


@pytest.mark.parametrize("days", [1, 5475])
def test_the_ends_of_the_range(stage: Stage, days: int):
    account = stage.enterprise()
    put(stage, account, room={"RetentionDays": days})
    assert get(stage, account)[0] == days


def test_beyond_fifteen_years(stage: Stage):
    settings = {"RoomRetentionSettings": {"RetentionDays": 5476}}
    call = stage.api.put_retention_settings
    assert refusal(call, AccountId=stage.enterprise(), RetentionSettings=settings) == "BadRequestException"


def test_a_policy_that_is_not_sent_stays_and_an_empty_one_is_off(stage: Stage):
    account = stage.enterprise()
    put(stage, account, room={"RetentionDays": 365}, conversation={"RetentionDays": 90})
    put(stage, account, room={"RetentionDays": 30})
    assert get(stage, account)[:2] == (30, 90)
    put(stage, account, conversation={})
    assert get(stage, account)[:2] == (30, None)


def test_deletion_starts_thirty_days_after_the_last_effective_change(stage: Stage):
    account = stage.enterprise()
    before = now(stage)
    put(stage, account, room={"RetentionDays": 365})
    first = get(stage, account)[2]
    assert first is not None
    assert before + timedelta(days=30) <= first <= now(stage) + timedelta(days=30)
    stage.sandbox.advance(10 * DAY)
    put(stage, account, room={"RetentionDays": 365})
    assert get(stage, account)[2] == first
    put(stage, account, room={"RetentionDays": 364})
    changed = get(stage, account)[2]
    assert changed is not None
    assert changed - first >= timedelta(days=10)


def test_there_is_no_deletion_when_both_are_off(stage: Stage):
    account = stage.enterprise()
    put(stage, account, room={"RetentionDays": 365}, conversation={"RetentionDays": 90})
    put(stage, account, room={})
    assert get(stage, account)[2] is not None
    put(stage, account, conversation={})
    assert get(stage, account) == (None, None, None)
