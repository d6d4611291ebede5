"""An e-mail domain that an account has claimed. The service has no operation for it.

A person claims it in the console, which then shows a TXT record; its name and value are written into the files. That
record is looked up in the DNS, and written into Route 53 where the zone is named. Whether Amazon Chime has verified
the domain shows in the account's type for the first one, and nowhere for those after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..live import Observed
from .base import (
    Api,
    Beside,
    Broken,
    Call,
    Consequence,
    Declared,
    Detail,
    FromKey,
    GateRule,
    Made,
    Merged,
    NaturalKey,
    Resource,
    Scope,
    Shown,
    Transition,
    Wire,
)
from .by_hand import CONSOLE, ByHand
from .enterprise import account_type, is_team
from .txt_record import (
    DomainName,
    ascii_name,
    exchange,
    has_record,
    has_zone,
    record_name,
    shown_by_dns,
    shown_by_zone,
    zone_of,
)

_PAGE = f"open {CONSOLE} and choose Accounts, then {{account}}, then Identity, Domains"


class Route53(BaseModel):
    """Where chimeform writes the record itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    route53: Annotated[
        str, Field(pattern=r"^[A-Z0-9]{1,32}$", description="The id of the Route 53 zone that holds the record.")
    ]


class Verification(BaseModel):
    """The TXT record that the console shows for a claimed domain."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[
        str,
        Field(pattern=r"^[^\s\"]+$", description="The name of the record, with or without the domain behind it."),
    ]
    value: Annotated[str, Field(min_length=1, max_length=4000, description="The value of the record.")]
    dns: Annotated[
        Route53 | None, Field(description="Write the record there. Without it somebody else publishes it.")
    ] = None


def _write(label: str, **rest: Any) -> Call:
    return Call(
        "ChangeResourceRecordSets",
        service="route53",
        label=label,
        sends={
            "HostedZoneId": Merged(lambda before, after, facts: zone_of(after) or zone_of(before)),
            "ChangeBatch": Merged(exchange),
        },
        **rest,
    )


# ---------------------------------------------------------------- the gates


def _is_alone(observed: Observed) -> bool:
    return not observed.facts.get("siblings")


def _is_unverified(observed: Observed | None, scope: Scope) -> bool:
    """The account's type shows the first domain. A further one needs somebody who has looked."""
    if observed is None:
        return False  # what is not claimed yet waits for that
    if observed.facts.get("published") is False or is_team(scope):
        return True
    return not _is_alone(observed) and "verified" not in observed.confirmed


def _is_told(observed: Observed | None, scope: Scope) -> bool:
    return observed is not None and not _is_alone(observed)


def _seen_against(observed: Observed | None, scope: Scope) -> str:
    if observed is not None and observed.facts.get("published") is False:
        return "the DNS does not answer with its TXT record"
    if is_team(scope):
        return "the account is still a Team account, and the first verified domain makes it an Enterprise account"
    return ""


