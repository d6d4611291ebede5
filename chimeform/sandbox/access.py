"""Who calls, and what the caller's IAM policies allow: signatures are read, never verified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from chimeform.sandbox.context import ApiError
from chimeform.sandbox.control_input import bad_control
from chimeform.sandbox.policy_document import PolicyDocument, Verdict, read_document

_PLAYED = "chime:, ds-data: and cloudtrail: ones"
_USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """What the credential scope of a signature says. Any key and any signature are accepted."""

    access_key: str
    service: str
    region: str = "us-east-1"

    def arn(self, account_id: str) -> str:
        """The IAM user that the key stands for."""
        return f"arn:aws:iam::{account_id}:user/{user_name(self.access_key)}"


@dataclass(frozen=True, slots=True)
class RoleSession:
    """Who is behind temporary credentials: an assumed role. `user_id` is the role's id and the session's name."""

    arn: str
    role_arn: str
    user_id: str


def user_name(access_key: str) -> str:
    """The IAM user that a key stands for: of the same name, so that tests can be several people."""
    return access_key if _USER_NAME.fullmatch(access_key) else "sandbox"


def read_caller(headers: Mapping[bytes, bytes], query: bytes) -> Caller | None:
    """Who signed the request, by its Authorization header or its presigned URL; None when nobody did.

    An Authorization header that is no Signature Version 4 counts as signed for no service in particular.
    """
    if (authorization := headers.get(b"authorization")) is not None:
        _, found, scope = authorization.partition(b"Credential=")
        return _read_scope(scope.partition(b",")[0].strip()) if found else Caller("sandbox", "")
    if b"X-Amz-Credential=" in query:
        return _read_scope(query.partition(b"X-Amz-Credential=")[2].partition(b"&")[0])
    return None


@lru_cache(maxsize=256)
def _read_scope(scope: bytes) -> Caller:
    parts = unquote(scope.decode("latin-1")).rsplit("/", 4)
    return Caller(parts[0], parts[3], parts[2]) if len(parts) == 5 else Caller("sandbox", "")


@dataclass(frozen=True, slots=True)
class Access:
    """What IAM is asked about: an action on a resource, which a refusal calls by its ARN or by another name."""

    action: str
    resource: str = "*"
    called: str = ""


_WHY: Mapping[Verdict, str] = {
    "denied": "with an explicit deny in an identity-based policy",
    "not allowed": "because no identity-based policy allows the {action} action",
}


@dataclass(slots=True)
class Policy:
    """What IAM lets every caller do.

    Either a whole policy document is in force, for every service that the sandbox plays; or actions of Amazon Chime and
    Directory Service Data are allowed and denied by name: all, or only what `allow` names, and never what `deny` names.
    """

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    document: PolicyDocument | None = None
    _verdicts: dict[str, bool] = field(default_factory=dict)

    def replace(self, declared: Any) -> None:
        """Take `{"policy": {…}}`, or `{"allow": […]}` and `{"deny": […]}`; what is not given gets its default."""
        if isinstance(declared, dict) and "policy" in declared and len(declared) == 1:
            self.allow, self.deny, self.document = None, (), read_document(declared["policy"])
            return
        if not isinstance(declared, dict) or set(declared) - {"allow", "deny"}:
            raise bad_control(
                'a policy is an object with "policy", a whole document, or with "allow" or "deny", each a list of '
                "actions such as chime:Get*"
            )
        allow, deny = (_read_actions(declared.get(key)) for key in ("allow", "deny"))
        self.allow, self.deny, self.document, self._verdicts = allow, deny or (), None, {}

    def clear(self) -> None:
        self.replace({})

    def describe(self) -> dict[str, Any]:
        told = {"allow": None if self.allow is None else list(self.allow), "deny": list(self.deny)}
        return {**told, "policy": self.document.given} if self.document else told

    def check(self, action: str, caller_arn: str, resource: str = "*") -> None:
        """Raises AccessDeniedException in IAM's words when the caller may not do the action (chime:GetAccount)."""
        if self.document is not None:
            for one in (action, *_ALONG_WITH.get(action.partition(":")[0], ())):
                self.check_document(Access(one, resource), caller_arn)
        if self.allow is None and not self.deny:
            return
        allowed = self._verdicts.get(action)
        if allowed is None:
            allowed = self._verdicts[action] = self._decide(action.lower())
        if not allowed:
            raise ApiError("AccessDeniedException", _refusal(Access(action), caller_arn))

    def check_document(self, access: Access, caller_arn: str) -> None:
        """Raises AccessDeniedException when a whole document is in force and does not allow the access."""
        verdict = self.document.judge(access.action, access.resource) if self.document else "allowed"
        if verdict != "allowed":
            why = _WHY[verdict].format(action=access.action)
            raise ApiError("AccessDeniedException", f"{_refusal(access, caller_arn)} {why}")

    def _decide(self, action: str) -> bool:
        # Action names are compared without regard to case [IAM reference: Action].
        if any(fnmatchcase(action, pattern.lower()) for pattern in self.deny):
            return False
        return self.allow is None or any(fnmatchcase(action, pattern.lower()) for pattern in self.allow)


# Each action of the service takes this one too [service authorization reference: AWS Directory Service Data].
_ALONG_WITH = {"ds-data": ("ds:AccessDSData",)}


def _refusal(access: Access, caller_arn: str) -> str:
    resource = access.called or access.resource
    return f"User: {caller_arn} is not authorized to perform: {access.action} on resource: {resource}"


def _read_actions(declared: Any) -> tuple[str, ...] | None:
    if declared is None:
        return None
    if not isinstance(declared, list) or not all(isinstance(item, str) for item in declared):
        raise bad_control("actions are a list of names such as chime:CreateBot")
    for item in declared:
        if item != "*" and not item.lower().startswith(("chime:", "ds-data:", "cloudtrail:")):
            raise bad_control(f"{item} is none of the actions that can be allowed or denied here: {_PLAYED}")
    return tuple(declared)
