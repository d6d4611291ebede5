"""Where EventBridge can hand events on to, and whether a target's own policy lets it in.

[EventBridge user guide: Using resource-based policies for Amazon EventBridge] A topic, a queue and a function each have
a policy of their own, in which somebody has to allow `events.amazonaws.com`. chimeform reads them and writes none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from .values import fault

_EVENTBRIDGE = "events.amazonaws.com"
_FORM = r"^arn:aws[\w-]*:((sns|sqs):[a-z0-9-]+:\d{12}:[\w.-]+|lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?)$"
_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}
_FIFO = ".fifo"


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a target's ARN. `name` is what stands behind the account: of a function, `function:NAME`."""

    arn: str
    service: str
    region: str
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> Target:
        """The target of an ARN that the files may name."""
        _, _, service, region, account, name = arn.split(":", 5)
        return cls(arn, service, region, account, name)

    @property
    def is_ordered_queue(self) -> bool:
        """A FIFO queue, which takes no message without a message group."""
        return self.service == "sqs" and self.name.endswith(_FIFO)

    @property
    def action(self) -> str:
        """What EventBridge does there."""
        return _ACTIONS[self.service]


def _target(text: str) -> str:
    if not re.fullmatch(_FORM, text):
        raise fault(
            "CF-EVT-002",
            f"{text!r} is not the ARN of an SNS topic, an SQS queue or a Lambda function",
            why="events go to those; each is named by its ARN, with Region and account",
            do="write it like arn:aws:sns:eu-central-1:111122223333:streams",
        )
    return text


TargetArn = Annotated[str, AfterValidator(_target), Field(json_schema_extra={"pattern": _FORM})]


# ---------------------------------------------------------------- policies


def is_shut(policy: Any, target: Target) -> bool:
    """Whether it is certain that the policy does not let EventBridge in; None: there is no policy.

    Whatever might let it in counts as if it did: conditions on it, negated elements, a form that nobody here knows.
    """
    if policy is None:
        return True
    statements = _listed(policy.get("Statement", [])) if isinstance(policy, Mapping) else [policy]
    return not any(_may_let_in(statement, target.action) for statement in statements)


def _may_let_in(statement: Any, action: str) -> bool:
    if not isinstance(statement, Mapping):
        return True
    if statement.get("Effect") != "Allow":
        return False
    actions = _listed(statement.get("Action", "*"))
    is_about = any(fnmatchcase(action.lower(), str(one).lower()) for one in actions)
    return is_about and _may_be_eventbridge(statement.get("Principal", "*"), statement.get("Condition") or {})


def _may_be_eventbridge(principal: Any, conditions: Mapping[str, Any]) -> bool:
    if isinstance(principal, Mapping) and {_EVENTBRIDGE, "*"}.intersection(_listed(principal.get("Service", ()))):
        return True
    is_anybody = principal == "*" or (isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS", ())))
    return is_anybody and not _is_for_owner(conditions)


def _is_for_owner(conditions: Mapping[str, Any]) -> bool:
    """The policy that a topic is born with allows everything to its owner, which EventBridge is not."""
    keys = {str(key).casefold() for one in conditions.values() if isinstance(one, Mapping) for key in one}
    return keys == {"aws:sourceowner"}


def _listed(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else [value]


def way_in(target: Target, rule: str | None) -> str:
    """What somebody has to add so that EventBridge is let in; `rule` is the ARN of the rule, where it has one yet."""
    if target.service == "lambda":
        source = f" --source-arn {rule}" if rule else ""
        return (
            f"run: aws lambda add-permission --function-name {target.arn} --statement-id chimeform-events "
            f"--action {target.action} --principal {_EVENTBRIDGE}{source}"
        )
    statement: dict[str, Any] = {
        "Sid": "ChimeformEvents",
        "Effect": "Allow",
        "Principal": {"Service": _EVENTBRIDGE},
        "Action": target.action,
        "Resource": target.arn,
    }
    if rule:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": rule}}
    where = "topic" if target.service == "sns" else "queue"
    return f"add this statement to the policy of the {where}: {json.dumps(statement)}"
