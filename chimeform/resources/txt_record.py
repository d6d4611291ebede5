"""Domain names and the TXT record that verifies a domain, as people, the DNS and Route 53 write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ..live import Values
from .values import fault

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
_LONGEST_NAME = 253
_LONGEST_STRING = 255
_NEW_TTL = 300


def ascii_name(name: str) -> str:
    """The name as the DNS has it: small letters, no final dot, other scripts in their ASCII form (IDNA).

    Raises `UnicodeError` for what has no such form.
    """
    return name.removesuffix(".").encode("idna").decode("ascii").lower()


def _domain_name(value: str) -> str:
    try:
        # converting takes its time with what is far too long
        name = ascii_name(value) if len(value) <= _LONGEST_NAME else ""
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > _LONGEST_NAME or not all(_LABEL.match(label) for label in labels):
        raise fault(
            "CF-DOM-001",
            f"{value!r} is not a domain name",
            why="a domain is labels of letters, digits and hyphens with dots between them, such as acme.example",
            do="write the part behind the @ of the people's addresses",
        )
    return value


DomainName = Annotated[
    str, AfterValidator(_domain_name), Field(json_schema_extra={"pattern": r"^[^\s@]+\.[^\s@.]+\.?$"})
]


def absolute_name(name: str, domain: str) -> str:
    """The full name of a record that stands at `name` in `domain`; `@` is the domain itself."""
    plain, owner = name.strip().removesuffix(".").lower(), ascii_name(domain)
    if plain in ("@", owner):
        return owner
    return plain if plain.endswith(f".{owner}") else f"{plain}.{owner}"


def quote_text(text: str) -> str:
    r"""A TXT value in a record's text form: quoted strings of at most 255 bytes, `\"`, `\\` and octal `\303`."""
    data = text.encode()
    parts = [data[at : at + _LONGEST_STRING] for at in range(0, len(data), _LONGEST_STRING)] or [b""]
    return " ".join(f'"{"".join(map(_escape, part))}"' for part in parts)


def _escape(byte: int) -> str:
    character = chr(byte)
    if character in '"\\':
        return f"\\{character}"
    return character if 32 <= byte < 127 else f"\\{byte:03o}"


_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")


def read_text(written: str) -> str:
    """The value of a TXT record from its text form; several strings are one value."""
    return b"".join(_strings(written)).decode("utf-8", "replace")


def _strings(written: str) -> Iterator[bytes]:
    for match in _TOKEN.finditer(written):
        text = match[1] if match[1] is not None else match[2]
        at = 0
        for escape in _ESCAPED.finditer(text):
            yield text[at : escape.start()].encode()
            yield bytes([int(escape[1], 8) & 0xFF]) if escape[1].isdigit() else escape[1].encode()
            at = escape.end()
        yield text[at:].encode()


_OCTAL = re.compile(r"\\([0-7]{3})")


def same_name(one: str, other: str) -> bool:
    r"""Whether two record names are the same; Route 53 answers with a final dot and `\052` for an asterisk."""
    plain = [_OCTAL.sub(lambda found: chr(int(found[1], 8)), name).removesuffix(".").lower() for name in (one, other)]
    return plain[0] == plain[1]


# ---------------------------------------------------------------- the record of a domain, from its values


def record_name(values: Values) -> str:
    return absolute_name(values["verification"]["name"], values["name"])


def zone_of(values: Values) -> str | None:
    return ((values.get("verification") or {}).get("dns") or {}).get("route53")


def has_zone(values: Values) -> bool:
    return zone_of(values) is not None


def has_record(values: Values) -> bool:
    return bool(values.get("verification"))


def shown_by_dns(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """Whether the record is published; without a zone of ours that is all that can be seen of it."""
    found = next((one for one in (wanted, known) if _value(one) in answer["Texts"]), None)
    shown = {"Published": _value(wanted or known) in answer["Texts"]}
    return {**shown, "Verification": found["verification"]} if found and not zone_of(wanted or known) else shown


def shown_by_zone(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """The whole record set, which may hold values of others too, and which of ours is in it."""
    name = record_name(wanted or known)
    sets = [one for one in answer["ResourceRecordSets"] if one["Type"] == "TXT" and same_name(one["Name"], name)]
    if not sets:
        return {}
    texts = [record["Value"] for record in sets[0].get("ResourceRecords", ())]
    record_set = {"name": sets[0]["Name"], "ttl": sets[0].get("TTL"), "texts": texts}
    found = next((one for one in (wanted, known) if _value(one) in [*map(read_text, texts)]), None)
    return {"RecordSet": record_set, **({"Verification": found["verification"]} if found else {})}


def _value(values: Values) -> str | None:
    return (values.get("verification") or {}).get("value")


def exchange(before: Values, after: Values, facts: Values) -> Mapping[str, Any]:
    """The record set as it is exchanged for one with our value: Route 53 takes both or neither, and refuses if somebody
    has changed it since it was read."""
    held = facts.get("record_set")
    values = after if _value(after) else before
    ours = {_value(before), _value(after)}
    kept = [text for text in (held["texts"] if held else ()) if read_text(text) not in ours]
    added = [quote_text(str(_value(after)))] if _value(after) else []
    changes = []
    if held:
        changes.append(("DELETE", held["name"], held["ttl"], held["texts"]))
    if kept or added:
        name = held["name"] if held else f"{record_name(values)}."
        changes.append(("CREATE", name, held["ttl"] if held else _NEW_TTL, [*kept, *added]))
    return {
        "Comment": "chimeform: Amazon Chime's verification of the domain",
        "Changes": [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": name,
                    "Type": "TXT",
                    "TTL": ttl,
                    "ResourceRecords": [{"Value": text} for text in texts],
                },
            }
            for action, name, ttl, texts in changes
        ],
    }