class Domain(Resource, kind="domain", path="accounts.*.domains.*"):
    """An e-mail domain of an account, claimed in the console and verified by a TXT record.

    The first verified domain turns a Team account into an Enterprise account. Everybody who registers with an address
    of a claimed domain becomes a member; a subdomain is claimed by itself
    [guide: Claiming a domain; Converting a Team account to an Enterprise account].
    """

    name: Annotated[
        DomainName, FromKey(), NaturalKey(fold=True), Field(description="The domain, as behind the @ of addresses.")
    ]
    verification: Annotated[
        Verification | None,
        Wire("Verification"),
        Shown(lambda record: f"TXT {record['name']} {record['value']}"),
        Field(description="The TXT record that the console shows once the domain is claimed."),
    ] = None

    retire_means = "released by a person in the console; its people are signed out at once"
    gates = (
        GateRule(
            name="verified",
            who="service",
            title="Amazon Chime verifies the domain {name}",
            closed=_is_unverified,
            holds=(),
            holds_dependents=True,
            confirmable=_is_told,
            contradicted=_seen_against,
            steps=(
                "wait: once the TXT record is published, verification takes up to 24 hours",
                _PAGE,
                "look for the status of {name}: Verified",
            ),
            source="guide: Claiming a domain",
            seen_by="the DNS and the account's type",
            overdue_after_days=1,
        ),
    )
    by_hand = (
        ByHand(
            "claimed",
            "the domain {name} is claimed",
            brings="existence",
            steps=(
                _PAGE,
                "choose Claim a new domain, type {name} and choose Verify this domain",
                "write the TXT record that is shown into the files, as verification: {{name: …, value: …}}",
            ),
            source="guide: Claiming a domain",
            seen_by="'verification' in the files",
            events=("AddDomain",),
        ),
        ByHand(
            "published",
            "the TXT record of {name} is published",
            sets=("verification",),
            when=lambda before, after: has_record(after) and not has_zone(after),
            steps=(
                "open the DNS settings of the domain {name}",
                "add a TXT record with the name {verification_name} and the value {verification_value}",
                "leave other records of that name as they are",
            ),
            source="guide: Claiming a domain",
            seen_by="the DNS",
            overdue_after_days=2,
        ),
        ByHand(
            "released",
            "the domain {name} is released",
            brings="end",
            steps=(
                _PAGE,
                "choose {name}, then Remove domain, and confirm it",
            ),
            source="guide: Deleting your account",
            events=("DeleteDomain",),
        ),
    )
    api = Api(
        service="chime",
        details=(
            Detail(
                "LookupTxt",
                service="dns",
                sends={"Name": Made(record_name)},
                fields=("verification",),
                when=has_record,
                shows=shown_by_dns,
            ),
            Detail(
                "ListResourceRecordSets",
                service="route53",
                sends={
                    "HostedZoneId": Made(zone_of),
                    "StartRecordName": Made(record_name),
                    "StartRecordType": "TXT",
                    "MaxItems": "1",
                },
                fields=("verification",),
                when=has_zone,
                shows=shown_by_zone,
            ),
        ),
        facts={"published": "Published", "record_set": "RecordSet"},
        presumed=has_record,
        updates=(_write("", sets=("verification",), when=lambda before, after: has_zone(after)),),
        retire=(_write("remove", clears=("verification",), when=lambda before, after: has_zone(before)),),
    )

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return cls.is_taken_away(observed.confirmed) and not has_zone(observed.values)

    @classmethod
    def hints(cls, scope: Scope, beside: Beside) -> Iterable[str]:
        """The domains of people's and bots' addresses, which are claimed as far as anybody can tell."""
        if is_team(scope):
            return
        people = {_domain_of(str(one.values.get("email"))) for one in beside.get("user", ())}
        found = sorted(people | {str(one.values.get("domain")).casefold() for one in beside.get("bot", ())})
        yield "domains:"
        yield from (f"  {name}: {{}}" for name in found if _is_domain(name))

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        for other, same in declared.of_kind(cls.kind):
            if other < address and _plain(same) == _plain(spec) and other.parts[:2] != address.parts[:2]:
                yield Broken(
                    "CF-DOM-002",
                    f"{address}: {other} is the same domain",
                    why="a domain belongs to one account, because its people become members of that one",
                    do="remove one of the two",
                    other=other,
                )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            said = transition.observed.confirmed if transition.observed else ()
            yield from () if cls.is_taken_away(said) else _of_release(transition.scope)
        elif transition.action != "forget" and is_team(transition.scope):
            yield Consequence(
                "becomes-enterprise",
                "caution",
                "once it is verified, the account is an Enterprise account for good: nobody is invited any more, "
                "whoever registers with an address of the domain becomes a member, and people can be suspended",
                "guide: Converting a Team account to an Enterprise account",
            )


_RELEASE = "guide: Deleting your account"
_BY_TYPE = {
    "EnterpriseLWA": (
        "people who are suspended stay so: they cannot reach their data, nor open a new account with the address",
        "registered people show as released: they cannot reach their data, and can open a new account with the address",
    ),
    "EnterpriseDirectory": (
        "people whose primary address is in it are denied access, and their profiles are deleted",
        "people with a secondary address in it cannot sign in with that address, and keep contacts and data",
    ),
    "EnterpriseOIDC": ("people whose primary address is in it are denied access, and their profiles are deleted",),
}


def _of_release(scope: Scope) -> Iterable[Consequence]:
    """What becomes of the people of a domain, which depends on how they sign in."""
    if is_team(scope):
        return  # a claim that was never verified is nobody's yet
    lost = "everybody with an address in it is signed out of all devices at once and loses contacts, chats and rooms"
    yield Consequence("domain-release", "irreversible", lost, _RELEASE)
    yield Consequence("meetings-end", "caution", "meetings that these people scheduled no longer start", _RELEASE)
    for text in _BY_TYPE.get(account_type(scope) or "", ()):
        yield Consequence("released-people", "caution", text, _RELEASE)


def _plain(spec: Resource) -> str:
    return ascii_name(str(spec.values()["name"]))


def _domain_of(email: str) -> str:
    return email.rpartition("@")[2].casefold()


def _is_domain(name: str) -> bool:
    try:
        return "." in ascii_name(name)
    except UnicodeError:
        return False
