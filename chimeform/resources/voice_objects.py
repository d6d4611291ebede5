"""What the kinds of the voice service have in common: names, Regions, tags, and how long a new object may be unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import Field

from ..address import Address
from ..live import Values
from .hooks import Declared
from .markers import Fixed, KeyByDefault, NaturalKey, Shown, Wire
from .operations import PARENT, Call, Detail, Fact, Merged

SERVICE = "chime-sdk-voice"
APPEARS_WITHIN = timedelta(minutes=1)
"""Outside us-east-1 what was just made may be missing from reads for up to a minute [domain page, trap 49]."""
PAGE = 100

Region = Annotated[
    Literal[
        "us-east-1",
        "us-west-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "ap-southeast-2",
    ],
    Wire("AwsRegion"),
    NaturalKey(),
    Fixed("what lives in one Region cannot move to another; a new one has a new id and a new address"),
    Field(description="The Region where it lives."),
]
"""Where the service is [botocore VoiceConnectorAwsRegion]."""
VoiceName = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9 _.-]{1,256}$",
        description="1 to 256 letters, digits, blanks and `_.-`. Not written: the key.",
    ),
    Wire("Name"),
    KeyByDefault(),
    NaturalKey(),
]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="An ISO 3166-1 alpha-2 code.")]

CONNECTOR = {"VoiceConnectorId": PARENT}
"""What every call about a part of a Voice Connector sends."""


def read_part(operation: str, member: str, *fields: str) -> Detail:
    """A part of a Voice Connector. One that was never set is not found [domain page, section 20.2]."""
    return Detail(operation, sends=CONNECTOR, fields=fields, member=member, absent_is_empty=True)


def encryption_of(connector: Values) -> bool:
    """The service wants it said; a connector of which the files say nothing begins with it, as in the console."""
    return bool(connector.get("require_encryption", True))


def first_of_its_name(kind: str, address: Address, declared: Declared) -> Address:
    """What is declared first of all that have the name of the one at `address` and are below a Voice Connector of the
    same Region, where another service of AWS knows such things by name. What has no name is nobody's namesake."""
    firsts = declared.once((first_of_its_name, kind), lambda: _firsts(kind, declared))
    return firsts.get(_name_in_region(address, declared), address)


def _firsts(kind: str, declared: Declared) -> Mapping[tuple[Any, Any], Address]:
    found: dict[tuple[Any, Any], Address] = {}
    for address, spec in declared.of_kind(kind):
        if getattr(spec, "name", None) is not None:
            found.setdefault(_name_in_region(address, declared), address)
    return found


def _name_in_region(address: Address, declared: Declared) -> tuple[Any, Any]:
    connector = declared.spec(Address(address.parts[:2]))
    return getattr(connector, "region", None), getattr(declared.spec(address), "name", None)


_PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def is_private(block: IPv4Network) -> bool:
    """Addresses that mean nothing in the public network [RFC 1918]."""
    return any(block.subnet_of(private) for private in _PRIVATE)


# ---------------------------------------------------------------- tags


def _tags_of(wire: Iterable[Mapping[str, str]]) -> dict[str, str] | None:
    """Tags that AWS gives by itself are no business of the files."""
    return {tag["Key"]: tag["Value"] for tag in wire if not tag["Key"].startswith("aws:")} or None


def tags_to(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None


def _tags_text(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))


def _dropped(before: Values, after: Values, facts: Values | None = None) -> list[str]:
    return sorted((before.get("tags") or {}).keys() - (after.get("tags") or {}).keys())


def _added(before: Values, after: Values, facts: Values | None = None) -> list[dict[str, str]]:
    old: Mapping[str, str] = before.get("tags") or {}
    new: Mapping[str, str] = after.get("tags") or {}
    return tags_to({key: value for key, value in new.items() if old.get(key) != value}) or []


Tags = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=128)],
        Annotated[str, Field(max_length=256)],
    ],
    Field(min_length=1, max_length=50),
    Wire("Tags", of=_tags_of, to=tags_to),
    Shown(_tags_text),
]
READ_TAGS = Detail(
    "ListTagsForResource", sends={"ResourceARN": Fact("arn")}, fields=("tags",), member="Tags", into="Tags"
)
"""No listing has them, so they are read one object at a time, and only where the files or the ledger name them."""
CHANGE_TAGS = (
    Call(
        "UntagResource",
        sends={"ResourceARN": Fact("arn"), "TagKeys": Merged(_dropped)},
        sets=("tags",),
        clears=("tags",),
        when=lambda before, after: bool(_dropped(before, after)),
    ),
    Call(
        "TagResource",
        sends={"ResourceARN": Fact("arn"), "Tags": Merged(_added)},
        sets=("tags",),
        when=lambda before, after: bool(_added(before, after)),
    ),
)
