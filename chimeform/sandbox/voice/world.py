"""The voice service's families of objects: tables, identifiers, ARNs, and what every look-up has in common.

A record keeps the object in its wire form under the shape's name, as in the `chime` service. Connectors, SIP media
applications, rules and groups are seen through every Region's address: a group spans Regions, and each object names its
own [botocore CreateVoiceConnector, CreateVoiceConnectorGroup]. Voice profile domains name none, so theirs is the one
that the request was signed for, and they are seen there alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from string import ascii_lowercase, digits
from typing import Any

from chimeform.sandbox.chime.world import changed, conflict, not_found, numbers, over_limit, passed, stamp
from chimeform.sandbox.context import Context, Table
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

REGIONS = (
    *("us-east-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-northeast-2", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2"),
)
"""Where the service is [botocore VoiceConnectorAwsRegion]."""

_ALPHABET = digits + ascii_lowercase
PAGE = 100
"""Objects on a page of a list, at most and by default."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of object: where its records are, under which shape, and how its identifiers are called."""

    table: str
    shape: str
    identifier: str
    """Member of the shape that identifies the object."""
    noun: str
    indexes: tuple[tuple[str, Callable[[Record], Hashable | None]], ...] = ()

    def identify(self, record: Record) -> str:
        found: str = record[self.shape][self.identifier]
        return found


def _member(shape: str, name: str) -> Callable[[Record], Hashable | None]:
    return lambda record: record[shape].get(name)


def _beside(name: str) -> Callable[[Record], Hashable | None]:
    return lambda record: record.get(name)


_IN_REGION = ("region", _beside("Region"))
_BY_TOKEN = ("token", _beside("Token"))

CONNECTOR = Family(
    *("voice_connectors", "VoiceConnector", "VoiceConnectorId", "Voice Connector"),
    (("region", _member("VoiceConnector", "AwsRegion")), ("host", _member("VoiceConnector", "OutboundHostName"))),
)
GROUP = Family("voice_connector_groups", "VoiceConnectorGroup", "VoiceConnectorGroupId", "Voice Connector group")
APPLICATION = Family(
    *("sip_media_applications", "SipMediaApplication", "SipMediaApplicationId", "SIP media application"),
    (("region", _member("SipMediaApplication", "AwsRegion")),),
)
RULE = Family("sip_rules", "SipRule", "SipRuleId", "SIP rule")
CALL = Family("sip_calls", "SipMediaApplicationCall", "TransactionId", "call")
SESSION = Family(
    *("proxy_sessions", "ProxySession", "ProxySessionId", "proxy session"),
    (("connector", _member("ProxySession", "VoiceConnectorId")),),
)
DOMAIN = Family(
    *("voice_profile_domains", "VoiceProfileDomain", "VoiceProfileDomainId", "voice profile domain"),
    (_IN_REGION, _BY_TOKEN),
)
PROFILE = Family(
    *("voice_profiles", "VoiceProfile", "VoiceProfileId", "voice profile"),
    (("domain", _member("VoiceProfile", "VoiceProfileDomainId")),),
)
SEARCH = Family(
    *("speaker_searches", "SpeakerSearchTask", "SpeakerSearchTaskId", "speaker search task"),
    (_BY_TOKEN,),
)
TONE = Family(
    *("tone_analyses", "VoiceToneAnalysisTask", "VoiceToneAnalysisTaskId", "voice tone analysis task"),
    (_BY_TOKEN,),
)


def table(ctx: Context, family: Family) -> Table:
    found = ctx.tables[family.table]
    for name, key_of in family.indexes:
        found.index(name, key_of)
    return found


def find(ctx: Context, family: Family, identifier: str) -> Record:
    """The object's record. NotFoundException for one that is not there, not seen yet, or of another Region."""
    record = table(ctx, family).get(identifier)
    if record is None or not is_seen(ctx, family, record):
        raise not_found(family.noun, identifier)
    return record


