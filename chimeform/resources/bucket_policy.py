"""The two statements that let Amazon Chime write call detail records into a bucket, among those of others.

[guide: Cross-service confused deputy prevention] Amazon Chime may look at the bucket's access list, and may write
objects that the owner controls, on behalf of one AWS account. The statements are found again by their Sids or, where
somebody wrote them by hand, by meaning: the same grantee, action and resource. Everything else is somebody else's, and
is handed on as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_VERSION = "2012-10-17"
_GRANTEE = "chime.amazonaws.com"
_ACL, _WRITE = "s3:GetBucketAcl", "s3:PutObject"
_SIDS = {_ACL: "ChimeformCallRecordsAcl", _WRITE: "ChimeformCallRecordsWrite"}

Policy = Mapping[str, Any]
Deviations = Mapping[str, Mapping[str, Any]]
"""What is told of a policy: what is not as it should be → `{"is", "wanted"}`, None for what is not there."""


class NotOurForm(ValueError):
    """A document that is no bucket policy as IAM writes them; nobody may replace what they do not understand."""


def delivery_statements(bucket: str, account: str) -> list[dict[str, Any]]:
    """Both statements for records of the AWS account."""
    arn, grantee = f"arn:aws:s3:::{bucket}", {"Service": _GRANTEE}
    guard = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account}
    return [
        {"Sid": _SIDS[_ACL], "Effect": "Allow", "Principal": grantee, "Action": _ACL, "Resource": arn},
        {
            "Sid": _SIDS[_WRITE],
            "Effect": "Allow",
            "Principal": grantee,
            "Action": _WRITE,
            "Resource": f"{arn}/*",
            "Condition": {"StringEquals": guard},
        },
    ]


def merged(policy: Policy | None, bucket: str, wanted: Sequence[Mapping[str, Any]]) -> Policy | None:
    """The policy with the wanted statements as the only ones of ours; None when no statement is left.

    One that means what it should stays as it is written, where it stands. Raises `NotOurForm`.
    """
    by_action = {str(one["Action"]): one for one in wanted}
    left: list[Mapping[str, Any]] = []
    found = {action: _best(policy, bucket, action, by_action.get(action)) for action in _SIDS}
    for statement in _statements(policy):
        action = _action_of(statement, bucket)
        if action is None:
            left.append(statement)
        elif statement is found[action] and action in by_action:
            left.append(statement if _means(statement) == _means(by_action[action]) else by_action[action])
    left += [one for action, one in by_action.items() if found[action] is None]
    if not left:
        return None
    return {**(policy or {"Version": _VERSION}), "Statement": left}


def deviations(policy: Policy | None, bucket: str, account: str) -> Deviations | bool | None:
    """True if both statements are as they should be, None if neither is there, else what is different.

    Raises `NotOurForm`.
    """
    told: dict[str, Mapping[str, Any]] = {}
    is_there = False
    for wanted in delivery_statements(bucket, account):
        action = wanted["Action"]
        ours = [one for one in _statements(policy) if _action_of(one, bucket) == action]
        is_there = is_there or bool(ours)
        best = _best(policy, bucket, action, wanted)
        told |= _difference(action, best, wanted)
        if len(ours) > 1:
            told[f"{action} statements"] = {"is": len(ours), "wanted": 1}
    return (told or True) if is_there else None


def has_ours(policy: Policy | None, bucket: str) -> bool:
    """Raises `NotOurForm`."""
    return any(_action_of(one, bucket) for one in _statements(policy))


def deviation_text(name: str, found: Mapping[str, Any]) -> str:
    """One deviation as people read it."""
    is_now, wanted = found["is"], found["wanted"]
    if is_now is None:
        return f"{name} is missing"
    return f"{name} is {is_now}" + ("" if wanted is None else f", not {wanted}")


# ---------------------------------------------------------------- statements


def _statements(policy: Policy | None) -> list[Mapping[str, Any]]:
    if policy is None:
        return []
    found = policy.get("Statement") if hasattr(policy, "get") else None
    listed = [found] if isinstance(found, Mapping) else found
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise NotOurForm("its 'Statement' is not a list of statements")
    return listed


def _action_of(statement: Mapping[str, Any], bucket: str) -> str | None:
    """Which of the two statements it is; None for somebody else's."""
    for action, sid in _SIDS.items():
        if statement.get("Sid") == sid:
            return action
    arn = f"arn:aws:s3:::{bucket}"
    for action, resource in ((_ACL, arn), (_WRITE, f"{arn}/*")):
        if (
            statement.get("Effect") == "Allow"
            and _plain(statement.get("Principal")) == {"Service": [_GRANTEE]}
            and _listed(statement.get("Action")) == [action]
            and _listed(statement.get("Resource")) == [resource]
        ):
            return action
    return None


def _best(
    policy: Policy | None, bucket: str, action: str, wanted: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Of several statements of ours for one action, the one that is as wanted, else the first."""
    ours = [one for one in _statements(policy) if _action_of(one, bucket) == action]
    exact = (one for one in ours if wanted is not None and _means(one) == _means(wanted))
    return next(exact, ours[0] if ours else None)


def _difference(action: str, found: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Deviations:
    if found is None:
        return {f"the statement for {action}": {"is": None, "wanted": "allowed"}}
    now, then = _means(found), _means(wanted)
    names = [*then, *(name for name in now if name not in then)]
    return {
        f"{name} of {action}": {"is": now.get(name), "wanted": then.get(name)}
        for name in names
        if now.get(name) != then.get(name)
    }


def _means(statement: Mapping[str, Any]) -> dict[str, str]:
    """What the statement says, part by part, however it is written: one text is a list of one, and the names of
    condition keys have no case [IAM reference: Condition]."""
    means = {name: _text(value) for name, value in statement.items() if name not in ("Sid", "Condition")}
    return means | dict(_conditions(statement.get("Condition")))


def _conditions(condition: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(condition, Mapping):
        return
    for operator, keys in condition.items():
        if isinstance(keys, Mapping):
            for key, value in keys.items():
                prefix = "" if operator == "StringEquals" else f"{operator} "
                yield f"{prefix}{_KEYS.get(str(key).casefold(), str(key))}", _text(value)


_KEYS = {"aws:sourceaccount": "aws:SourceAccount"}


def _plain(value: Any) -> Any:
    return {name: _listed(inner) for name, inner in value.items()} if isinstance(value, Mapping) else value


def _listed(value: Any) -> list[Any]:
    return sorted(value, key=str) if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in sorted(value.items()))
    return ", ".join(str(one) for one in _listed(value))
