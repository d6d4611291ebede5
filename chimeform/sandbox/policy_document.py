"""An IAM policy document: what it says of an action on a resource.

What is played: statements with `Effect`, `Action` or `NotAction`, `Resource` or `NotResource`, and wildcards in both. A
document with anything else (conditions, principals) is refused, because leaving it out would allow or deny too much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from chimeform.sandbox.control_input import bad_control

Verdict = Literal["allowed", "denied", "not allowed"]
"""`denied` is an explicit deny; `not allowed` means that no statement speaks of it."""

LARGEST = 6144
"""Characters of a managed policy without white space [IAM and AWS STS quotas]."""

_VERSIONS = ("2012-10-17", "2008-10-17")
_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"}
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]+:[^:]*:[^:]*:[^:]*:.+")


@dataclass(frozen=True, slots=True)
class Patterns:
    """What an element lists, or all but that."""

    texts: tuple[str, ...]
    is_negated: bool

    def fits(self, text: str) -> bool:
        return any(_compiled(pattern).fullmatch(text) for pattern in self.texts) is not self.is_negated


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; action names are compared without regard to case [IAM reference: Action]."""

    is_deny: bool
    actions: Patterns
    resources: Patterns

    def speaks_of(self, action: str, resource: str) -> bool:
        return self.actions.fits(action.lower()) and self.resources.fits(resource)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """Statements in force for every caller, and the document as it was given."""

    given: Mapping[str, Any]
    statements: tuple[Statement, ...]

    def judge(self, action: str, resource: str) -> Verdict:
        """An explicit deny wins, whatever allows the same; what nothing allows is refused."""
        speaking = [one for one in self.statements if one.speaks_of(action, resource)]
        if any(one.is_deny for one in speaking):
            return "denied"
        return "allowed" if speaking else "not allowed"


def read_document(given: Any) -> PolicyDocument:
    """The document that a control request brings. BadRequestException for one that IAM would not take, or that says
    more than is played here."""
    if not isinstance(given, dict) or set(given) - {"Version", "Id", "Statement"} or "Statement" not in given:
        raise bad_control('a policy document is an object with "Version" and "Statement"')
    if given.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise bad_control(f"Version is one of {', '.join(_VERSIONS)}")
    if (size := _size(given)) > LARGEST:
        raise bad_control(f"the document has {size} characters, and a managed policy has at most {LARGEST}")
    listed = given["Statement"] if isinstance(given["Statement"], list) else [given["Statement"]]
    sids = [one["Sid"] for one in listed if isinstance(one, dict) and one.get("Sid")]
    if len(set(sids)) < len(sids):
        raise bad_control("the Sid of a statement is unique in its document")
    return PolicyDocument(given, tuple(_read_statement(one) for one in listed))


def _read_statement(given: Any) -> Statement:
    if not isinstance(given, dict):
        raise bad_control("a statement is an object")
    if unknown := sorted(set(given) - _KEYS):
        raise bad_control(f"statements with {unknown[0]!r} are not played here; known are {', '.join(sorted(_KEYS))}")
    if given.get("Effect") not in ("Allow", "Deny"):
        raise bad_control('the Effect of a statement is "Allow" or "Deny"')
    if not _SID.fullmatch(str(given.get("Sid", ""))):
        raise bad_control("a Sid consists of letters and digits")
    return Statement(
        is_deny=given["Effect"] == "Deny",
        actions=_read_patterns(given, "Action", _ACTION, lower=True),
        resources=_read_patterns(given, "Resource", _RESOURCE),
    )


def _read_patterns(given: Mapping[str, Any], name: str, form: re.Pattern[str], *, lower: bool = False) -> Patterns:
    """The element or its negation, of which a statement has exactly one."""
    found = [key for key in (name, f"Not{name}") if key in given]
    if len(found) != 1:
        raise bad_control(f"a statement has either {name} or Not{name}")
    value = given[found[0]]
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
        raise bad_control(f"{found[0]} is a text or a list of texts")
    if wrong := next((one for one in texts if not form.fullmatch(one)), None):
        raise bad_control(f"{wrong!r} is no {name}")
    return Patterns(tuple(one.lower() if lower else one for one in texts), found[0] != name)


def _size(given: Any) -> int:
    return len(re.sub(r"\s", "", json.dumps(given, ensure_ascii=False)))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` stands for any characters and `?` for one; nothing else has a meaning [IAM reference: Resource]."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)