def is_seen(ctx: Context, family: Family, record: Record) -> bool:
    if record.get("Region", ctx.region) != ctx.region:
        return False
    if not ctx.lag_seconds:
        return True
    return passed(ctx, record[family.shape]["CreatedTimestamp"], timedelta(seconds=ctx.lag_seconds))


def list_page(
    ctx: Context, family: Family, params: dict[str, Any], records: Iterable[Record] | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the objects' wire forms, in order of creation, and the token of the next one."""
    found: Sequence[Record]
    if records is None and not ctx.lag_seconds:
        found = table(ctx, family).values()
    else:
        every = table(ctx, family).values() if records is None else records
        found = [record for record in every if is_seen(ctx, family, record)]
    chosen, token = page(found, params, PAGE, key=family.identify)
    return [record[family.shape] for record in chosen], token


def add(ctx: Context, family: Family, wire: dict[str, Any], **beside: Any) -> Record:
    """Store a new object, stamped with the time; members that are None are left out."""
    now = stamp(ctx)
    record = changed({family.shape: {}, **beside}, family.shape, **wire, CreatedTimestamp=now, UpdatedTimestamp=now)
    table(ctx, family).put(family.identify(record), record)
    return record


def update(ctx: Context, family: Family, record: Record, **members: Any) -> Record:
    """Store the record with members of its wire form replaced and a new UpdatedTimestamp."""
    after = changed(record, family.shape, **members, UpdatedTimestamp=stamp(ctx))
    table(ctx, family).put(family.identify(after), after)
    return after


def configure(ctx: Context, family: Family, record: Record, name: str, value: Any) -> None:
    """Store or (with None) take away one of the things that an object has beside its wire form."""
    after = {key: kept for key, kept in record.items() if key != name}
    table(ctx, family).put(family.identify(record), after if value is None else {**after, name: value})


def configuration(record: Record, name: str, noun: str) -> Any:
    """What was put there; NotFoundException when nothing ever was [domain page, section 20.2]."""
    if name not in record:
        raise not_found(noun, "of " + record["VoiceConnector"]["VoiceConnectorId"])
    return record[name]


def check_quota(quota: int | None, there: int, noun: str) -> None:
    """ResourceLimitExceeded when one more of what there is would be too many."""
    if quota is not None and there >= quota:
        raise over_limit(f"the quota is {quota}: {noun}")


def arn(ctx: Context, region: str, kind: str, identifier: str) -> str:
    return f"arn:aws:chime:{region}:{ctx.account_id}:{kind}/{identifier}"


def new_connector_id(ctx: Context) -> str:
    """22 characters of a-z and 0-9."""
    value, letters = ctx.random.getrandbits(128), ""
    for _ in range(22):
        value, at = divmod(value, len(_ALPHABET))
        letters += _ALPHABET[at]
    return letters


def read_tags(params: dict[str, Any]) -> dict[str, str]:
    """Tags by key. What a key that comes twice means is not documented: the last one counts."""
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}


def associated_numbers(ctx: Context, name: str, value: str) -> tuple[Record, ...]:
    """The inventory's numbers that are associated with the connector, group or rule."""
    inventory = numbers(ctx)
    inventory.index("associated", _first_association)
    return inventory.by("associated", (name, value))


def replay(ctx: Context, family: Family, params: dict[str, Any]) -> Record | None:
    """What an earlier request with the same ClientRequestToken made; ConflictException if it asked for something else.

    That is what other services of AWS do with such tokens; this one's pages say only that each request needs its own.
    """
    token = params.get("ClientRequestToken")
    if token is None:
        return None
    for record in table(ctx, family).by("token", token):
        if record.get("Region", ctx.region) == ctx.region:
            if record["Asked"] != asked(params):
                raise conflict(f"the token {token} belongs to another request")
            return record
    return None


def asked(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "ClientRequestToken"}


def _first_association(record: Record) -> tuple[str, str] | None:
    for entry in record["PhoneNumber"]["Associations"]:
        return entry["Name"], entry["Value"]
    return None
