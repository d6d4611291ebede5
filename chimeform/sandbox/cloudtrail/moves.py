"""Which events the console leaves, by the request of the control surface that plays it. [domain page, section 24]

The parameters of AddDomain are documented; those of the other events are not, and named here as the API would name
them. Meeting Regions and sign-in through Slack leave no event, because what theirs would be called is not documented
either. What people do in clients and mailboxes, and what a carrier does, is nothing that CloudTrail sees.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chimeform.sandbox.chime.world import domains
from chimeform.sandbox.cloudtrail.records import HIDDEN
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.trail import Move

Said = Mapping[str, Any]
"""What the request said: the labels of its path and the members of its body."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The events of one console action. Request and response parameters are made of what was said and answered."""

    names: tuple[str, ...]
    request: Callable[[Said], Mapping[str, Any]]
    response: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    is_read: bool = False
    when: Callable[[Context, Said], bool] | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the console, from where and with what. `person` is an IAM user; None is the root user."""

    person: str | None
    agent: bytes
    address: str

    @classmethod
    def read(cls, headers: Mapping[bytes, bytes], peer: str | None) -> Visitor:
        person = headers.get(b"x-sandbox-user", b"").decode("latin-1")
        return cls(person or None, headers.get(b"user-agent", b""), peer or "127.0.0.1")


def perform(trace: Trace, ctx: Context, visitor: Visitor, said: Said, act: Callable[[], Any]) -> Any:
    """Make the move and note its events, also when the service refuses it; the move's answer."""
    is_traced = trace.when is None or trace.when(ctx, said)
    try:
        answer = act()
    except ApiError as error:
        if is_traced:
            _note(trace, ctx, visitor, said, error)
        raise
    if is_traced:
        _note(trace, ctx, visitor, said, answer)
    return answer


def _note(trace: Trace, ctx: Context, visitor: Visitor, said: Said, outcome: Mapping[str, Any] | ApiError) -> None:
    request_id = str(UUID(bytes=os.urandom(16), version=4))
    refusal = outcome if isinstance(outcome, ApiError) else None
    response = trace.response(outcome) if trace.response and not isinstance(outcome, ApiError) else None
    for name in trace.names:
        ctx.trail.note(
            Move(
                at=ctx.clock.now(),
                name=name,
                person=visitor.person,
                request_id=request_id,
                agent=visitor.agent,
                address=visitor.address,
                request=trace.request(said),
                response=response,
                error=refusal.shape if refusal else None,
                message=refusal.message if refusal else "",
                is_read=trace.is_read,
            )
        )


def _is_new_claim(ctx: Context, said: Said) -> bool:
    """A claim that is told to be verified now is the service's doing and not a person's."""
    return domains(ctx).get(str(said.get("domain")).strip().lower()) is None


def _account(said: Said, **more: Any) -> Mapping[str, Any]:
    return {"accountId": said["account"], **more}


TRACES: Mapping[tuple[str, str], Trace] = {
    ("POST", "console/accounts"): Trace(
        ("CreateAccount",),
        lambda said: {"name": said.get("name")},
        lambda answer: {"account": {"accountId": answer["AccountId"], "name": answer["Name"]}},
    ),
    ("POST", "console/accounts/{account}/invitations"): Trace(
        ("InviteUsers",),
        lambda said: _account(said, userEmailList=said.get("emails")),
        lambda answer: {
            "invites": [
                {name[:1].lower() + name[1:]: value for name, value in one.items()} for one in answer["Invites"]
            ]
        },
    ),
    ("POST", "console/accounts/{account}/domains"): Trace(
        ("AddDomain",), lambda said: _account(said, domainName=said.get("domain")), when=_is_new_claim
    ),
    ("DELETE", "console/accounts/{account}/domains/{domain}"): Trace(
        ("DeleteDomain",), lambda said: _account(said, domainName=said["domain"])
    ),
    ("POST", "console/accounts/{account}/directory"): Trace(
        ("AuthorizeDirectory", "ConnectDirectory"), lambda said: _account(said, directoryId=said.get("directory_id"))
    ),
    ("POST", "console/accounts/{account}/okta"): Trace(
        ("UpdateAccountOpenIdConfig",),
        lambda said: _account(said, issuer=said.get("issuer"), clientId=said.get("client_id"), clientSecret=HIDDEN),
    ),
    ("POST", "console/accounts/{account}/groups"): Trace(
        ("AddOrUpdateGroups",),
        lambda said: _account(said, groups=[{"groupName": said.get("name"), "licenseType": said.get("license")}]),
    ),
    ("DELETE", "console/accounts/{account}/groups/{group}"): Trace(
        ("DeleteGroups",), lambda said: _account(said, groupNames=[said["group"]])
    ),
    ("GET", "console/accounts/{account}/keys"): Trace(("ListApiKeys",), _account, is_read=True),
    ("POST", "console/accounts/{account}/keys"): Trace(
        ("CreateApiKey",),
        _account,
        lambda answer: {"apiKey": {"apiKeyId": answer["AccessKey"]["KeyId"], "key": HIDDEN}},
    ),
    ("DELETE", "console/accounts/{account}/keys/{key}"): Trace(
        ("DeleteApiKey",), lambda said: _account(said, apiKeyId=said["key"])
    ),
    ("PUT", "console/accounts/{account}/licenses"): Trace(
        ("UpdateSupportedLicenses",), lambda said: _account(said, supportedLicenses=said.get("licenses"))
    ),
}
