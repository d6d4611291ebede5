"""Two statements among those of others: whatever others have written, it is handed on as it was."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.resources.bucket_policy import delivery_statements, deviations, has_ours, merged

BUCKET, ACCOUNT = "acme-cdr", "111122223333"
OURS = delivery_statements(BUCKET, ACCOUNT)
LOOKALIKES = ["chime.amazonaws.com", "s3:PutObject", "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}/*", "Allow", "*"]
texts = st.sampled_from(LOOKALIKES) | st.text(max_size=8)
values = st.recursive(
    texts | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
NAMES = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition")
# What is one part away from a statement of ours, and means something else: it is somebody else's.
OTHER_PARTS: list[dict[str, Any]] = [
    {"Effect": "Deny"},
    {"Principal": "*"},
    {"Principal": {"Service": "delivery.logs.amazonaws.com"}},
    {"Principal": {"Service": ["chime.amazonaws.com", "delivery.logs.amazonaws.com"]}},
    {"Principal": {"Service": "chime.amazonaws.com", "AWS": ACCOUNT}},
    {"Principal": {"AWS": "chime.amazonaws.com"}},
    {"Action": ["s3:GetBucketAcl", "s3:PutObject"]},
    {"Action": "s3:*"},
    {"Resource": "arn:aws:s3:::other/*"},
    {"Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]},
    {"Resource": f"arn:aws:s3:::{BUCKET}/exports/*"},
]
NEAR = [{**ours, "Sid": "theirs", **part} for ours in OURS for part in OTHER_PARTS]
# Whose a statement is must not be asked of what is tested: only ours have "Service" in their principal, and no other
# statement gets that by chance.
foreign = st.sampled_from(NEAR) | st.dictionaries(st.sampled_from(NAMES), values, max_size=6).filter(
    lambda one: "Service" not in str(one.get("Principal"))
)
by_hand = st.builds(
    lambda ours, sid, condition: {**ours, "Sid": sid, **({"Condition": condition} if condition else {})},
    st.sampled_from(OURS),
    st.text(max_size=5),
    st.none() | st.dictionaries(st.just("StringEquals"), st.dictionaries(texts, texts, max_size=2), min_size=1),
)
policies = st.none() | st.builds(
    lambda statements, head: {**head, "Statement": statements},
    st.lists(foreign, max_size=4),
    st.fixed_dictionaries({"Version": st.sampled_from(("2012-10-17", "2008-10-17"))}, optional={"Id": st.text()}),
)


@given(policies, st.lists(by_hand, max_size=3), st.randoms(use_true_random=False))
def test_what_others_wrote_stays_and_ours_is_right_once(policy: Any, more: list[Any], random: Random) -> None:
    theirs = list(policy["Statement"]) if policy else []
    if more:
        policy = {**(policy or {"Version": "2012-10-17"}), "Statement": [*theirs, *more]}
        random.shuffle(policy["Statement"])
        theirs = [one for one in policy["Statement"] if one in theirs]
    after = merged(policy, BUCKET, OURS)
    assert after is not None
    assert [one for one in after["Statement"] if one in theirs] == theirs
    ours = [one for one in after["Statement"] if one not in theirs]
    assert len(ours) == 2
    assert deviations({"Statement": ours}, BUCKET, ACCOUNT) is True
    assert deviations(after, BUCKET, ACCOUNT) is True
    assert merged(after, BUCKET, OURS) == after, "what is as it should be is not written again"
    head = {name: value for name, value in (policy or after).items() if name != "Statement"}
    assert {name: value for name, value in after.items() if name != "Statement"} == head


@given(policies)
def test_taking_ours_away_gives_back_what_was_there(policy: Any) -> None:
    before = policy if policy and policy["Statement"] else None
    assert merged(merged(policy, BUCKET, OURS), BUCKET, ()) == before
    assert merged(policy, BUCKET, ()) == before


@pytest.mark.parametrize("near", NEAR)
def test_what_only_looks_like_ours_is_somebody_elses(near: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": [near]}
    assert not has_ours(policy, BUCKET)
    assert deviations(policy, BUCKET, ACCOUNT) is None
    after = merged(policy, BUCKET, OURS)
    assert after == {"Version": "2012-10-17", "Statement": [near, *OURS]}
    assert merged(after, BUCKET, ()) == policy


@pytest.mark.parametrize("ours", OURS)
def test_ours_is_known_by_its_name_or_by_its_meaning(ours: dict[str, Any]) -> None:
    listed = {**ours, "Sid": "mine", "Action": [ours["Action"]], "Principal": {"Service": ["chime.amazonaws.com"]}}
    renamed = {**ours, "Principal": "*", "Effect": "Deny"}
    for statement in (listed, renamed):
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        assert has_ours(policy, BUCKET)
        assert merged(policy, BUCKET, ()) is None


def test_a_single_statement_need_not_be_a_list() -> None:
    after = merged({"Version": "2012-10-17", "Statement": OURS[1]}, BUCKET, OURS)
    assert after is not None
    assert after["Statement"] == [OURS[1], OURS[0]]


def test_the_name_of_a_condition_key_has_no_case() -> None:
    guard = OURS[1]["Condition"]["StringEquals"]
    lower = {"s3:x-amz-acl": guard["s3:x-amz-acl"], "AWS:sourceaccount": [ACCOUNT]}
    written = {**OURS[1], "Condition": {"StringEquals": lower}}
    assert deviations({"Statement": [OURS[0], written]}, BUCKET, ACCOUNT) is True


def test_the_statements_of_another_bucket_are_somebody_elses() -> None:
    other = delivery_statements("other", ACCOUNT)
    assert not has_ours({"Statement": [{**one, "Sid": ""} for one in other]}, BUCKET)
