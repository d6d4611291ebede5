"""Call detail records: calls that people made, and their delivery into the bucket of the AWS account's settings.

Keys and members as documented [guide: Business Calling call detail records; Amazon Chime SDK developer guide: CDR
attributes]. A Business Calling record has texts only; its minutes are tenths, like ".4". Who calls whom, when and for
how long is drawn from the sandbox's dice, so that one seed gives the same calls.

Records arrive only in a bucket that exists, that no customer key encrypts, and whose policy does not keep Amazon Chime
out: a statement about Amazon Chime that grants writing under conditions has to fit, and none may deny it. A policy that
says nothing of Amazon Chime is no obstacle, because saving the setting grants access [guide: Configuring call detail
records].
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from chimeform.sandbox.access import Caller
from chimeform.sandbox.aws import HttpRequest, OtherServices
from chimeform.sandbox.chime import world
from chimeform.sandbox.chime.settings import get_global_settings
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.control_input import bad_control, read_fields
from chimeform.sandbox.voice.world import CONNECTOR, table

_SIGNED = "AWS4-HMAC-SHA256 Credential=chime/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
_GRANTEE = "chime.amazonaws.com"
_BLOCKS = {"business-calling": "BusinessCalling", "voice-connector": "VoiceConnector"}
_COUNTRIES = (("US", "+1206555"), ("DE", "+4930901820"), ("GB", "+442079460"), ("JP", "+81312345"))
_STREAMED_SHARE = 4
"""One of so many calls of a Voice Connector is streamed."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One call, before it is written down in the form of a product."""

    begin: datetime
    seconds: int
    person: str
    person_id: str
    own: str
    other: str
    country: str
    is_outbound: bool
    ids: tuple[str, str, str]

    @property
    def ends(self) -> tuple[int, int]:
        begin = int(self.begin.timestamp())
        return begin, begin + self.seconds

    @property
    def parties(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Who called and who was called: number and country."""
        ours, theirs = (self.own, "US"), (self.other, self.country)
        return (ours, theirs) if self.is_outbound else (theirs, ours)

    @property
    def minutes(self) -> str:
        """Tenths of minutes, without a zero before the point."""
        tenths = -(-self.seconds // 6)
        return f"{tenths // 10 or ''}.{tenths % 10}"


async def make_calls(ctx: Context, others: OtherServices, body: Any) -> dict[str, object]:
    """Let people make `calls` over the last `days`; where their records went.

    Raises BadRequestException where the records of that `kind` go nowhere, NotFoundException for a missing bucket.
    """
    asked = read_fields(body, {"days": int, "kind": str}, calls=int)
    kind, days = asked.get("kind", "business-calling"), asked.get("days", 1)
    if kind not in _BLOCKS:
        raise bad_control(f"kind is one of {', '.join(_BLOCKS)}")
    if not (0 < asked["calls"] <= 100_000 and 0 < days <= 3660):
        raise bad_control("calls is a whole number from 1 to 100,000, and days one from 1 to 3,660")
    bucket = get_global_settings(ctx, {})[_BLOCKS[kind]].get("CdrBucket")
    if not bucket:
        raise bad_control(f"call detail records of {kind} are delivered nowhere: UpdateGlobalSettings says where")
    await _check_bucket(ctx, others, bucket)
    files = _business_files if kind == "business-calling" else _voice_files
    keys = []
    for call in _calls(ctx, asked["calls"], days):
        for key, record in files(ctx, call):
            keys.append(key)
            await _ask_s3(others, "PUT", f"{bucket}/{key}", json.dumps(record).encode())
    return {"Bucket": bucket, "Calls": asked["calls"], "Keys": keys}


# ---------------------------------------------------------------- who calls whom


def _calls(ctx: Context, number: int, days: int) -> Iterator[_Call]:
    dice = ctx.random
    people = [(user["PrimaryEmail"], user["UserId"]) for user in _people(ctx)]
    people = people or [(f"person{place}@acme.example", str(UUID(int=place))) for place in range(1, 6)]
    now = ctx.clock.now().astimezone(UTC)
    for _ in range(number):
        place = dice.randrange(len(people))
        country, prefix = dice.choice(_COUNTRIES)
        yield _Call(
            begin=now - timedelta(seconds=dice.uniform(3_600, days * 86_400)),
            seconds=dice.randrange(1, 3_600),
            person=people[place][0],
            person_id=people[place][1],
            own=f"+1425555{place:04}",
            other=f"{prefix}{dice.randrange(1000):04}",
            country=country,
            is_outbound=dice.random() < 0.7,
            ids=tuple(str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(3)),  # type: ignore[arg-type]
        )


def _people(ctx: Context) -> list[Any]:
    found = (record["User"] for record in world.users(ctx).values())
    return [one for one in found if one.get("UserRegistrationStatus") == "Registered"]


# ---------------------------------------------------------------- records


def _business_files(ctx: Context, call: _Call) -> Iterator[tuple[str, Mapping[str, Any]]]:
    record_id, conference, account = call.ids
    (caller, caller_country), (called, called_country) = call.parties
    begin, end = (str(second) for second in call.ends)
    stamp = _stamp(call.begin, "%Y-%m-%d-%H.%M.%S")
    folder = f"Amazon-Chime-Business-Calling-CDRs/json/{ctx.account_id}/{call.begin:%Y/%m/%d}"
    yield (
        f"{folder}/{conference}_{stamp}_{record_id}",
        {
            "SchemaVersion": "2.0",
            "CdrId": record_id,
            "ServiceCode": "AmazonChimeBusinessCalling",
            "ChimeAccountId": account,
            "AwsAccountId": ctx.account_id,
            "ConferenceId": conference,
            "ConferencePin": "XXXXXXXXXX",
            "OrganizerUserId": call.person_id,
            "OrganizerEmail": call.person,
            "CallerPhoneNumber": caller,
            "CallerCountry": caller_country,
            "DestinationPhoneNumber": called,
            "DestinationCountry": called_country,
            "ConferenceStartTimeEpochSeconds": begin,
            "ConferenceEndTimeEpochSeconds": end,
            "StartTimeEpochSeconds": begin,
            "EndTimeEpochSeconds": end,
            "BillableDurationSeconds": str(call.seconds),
            "BillableDurationMinutes": call.minutes,
            "Direction": "Outbound" if call.is_outbound else "Inbound",
        },
    )


def _voice_files(ctx: Context, call: _Call) -> Iterator[tuple[str, Mapping[str, Any]]]:
    transaction, call_id, _ = call.ids
    connector = next(
        (one["VoiceConnector"]["VoiceConnectorId"] for one in table(ctx, CONNECTOR).values()), "abcdef1ghij2klmno3pqr4"
    )
    (source, source_country), (called, called_country) = call.parties
    begin, end = call.ends
    is_streamed = int(call_id[0], 16) % _STREAMED_SHARE == 0
    direction = "Outbound" if call.is_outbound else "Inbound"
    name = f"{connector}/{call.begin:%Y/%m/%d}/{_stamp(call.begin, '%H.%M.%S')}_{transaction}"
    shared = {
        "AwsAccountId": ctx.account_id,
        "TransactionId": transaction,
        "CallId": call_id,
        "VoiceConnectorId": connector,
        "StartTimeEpochSeconds": begin,
        "EndTimeEpochSeconds": end,
        "Status": "Completed",
        "StatusMessage": "OK",
        "BillableDurationSeconds": call.seconds,
        "Region": "us-east-1",
    }
    yield (
        f"Amazon-Chime-Voice-Connector-CDRs/json/{name}",
        {
            **shared,
            "SipAuthUser": call.person.partition("@")[0],
            "BillableDurationMinutes": float(f"0{call.minutes}"),
            "SchemaVersion": "2.0",
            "SourcePhoneNumber": source,
            "SourceCountry": source_country,
            "DestinationPhoneNumber": called,
            "DestinationCountry": called_country,
            "UsageType": f"USE1-{source_country}-{called_country}-{direction.lower()}-minutes",
            "ServiceCode": "AmazonChimeVoiceConnector",
            "Direction": direction,
            "Streaming": is_streamed,
        },
    )
    if is_streamed:
        usage = {"ServiceCode": "AmazonChime", "UsageType": "USE1-VC-kinesis-audio-streaming", "SchemaVersion": "1.0"}
        yield f"Amazon-Chime-Voice-Connector-SDRs/json/{name}", {**shared, **usage}


def _stamp(moment: datetime, form: str) -> str:
    return f"{moment.strftime(form)}.{moment.microsecond // 1000:03}"


# ---------------------------------------------------------------- the bucket


async def _check_bucket(ctx: Context, others: OtherServices, bucket: str) -> None:
    if (await _ask_s3(others, "HEAD", bucket))[0] != 200:
        raise ApiError("NotFoundException", f"there is no bucket {bucket}")
    status, encryption = await _ask_s3(others, "GET", bucket, query="encryption")
    if status == 200 and b"aws:kms" in encryption:
        raise bad_control(f"the bucket {bucket} is encrypted with a customer key")
    status, text = await _ask_s3(others, "GET", bucket, query="policy")
    if status == 200 and not lets_in(json.loads(text), ctx.account_id):
        raise ApiError("ForbiddenException", f"the policy of the bucket {bucket} does not let Amazon Chime write")


def lets_in(policy: Mapping[str, Any], account_id: str) -> bool:
    """Whether Amazon Chime may write into the bucket of this policy, on behalf of the AWS account."""
    about = [one for one in _listed(policy.get("Statement")) if _is_about_writing(one)]
    if any(one.get("Effect") == "Deny" for one in about):
        return False
    return not about or any(_conditions_hold(one, account_id) for one in about)


def _is_about_writing(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    grantees = _listed(principal.get("Service")) if isinstance(principal, Mapping) else []
    actions = {str(one).lower() for one in _listed(statement.get("Action"))}
    return _GRANTEE in grantees and bool(actions & {"s3:putobject", "s3:put*", "s3:*", "*"})


def _conditions_hold(statement: Mapping[str, Any], account_id: str) -> bool:
    """Of the condition keys of AWS only the source account is known here; another one counts as fulfilled."""
    equal = statement.get("Condition", {}).get("StringEquals", {})
    sources = [value for key, value in equal.items() if key.lower() == "aws:sourceaccount"]
    return all(account_id in _listed(value) for value in sources)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


async def _ask_s3(
    others: OtherServices, method: str, path: str, content: bytes = b"", query: str = ""
) -> tuple[int, bytes]:
    """The way of every client, so that moto keeps the object as it keeps any other."""
    headers = {"host": "127.0.0.1:80", "authorization": _SIGNED, "content-type": "application/json"}
    asked = HttpRequest(method, f"/{quote(path)}".encode(), query, headers, content)
    status, _, answer = await others.answer(asked, Caller("chime", "s3"))
    return status, answer
