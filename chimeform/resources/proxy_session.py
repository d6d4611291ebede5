"""Proxy sessions of a Voice Connector: two people call or text one another by way of numbers in between.

A session is opened for a while at somebody's word, so that no file declares it; what it needs of the Voice Connector is
the kind `proxy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..live import Observed, Values
from .hooks import Consequence, Scope
from .one_off import Given, Objection, OneOff, Seen
from .operations import ID, Call, Detail
from .session_request import to_minutes, wrong_expiry, wrong_session

_ABOUT = "guide: Proxy phone sessions"
_CAPABILITIES = {"voice": "Voice", "sms": "SMS"}
_STATUSES = {"open": "Open", "in-progress": "InProgress", "closed": "Closed"}
_SELECTIONS = {"prefer-sticky": "PreferSticky", "avoid-sticky": "AvoidSticky"}
_LEVELS = {"country": "Country", "area-code": "AreaCode"}
"""As the command line has them, and as the service has them [botocore CreateProxySession, ProxySessionStatus]."""


# ---------------------------------------------------------------- what is asked

_SESSION = Given("session", "The session's id, as 'list-proxy-sessions' shows it.", is_required=True, metavar="ID")
_CAPABILITY = Given(
    "capability",
    "What the two may do through it. Repeatable.",
    is_required=True,
    choices=_CAPABILITIES,
    is_several=True,
)


def _expiry(otherwise: str) -> Given:
    help_ = f"How long it lasts: '30 minutes', '2 hours', '1 day'. Not written: {otherwise}."
    return Given("expires-after", help_, metavar="TIME", sends=to_minutes)


# ---------------------------------------------------------------- what is shown


def _named(words: Mapping[str, str]) -> Any:
    ours = {wire: name for name, wire in words.items()}
    return lambda wire: ours.get(wire, wire)


def _participants(wire: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    names = {"number": "PhoneNumber", "proxy_number": "ProxyPhoneNumber"}
    return [{name: one[member] for name, member in names.items() if member in one} for one in wire]


def _moment(at: Any) -> str:
    return str(at.isoformat())


def _session(at: str = "") -> Mapping[str, Seen]:
    """A session as people see it; `at` is where in an answer it stands."""
    return {
        "session": Seen(f"{at}ProxySessionId"),
        "name": Seen(f"{at}Name"),
        "status": Seen(f"{at}Status", of=_named(_STATUSES)),
        "capabilities": Seen(f"{at}Capabilities", of=lambda wire: [_named(_CAPABILITIES)(one) for one in wire]),
        "participants": Seen(f"{at}Participants", of=_participants),
        "expiry_minutes": Seen(f"{at}ExpiryMinutes"),
        "number_selection": Seen(f"{at}NumberSelectionBehavior", of=_named(_SELECTIONS)),
        "geo_match": Seen(f"{at}GeoMatchLevel", of=_named(_LEVELS)),
        "country": Seen(f"{at}GeoMatchParams.Country"),
        "area_code": Seen(f"{at}GeoMatchParams.AreaCode"),
        "created": Seen(f"{at}CreatedTimestamp", of=_moment),
        "updated": Seen(f"{at}UpdatedTimestamp", of=_moment),
        "ended": Seen(f"{at}EndedTimestamp", of=_moment),
    }


# ---------------------------------------------------------------- what is done


def _opens_none(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    """Sessions are opened on a proxy, and not on one that is disabled [botocore PutVoiceConnectorProxyRequest]."""
    proxy = observed.facts.get("proxy")
    if proxy is None:
        return Objection(
            "CF-DO-013",
            "has no proxy",
            f"the numbers in between and the time of a session come from it [{_ABOUT}]",
            "declare 'proxy' below it and run 'chimeform apply'; 'chimeform explain proxy' shows how",
        )
    if proxy.get("Disabled"):
        return Objection(
            "CF-DO-013",
            "has a proxy that is disabled",
            "no sessions are opened on it [API reference: PutVoiceConnectorProxy]",
            "write 'disabled: false' in its block 'proxy' and run 'chimeform apply'",
        )
    return None


_IF_ABSENT = "look with 'chimeform do list-proxy-sessions' which sessions there are at this Voice Connector"

_CREATE = OneOff(
    "create-proxy-session",
    title="let two people call or text one another by way of numbers in between",
    done="has a new proxy session",
    on="one",
    call=Call(
        "CreateProxySession",
        sends={
            "VoiceConnectorId": ID,
            "ParticipantPhoneNumbers": Given(
                "participant",
                "A participant's number, such as +12065550100. Write it twice, one each.",
                is_required=True,
                metavar="NUMBER",
                is_several=True,
                is_private=True,
            ),
            "Capabilities": _CAPABILITY,
            "Name": Given("name", "A name for the session: up to 30 letters, digits and blanks.", is_private=True),
            "ExpiryMinutes": _expiry("as the proxy says"),
            "NumberSelectionBehavior": Given(
                "number-selection",
                "Whether the same two people get the same numbers again.",
                choices=_SELECTIONS,
            ),
            "GeoMatchLevel": Given(
                "geo-match", "What the numbers in between have in common with the first participant's.", choices=_LEVELS
            ),
            "GeoMatchParams": {
                "Country": Given("country", "The country of the numbers in between, by its two letters.", metavar="CC"),
                "AreaCode": Given("area-code", "The area code of the numbers in between.", metavar="NNN"),
            },
        },
    ),
    source=_ABOUT,
    consequence=Consequence(
        "proxy-session-opened",
        "caution",
        "the two reach one another by way of proxy numbers until the session expires or is closed; then calls to these "
        "go to the proxy's fallback number, if it has one",
        _ABOUT,
    ),
    first=(
        Detail(
            "GetVoiceConnectorProxy",
            sends={"VoiceConnectorId": ID},
            fields=(),
            member="Proxy",
            into="proxy",
            absent_is_empty=True,
        ),
    ),
    objects=_opens_none,
    checks=wrong_session,
    shows=_session("ProxySession."),
    if_lost="look with 'chimeform do list-proxy-sessions' whether it is open; running it again opens a second one",
)

_UPDATE = OneOff(
    "update-proxy-session",
    title="change what two people may do through their proxy session, and how long it lasts",
    done="has the session as it is wanted",
    on="one",
    call=Call(
        "UpdateProxySession",
        sends={
            "VoiceConnectorId": ID,
            "ProxySessionId": _SESSION,
            "Capabilities": _CAPABILITY,
            "ExpiryMinutes": _expiry("as before"),
        },
    ),
    source=_ABOUT,
    consequence=Consequence(
        "proxy-session-changed",
        "caution",
        "what is not among the capabilities any more no longer works between the two, and another time is another end",
        _ABOUT,
    ),
    checks=wrong_expiry,
    shows=_session("ProxySession."),
    is_repeatable=True,
    if_absent=_IF_ABSENT,
)

_CLOSE = OneOff(
    "close-proxy-session",
    title="close a proxy session before its time",
    done="has the session closed",
    on="one",
    call=Call("DeleteProxySession", sends={"VoiceConnectorId": ID, "ProxySessionId": _SESSION}),
    source=_ABOUT,
    if_absent=_IF_ABSENT,
    consequence=Consequence(
        "proxy-session-closed",
        "caution",
        "the two no longer reach one another through it; calls to its numbers go to the proxy's fallback number, if it "
        "has one",
        _ABOUT,
    ),
    is_repeatable=True,
)

_LIST = OneOff(
    "list-proxy-sessions",
    title="list the proxy sessions of Voice Connectors",
    done="fits",
    call=Call(
        "ListProxySessions",
        sends={
            "VoiceConnectorId": ID,
            "Status": Given("status", "Only those that are so  [all].", choices=_STATUSES),
        },
    ),
    source=_ABOUT,
    shows=_session(),
    items="ProxySessions",
    page_size=100,
)

PROXY_SESSIONS = (_CREATE, _UPDATE, _CLOSE, _LIST)
"""What is done with proxy sessions, at the Voice Connector that they belong to."""
