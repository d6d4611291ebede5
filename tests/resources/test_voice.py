"""What the files may not say about voice, and what its values look like at the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimeform.resources.base import Ref
from chimeform.resources.log_groups import period_text
from tests.language.workspaces import codes_of, load_text

HEAD = "chimeform: 1\nworkspace: acme\n"
ARN = "arn:aws:lambda:us-east-1:111122223333:function:ivr"
APPLICATIONS = f"sip_media_applications: {{a: {{function: '{ARN}'}}, b: {{function: '{ARN}'}}}}\n"
NUMBER = '"+12065550120"'


def part(text: str, **more: str) -> str:
    others = "".join(f", {name}: {value}" for name, value in more.items())
    return f"voice_connectors: {{main: {{{text}{others}}}}}\n"


def route(host: str = "pbx.acme.example", **fields: str) -> str:
    others = "".join(f", {name}: {value}" for name, value in fields.items())
    return f"origination: {{routes: [{{host: '{host}', priority: 1, weight: 1{others}}}]}}"


TOPIC, QUEUE = "arn:aws:sns:us-east-1:111122223333:streams", "arn:aws:sqs:us-east-1:111122223333:streams"
EVENTBRIDGE = "notify: [eventbridge]"


def streaming(targets: str, notify: str, more: str = "") -> str:
    others = f", {more}" if more else ""
    return f"streaming: {{data_retention_hours: 0, {notify}, events: {{targets: [{targets}]{others}}}}}"


def two_rules(first: str, second: str, region: str = "us-east-1") -> str:
    blocks = ", ".join(
        f"c{number}: {{region: {where}, {streaming(TOPIC, EVENTBRIDGE, f'name: {name}')}}}"
        for number, (name, where) in enumerate(((first, "us-east-1"), (second, region)))
    )
    return f"voice_connectors: {{{blocks}}}\n"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (part("region: eu-central-1"), []),
        ("voice_connectors: {a: {name: Main}, b: {name: Main}}\n", ["CF-REF-005"]),
        ("voice_connectors: {a: {name: Main}, b: {name: Main, region: us-west-2}}\n", []),
        *(
            (part(f"termination: {{calling_regions: [US], cidrs: ['{block}']}}"), codes)
            for block, codes in (
                ("203.0.113.0/27", []),
                ("203.0.113.9/32", []),
                ("203.0.113.0/26", ["CF-VCN-001"]),
                ("203.0.113.1/27", ["CF-VCN-001"]),
                ("203.0.113.9", ["CF-VCN-001"]),
                ("10.0.0.0/28", ["CF-VCN-001"]),
                ("somewhere/27", ["CF-VCN-001"]),
            )
        ),
        *(
            (part(route(host)), codes)
            for host, codes in (
                ("pbx.acme.example", []),
                ("203.0.113.7", []),
                ("192.168.0.7", ["CF-VCN-002"]),
                ("pbx", ["CF-VCN-002"]),
                ("-pbx.acme.example", ["CF-VCN-002"]),
            )
        ),
        (part(route(protocol="udp")), []),
        (part(route(protocol="udp"), require_encryption="true"), ["CF-VCN-003"]),
        (part("logging: {retention: {sip: 2 years, media_metrics: 18 months}}"), []),
        (part("logging: {retention: {sip: 24 months, media_metrics: 12 months}}"), []),
        (part("logging: {retention: {sip: ٢ years}}"), ["CF-RET-002"]),
        ("phone_numbers: {'+1٢065550120': {product: voice-connector}}\n", ["CF-NUM-002"]),
        (part("logging: {retention: {sip: 730 days}}"), ["CF-LOG-001"]),
        (part("logging: {retention: {sip: 4 years}}"), ["CF-LOG-001"]),
        (part("logging: {retention: {sip: 45}}"), ["CF-RET-002"]),
        *(
            (part(streaming(*given)), codes)
            for given, codes in (
                ((TOPIC, "notify: [eventbridge, sns]"), []),
                ((TOPIC, "notify: [sns]"), ["CF-EVT-001"]),
                ((f"{TOPIC}, {QUEUE}, {ARN}, '{ARN}:live'", EVENTBRIDGE), []),
                (("streams", EVENTBRIDGE), ["CF-EVT-002"]),
                (("arn:aws:events:us-east-1:111122223333:event-bus/main", EVENTBRIDGE), ["CF-EVT-002"]),
                (("arn:aws:sns:us-east-1:1111:streams", EVENTBRIDGE), ["CF-EVT-002"]),
                ((f"{QUEUE}.fifo", EVENTBRIDGE), ["CF-EVT-003"]),
                ((f"{QUEUE}.fifo", EVENTBRIDGE, "message_group: streams"), []),
            )
        ),
        (two_rules("streams", "calls"), []),
        (two_rules("streams", "streams"), ["CF-EVT-004"]),
        (two_rules("streams", "streams", "us-west-2"), []),
        (part("emergency_calling: {numbers: [{number: '+13035550911'}]}"), ["CF-VCN-004"]),
        (
            (
                "voice_connectors: {main: {}}\n"
                "voice_connector_groups:\n"
                "  g: {connectors: [{connector: main, priority: 1}, {connector: main, priority: 2}]}\n"
            ),
            ["CF-VCG-001"],
        ),
        ("voice_connector_groups: {g: {connectors: [{connector: main, priority: 1}]}}\n", ["CF-REF-001"]),
        (f"phone_numbers: {{{NUMBER}: {{product: business-calling, connector: main}}}}\n" + part(""), ["CF-NUM-040"]),
        (
            f"phone_numbers: {{{NUMBER}: {{product: voice-connector, connector: main, group: g}}}}\n"
            "voice_connector_groups: {g: {}}\n" + part(""),
            ["CF-NUM-041"],
        ),
        (f"sip_media_applications: {{a: {{region: us-west-2, function: '{ARN}'}}}}\n", ["CF-SMA-001"]),
        (
            f"{APPLICATIONS}sip_rules: {{r: {{trigger: {{}}, targets: [{{application: a, priority: 1}}]}}}}\n",
            ["CF-SIP-001"],
        ),
        (
            (
                f"{APPLICATIONS}{part('')}sip_rules: {{r: {{trigger: {{connector: main}}, "
                "targets: [{application: a, priority: 1}, {application: b, priority: 2}]}}\n"
            ),
            ["CF-SIP-002"],
        ),
        (
            (
                f"{APPLICATIONS}phone_numbers: {{{NUMBER}: {{product: voice-connector}}}}\n"
                f"sip_rules: {{r: {{trigger: {{number: {NUMBER}}}, targets: [{{application: a, priority: 1}}]}}}}\n"
            ),
            ["CF-SIP-003"],
        ),
        (
            (
                f"{APPLICATIONS}phone_numbers: {{{NUMBER}: {{product: sip-media-application}}}}\nsip_rules:\n"
                f"  r: {{trigger: {{number: {NUMBER}}}, targets: [{{application: a, priority: 1}}]}}\n"
                f"  s: {{trigger: {{number: {NUMBER}}}, targets: [{{application: a, priority: 1}}]}}\n"
            ),
            ["CF-REF-002"],
        ),
    ],
)
def test_what_the_files_alone_can_break(tmp_path: Path, text: str, codes: list[str]) -> None:
    if codes:
        assert codes_of(tmp_path, {"chimeform.yaml": HEAD + text}) == codes
    else:
        load_text(tmp_path, text)


def test_order_that_means_nothing_makes_no_difference(tmp_path: Path) -> None:
    first = load_text(tmp_path, part("termination: {calling_regions: [DE, AT], cidrs: []}"))
    second = load_text(tmp_path, part("termination: {calling_regions: [AT, DE, DE], cidrs: []}"))
    (one,), (other,) = (found.of_kind("termination") for found in (first, second))
    assert one[1].values() == other[1].values()


def test_a_reference_names_keys_wherever_they_stand() -> None:
    ref = Ref("voice_connector", at="connector", by_id=True)
    members = [{"connector": "a", "priority": 1}, {"priority": 2}]
    assert list(ref.keys(members)) == ["a"]
    assert list(ref.keys({"number": "+1"})) == []
    assert ref.replaced(members, {"a": "id-a"}.__getitem__) == [{"connector": "id-a", "priority": 1}, {"priority": 2}]
    told = ref.replaced(members[:1], lambda key: {"connector": f"id-{key}", "region": "us-west-2"})
    assert told == [{"connector": "id-a", "priority": 1, "region": "us-west-2"}]
    assert Ref("voice_connector", by_id=True).replaced("a", {"a": "id-a"}.__getitem__) == "id-a"


def test_streaming_that_says_nothing_of_eventbridge_may_be_just_right(tmp_path: Path) -> None:
    text = part(f"streaming: {{data_retention_hours: 0, events: {{targets: [{TOPIC}]}}}}")
    assert [one.code for one in load_text(tmp_path, text).warnings] == ["CF-EVT-001"]


@pytest.mark.parametrize(
    ("written", "days"),
    [("12 months", 365), ("1 year", 365), ("24 months", 731), ("2 years", 731), ("36 months", 1096)],
)
def test_a_year_of_months_is_a_year_of_the_calendar(tmp_path: Path, written: str, days: int) -> None:
    found = load_text(tmp_path, part(f"logging: {{retention: {{sip: {written}}}}}"))
    ((_, spec),) = found.of_kind("log_retention")
    assert spec.values() == {"sip": days}
    assert period_text(365) == "1 year"
