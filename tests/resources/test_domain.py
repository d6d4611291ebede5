"""What a domain says about itself: names and TXT records, who is affected by a release, and what files may not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.live import Observed, Values
from chimeform.resources.base import Scope, Transition
from chimeform.resources.domain import Domain
from chimeform.resources.hooks import Found
from chimeform.resources.txt_record import absolute_name, exchange, quote_text, read_text, same_name
from tests.language.workspaces import codes_of, load_text
from tests.planning.building import NOW

# ---------------------------------------------------------------- TXT records


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("_amazonchime", "_amazonchime.acme.example"),
        ("_amazonchime.acme.example", "_amazonchime.acme.example"),
        ("_AmazonChime.Acme.Example.", "_amazonchime.acme.example"),
        ("@", "acme.example"),
        ("acme.example.", "acme.example"),
        ("notacme.example", "notacme.example.acme.example"),
    ],
)
def test_the_name_of_a_record_may_be_written_with_or_without_the_domain(name: str, full: str) -> None:
    assert absolute_name(name, "Acme.Example") == full


@given(st.text(max_size=700))
def test_a_text_comes_back_from_its_written_form(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert read_text(quote_text(text)) == text


def test_long_texts_are_written_in_strings_that_the_dns_can_hold() -> None:
    assert quote_text("x" * 256) == f'"{"x" * 255}" "x"'
    assert quote_text('say "hé\\"') == '"say \\"h\\303\\251\\\\\\""'


def test_names_are_compared_as_route_53_answers_them() -> None:
    assert same_name("\\052.acme.example.", "*.ACME.example")
    assert not same_name("a.acme.example.", "acme.example")


# ---------------------------------------------------------------- exchanging a record set


def values(text: str | None) -> dict[str, Any]:
    zone = {"route53": "Z1"}
    record = {"verification": {"name": "_amazonchime", "value": text, "dns": zone}} if text else {}
    return {"name": "acme.example", **record}


def held(*texts: str) -> dict[str, Any]:
    return {"record_set": {"name": "_amazonchime.acme.example.", "ttl": 60, "texts": [f'"{text}"' for text in texts]}}


def changes(before: str | None, after: str | None, facts: Mapping[str, Any]) -> list[tuple[str, int, list[str]]]:
    batch = exchange(values(before), values(after), facts)
    sets = [(change["Action"], change["ResourceRecordSet"]) for change in batch["Changes"]]
    assert {one["Name"] for _, one in sets} == {"_amazonchime.acme.example."}
    return [(action, one["TTL"], [each["Value"].strip('"') for each in one["ResourceRecords"]]) for action, one in sets]


def test_a_new_record_is_made() -> None:
    assert changes(None, "ours", {}) == [("CREATE", 300, ["ours"])]


def test_values_of_others_and_their_time_to_live_are_kept() -> None:
    assert changes(None, "ours", held("theirs")) == [("DELETE", 60, ["theirs"]), ("CREATE", 60, ["theirs", "ours"])]
    assert changes("old", "new", held("theirs", "old")) == [
        ("DELETE", 60, ["theirs", "old"]),
        ("CREATE", 60, ["theirs", "new"]),
    ]


def test_only_our_value_is_removed() -> None:
    assert changes("ours", None, held("theirs", "ours")) == [
        ("DELETE", 60, ["theirs", "ours"]),
        ("CREATE", 60, ["theirs"]),
    ]
    assert changes("ours", None, held("ours")) == [("DELETE", 60, ["ours"])]


# ---------------------------------------------------------------- what a release means, by how people sign in


class NothingElse:
    """A plan about a single domain."""

    def of_kind(self, kind: str, within: Address) -> Iterable[tuple[Address, Observed | None, Values | None]]:
        return ()

    def values_after(self, address: Address) -> Values | None:
        return None

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        return make()


NOTHING_ELSE = NothingElse()


def release(account_type: str, **said: Any) -> list[tuple[str, str, str]]:
    scope = Scope(Observed("a-1", {"name": "Acme"}, {"type": account_type}), NOW)
    seen = Observed(None, {"name": "acme.example"}, **said)
    address = Address.parse('accounts.acme.domains["acme.example"]')
    transition = Transition(address, "retire", seen.values, {}, seen, scope, NOTHING_ELSE)
    found = list(Domain.consequences(transition))
    assert {one.source for one in found} <= {"guide: Deleting your account"}
    return [(one.name, one.severity, one.text) for one in found]


EVERYBODY = [("domain-release", "irreversible"), ("meetings-end", "caution")]


@pytest.mark.parametrize(
    ("account_type", "texts"),
    [
        (
            "EnterpriseLWA",
            [
                ("suspended stay so", "nor open a new account"),
                ("registered people show as released", "can open a new account"),
            ],
        ),
        (
            "EnterpriseDirectory",
            [
                ("primary address", "profiles are deleted"),
                ("secondary address", "keep contacts and data"),
            ],
        ),
        ("EnterpriseOIDC", [("primary address", "profiles are deleted")]),
    ],
)
def test_every_consequence_of_a_release_is_told(account_type: str, texts: list[tuple[str, str]]) -> None:
    found = release(account_type)
    assert [one[:2] for one in found[:2]] == EVERYBODY
    assert "signed out of all devices at once and loses contacts, chats and rooms" in found[0][2]
    assert "no longer start" in found[1][2]
    assert len(found) == 2 + len(texts)
    for (_, _, said), (who, what) in zip(found[2:], texts, strict=True):
        assert who in said
        assert what in said


def test_a_claim_that_was_never_verified_concerns_nobody() -> None:
    assert release("Team") == []


def test_what_was_released_has_no_further_consequences() -> None:
    assert release("EnterpriseLWA", confirmed=frozenset({"released"})) == []


# ---------------------------------------------------------------- files


def account(rest: str, name: str = "acme") -> str:
    return f"  {name}:\n    name: {name}\n" + "".join(f"    {line}\n" for line in rest.splitlines())


BOT = "bots:\n  b: {display_name: B, domain: %s}"


@pytest.mark.parametrize(
    ("blocks", "codes"),
    [
        (account("domains: {acme.example: {}, eu.acme.example: {}}"), []),
        (account("domains: {bücher.example: {}}"), []),
        (account("domains: {jane@acme.example: {}}"), ["CF-DOM-001"]),
        (account("domains: {acme: {}}"), ["CF-DOM-001"]),
        (account("domains: {-acme.example: {}}"), ["CF-DOM-001"]),
        (account("domains: {acme.example: {}, ACME.example: {}}"), ["CF-REF-003"]),
        (account("domains: {acme.example: {}}") + account("domains: {Acme.Example: {}}", "beta"), ["CF-DOM-002"]),
        (account("domains: {acme.example: {}}\n" + BOT % "acme.example"), []),
        (account("domains: {acme.example: {}}\n" + BOT % "eu.acme.example"), ["CF-BOT-007"]),
        (account(BOT % "acme.example"), []),
        (account("domains: {acme.example: {verification: {name: _amazonchime}}}"), ["CF-DOC-011"]),
    ],
)
def test_what_files_may_say(tmp_path: Path, blocks: str, codes: list[str]) -> None:
    text = f"accounts:\n{blocks}"
    assert (codes_of(tmp_path, text) if codes else load_text(tmp_path, text).warnings) == (codes or ())


def test_people_outside_of_the_domains_are_a_warning_for_each_domain(tmp_path: Path) -> None:
    people = "[jane@acme.example, omar@eu.acme.example, li@eu.acme.example, max@other.example]"
    users = "".join(f"\n  {person}: {{}}" for person in people.strip("[]").split(", "))
    loaded = load_text(tmp_path, "accounts:\n" + account(f"domains: {{acme.example: {{}}}}\nusers:{users}"))
    assert [item.code for item in loaded.warnings] == ["CF-USR-006"] * 2
    assert any("and 1 more" in item.summary and "eu.acme.example" in item.summary for item in loaded.warnings)
