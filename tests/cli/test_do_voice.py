"""`chimeform do` for the voice part: proxy sessions at a Voice Connector, and addresses for emergency calls.

Where a test here fails, two people would be charged for a second session, or their numbers stand in a ledger.
"""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chimeform.ledger.base import LockInfo
from chimeform.ledger.sqlite import SqliteLedger
from tests.cli.program import Program, Ran
from tests.engine.engine import now
from tests.golden import check_golden
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "do"
FRANKFURT = "voice_connectors.frankfurt"
ANN, BOB = "+13035550150", "+13035550151"
BETWEEN = ["+12065550101", "+12065550102"]
TWO = ("--participant", ANN, "--participant", BOB)
VOICE = ("--capability", "voice")
WORKSPACE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
voice_connectors:
  frankfurt:
    region: eu-central-1
    proxy: {countries: [US], session_expiry_minutes: 60, fallback_number: "+12065550199"}
  plain: {}
  closed: {proxy: {countries: [US], session_expiry_minutes: 60, disabled: true}}
"""


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)


@pytest.fixture
def acme(chimeform: Program, voice: VoiceStage) -> Program:
    """Three Voice Connectors; the one in Frankfurt has a proxy and two numbers to go between people."""
    voice.sandbox.post("settings", {"order_seconds": 0})
    chimeform.write("chimeform.yaml", WORKSPACE)
    assert chimeform("apply", "-y").code == 0
    voice.buy(*BETWEEN)
    voice.api.associate_phone_numbers_with_voice_connector(**frankfurt(voice), E164PhoneNumbers=BETWEEN)
    return chimeform


def frankfurt(voice: VoiceStage) -> dict[str, str]:
    found = voice.api.list_voice_connectors()["VoiceConnectors"]
    return {"VoiceConnectorId": next(one["VoiceConnectorId"] for one in found if one["Name"] == "frankfurt")}


def sessions(voice: VoiceStage, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = voice.api.list_proxy_sessions(**frankfurt(voice), **asked)["ProxySessions"]
    return found


def create(acme: Program, *options: str) -> Ran:
    return acme("do", "create-proxy-session", FRANKFURT, *TWO, *VOICE, "--yes", "--format", "json", *options)


def created(acme: Program, *options: str) -> str:
    (done,) = create(acme, *options).json()["done"]
    return str(done["session"])


def sent(voice: VoiceStage, operation: str) -> int:
    return voice.sandbox.calls().get(operation, 0)


def events(voice: VoiceStage, region: str) -> dict[str, dict[str, Any]]:
    """The last event of each operation at one Region's address, as CloudTrail has it."""
    voice.sandbox.advance(3600)
    found = voice.sandbox.client("cloudtrail", region=region).lookup_events(MaxResults=50)["Events"]
    told = (json.loads(one["CloudTrailEvent"]) for one in reversed(found))
    return {one["eventName"]: one for one in told if one["awsRegion"] == region}


# ---------------------------------------------------------------- opened


def test_a_session_has_a_proxy_number_for_each_participant(acme: Program, voice: VoiceStage) -> None:
    options = ("--capability", "sms", "--name", "Ann and Bob", "--expires-after", "2 hours")
    place = ("--number-selection", "prefer-sticky", "--geo-match", "area-code", "--country", "US", "--area-code", "303")
    (done,) = create(acme, *options, *place).json()["done"]
    (live,) = sessions(voice)
    between = [one["ProxyPhoneNumber"] for one in live["Participants"]]
    assert sorted(between) == BETWEEN
    assert (done["address"], done["session"], done["status"]) == (FRANKFURT, live["ProxySessionId"], "open")
    assert done["participants"] == [
        {"number": ANN, "proxy_number": between[0]},
        {"number": BOB, "proxy_number": between[1]},
    ]
    assert (live["Capabilities"], live["Name"], live["ExpiryMinutes"]) == (["Voice", "SMS"], "Ann and Bob", 120)
    assert (live["NumberSelectionBehavior"], live["GeoMatchLevel"]) == ("PreferSticky", "AreaCode")
    assert live["GeoMatchParams"] == {"Country": "US", "AreaCode": "303"}
    said = (done[name] for name in ("capabilities", "number_selection", "geo_match", "country", "area_code"))
    assert list(said) == [["voice", "sms"], "prefer-sticky", "area-code", "US", "303"]


def test_what_is_not_said_is_left_to_the_proxy(acme: Program, voice: VoiceStage) -> None:
    created(acme)
    (live,) = sessions(voice)
    assert live["ExpiryMinutes"] == 60
    assert live.keys().isdisjoint({"Name", "NumberSelectionBehavior", "GeoMatchLevel", "GeoMatchParams"})


@pytest.mark.parametrize(("text", "minutes"), [("1 minute", 1), ("90m", 90), ("1 day", 1440), ("2weeks", 20160)])
def test_the_time_of_a_session_is_written_as_people_say_it(
    acme: Program, voice: VoiceStage, text: str, minutes: int
) -> None:
    created(acme, "--expires-after", text)
    assert [one["ExpiryMinutes"] for one in sessions(voice)] == [minutes]


def test_people_are_asked_with_what_it_means(acme: Program, voice: VoiceStage) -> None:
    asked = acme.on_terminal("do", "create-proxy-session", FRANKFURT, *TWO, *VOICE).until("yes: ")
    refused = asked.type("no\n").end()
    assert (refused.code, sessions(voice)) == (1, [])
    ran = acme.on_terminal("do", "create-proxy-session", FRANKFURT, *TWO, *VOICE).until("yes: ").type("yes\n").end()
    assert ran.code == 0
    assert f"{FRANKFURT} (participant {ANN} and {BOB}, capability voice)" in ran.out
    assert "then calls to these go to the proxy's fallback number" in " ".join(ran.out.split())
    assert f"number {ANN}, proxy number +1206" in ran.out


def test_without_anybody_to_ask_nothing_is_opened(acme: Program, voice: VoiceStage) -> None:
    ran = acme("do", "create-proxy-session", FRANKFURT, *TWO, *VOICE)
    assert (ran.code, "error[CF-USE-006]" in ran.err) == (1, True)
    assert sent(voice, "CreateProxySession") == 0


def test_everything_about_a_connector_is_asked_in_its_region(acme: Program, voice: VoiceStage) -> None:
    session = created(acme)
    assert acme("do", "update-proxy-session", FRANKFURT, "--session", session, *VOICE, "--yes").code == 0
    assert acme("do", "list-proxy-sessions", FRANKFURT).code == 0
    assert acme("do", "close-proxy-session", FRANKFURT, "--session", session, "--yes").code == 0
    names = {f"{verb}ProxySession" for verb in ("Create", "Update", "Delete")}
    expected = names | {"ListProxySessions", "GetVoiceConnectorProxy"}
    there = events(voice, "eu-central-1")
    assert expected <= there.keys()
    assert expected.isdisjoint(events(voice, "us-east-1"))


# ---------------------------------------------------------------- what makes no sense


def new(*options: str, at: str = FRANKFURT) -> tuple[str, ...]:
    return "create-proxy-session", at, *options


SENSELESS = [
    ("CF-DO-001", *new(*TWO, *VOICE, at=f"{FRANKFURT}.proxy")),
    ("CF-DO-002", *new(*TWO, *VOICE, at="voice_connectors.frankfort")),
    ("CF-DO-009", *new(*TWO)),
    ("CF-DO-009", *new(*VOICE)),
    ("CF-DO-009", "update-proxy-session", FRANKFURT, "--session", "s"),
    ("CF-DO-013", *new(*TWO, *VOICE, at="voice_connectors.plain")),
    ("CF-DO-013", *new(*TWO, *VOICE, at="voice_connectors.closed")),
    ("CF-DO-014", *new(*TWO[:2], *VOICE)),
    ("CF-DO-014", *new(*TWO, "--participant", "+13035550152", *VOICE)),
    ("CF-DO-014", *new(*TWO[:2], "--participant", "303 555 0151", *VOICE)),
    ("CF-DO-014", *new(*TWO, *VOICE, "--name", "Ann & Bob")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--name", "x" * 31)),
    ("CF-DO-014", *new(*TWO, *VOICE, "--expires-after", "0 minutes")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--expires-after", "90")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--area-code", "303")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--country", "US")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--country", "us", "--area-code", "303")),
    ("CF-DO-014", *new(*TWO, *VOICE, "--country", "US", "--area-code", "3030")),
    ("CF-DO-014", "update-proxy-session", FRANKFURT, "--session", "s", *VOICE, "--expires-after", "soon"),
    ("CF-DO-015", *new(*TWO, *VOICE, at="voice_connectors.*")),
    ("CF-DO-016", "close-proxy-session", FRANKFURT, "--session", " "),
    ("CF-DO-016", *new("--participant", ANN, "--participant", "", *VOICE)),
    ("CF-USE-001", *new(*TWO, "--capability", "fax")),
    ("CF-USE-001", "list-proxy-sessions", FRANKFURT, "--status", "done"),
    ("CF-DO-009", "validate-address", "--city", "Portland"),
    ("CF-DO-016", "validate-address", *(part for name in ("street-number", "street", "city", "state", "country")
                                        for part in (f"--{name}", "x")), "--postal-code", ""),
]  # fmt: skip


def test_what_makes_no_sense_is_told_and_not_done(acme: Program, voice: VoiceStage) -> None:
    before = voice.sandbox.calls()
    told = []
    for code, *arguments in SENSELESS:
        ran = acme("do", *arguments, *(() if arguments[0].startswith(("list", "validate")) else ("--yes",)))
        assert (ran.code, ran.out, ran.err[6 : 7 + len(code)]) == (1, "", f"{code}]"), ran.all
        told.append(f"$ chimeform do {shlex.join(arguments)}\n{ran.err}")
    check_golden(GOLDEN / "senseless-voice.txt", "\n".join(told))
    made = {name for name, count in voice.sandbox.calls().items() if count > before.get(name, 0)}
    assert made == {"ListVoiceConnectors", "GetVoiceConnectorProxy"}


def test_a_connector_that_is_declared_and_not_there(acme: Program, voice: VoiceStage) -> None:
    acme.write("chimeform.yaml", WORKSPACE + "  new: {proxy: {countries: [US], session_expiry_minutes: 5}}\n")
    ran = acme("do", *new(*TWO, *VOICE, at="voice_connectors.new"), "--yes")
    assert (ran.code, "error[CF-DO-003]" in ran.err) == (1, True)
    assert sent(voice, "CreateProxySession") == 0


def test_a_proxy_that_nobody_may_read_opens_nothing(acme: Program, voice: VoiceStage) -> None:
    policy = acme("iam-policy", "--for", "do create-proxy-session", "--format", "json").json()
    for statement in policy["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != "chime:GetVoiceConnectorProxy"]
    voice.sandbox.post("iam", {"policy": policy})
    ran = acme("do", *new(*TWO, *VOICE), "--yes")
    assert (ran.code, "error[CF-AWS-403]" in ran.err) == (1, True)
    assert "chime:GetVoiceConnectorProxy" in ran.err
    assert sent(voice, "CreateProxySession") == 0


# ---------------------------------------------------------------- changed and closed


def test_a_session_is_changed_and_closed(acme: Program, voice: VoiceStage) -> None:
    session = created(acme)
    change = ("do", "update-proxy-session", FRANKFURT, "--session", session, "--capability", "sms", "--yes")
    told = acme(*change, "--format", "json").json()
    assert (told["done"][0]["capabilities"], told["done"][0]["expiry_minutes"]) == (["sms"], 60)
    assert acme(*change, "--expires-after", "30 minutes").code == 0
    (live,) = sessions(voice)
    assert (live["Capabilities"], live["ExpiryMinutes"]) == (["SMS"], 30)
    closed = acme("do", "close-proxy-session", FRANKFURT, "--session", session, "--yes")
    assert (closed.code, "has the session closed" in closed.out) == (0, True)
    assert [one["Status"] for one in sessions(voice)] == ["Closed"]


@pytest.mark.parametrize("operation", ["update-proxy-session", "close-proxy-session"])
def test_a_session_that_is_not_there(acme: Program, operation: str) -> None:
    capability = VOICE if operation.startswith("update") else ()
    ran = acme("do", operation, FRANKFURT, "--session", "no-such", *capability, "--yes", "--format", "json")
    assert ran.code == 1
    (failed,) = ran.json()["failed"]
    assert "no-such" in failed["summary"]
    assert "list-proxy-sessions" in failed["do"]


# ---------------------------------------------------------------- lost answers


def test_a_session_whose_answer_was_lost_is_not_opened_twice(acme: Program, voice: VoiceStage) -> None:
    voice.sandbox.add_faults({"operation": "CreateProxySession", "kind": "drop_response", "times": 1})
    ran = create(acme)
    assert ran.code == 1
    (failed,) = ran.json()["failed"]
    assert (failed["code"], "may have happened" in failed["summary"]) == ("CF-DO-010", True)
    assert "list-proxy-sessions" in failed["do"]
    assert (sent(voice, "CreateProxySession"), len(sessions(voice))) == (1, 1)
    assert acme("plan", "--detailed-exitcode").code == 0
    latest = acme("state", "history", "--format", "json").json()[0]
    assert (latest["operation"], latest["result"]) == ("do create-proxy-session", "failed")


@pytest.mark.parametrize("operation", ["UpdateProxySession", "DeleteProxySession"])
def test_changing_and_closing_are_tried_again(acme: Program, voice: VoiceStage, operation: str) -> None:
    session = created(acme)
    voice.sandbox.add_faults({"operation": operation, "kind": "drop_response", "times": 1})
    name, more = ("update", VOICE) if operation.startswith("Update") else ("close", ())
    assert acme("do", f"{name}-proxy-session", FRANKFURT, "--session", session, *more, "--yes").code == 0
    assert sent(voice, operation) == 2


# ---------------------------------------------------------------- what is remembered


def test_the_history_names_the_connector_and_no_person(acme: Program, voice: VoiceStage) -> None:
    session = created(acme, "--name", "Canary Couple", "--expires-after", "5 minutes")
    assert acme("do", "close-proxy-session", FRANKFURT, "--session", session, "--yes").code == 0
    voice.sandbox.add_faults({"operation": "CreateProxySession", "kind": "drop_response", "times": 1})
    assert create(acme, "--name", "Canary Couple").code == 1
    history = acme("state", "history", "--format", "json").json()
    assert [one["about"] for one in history[:3]] == [
        [f"{FRANKFURT} (capability voice)"],
        [f"{FRANKFURT} (session {session})"],
        [f"{FRANKFURT} (capability voice, expires-after 5 minutes)"],
    ]
    ledger = (acme.root / ".chimeform" / "default.db").read_bytes()
    assert b"create-proxy-session" in ledger
    for private in (ANN, BOB, *BETWEEN, "Canary Couple"):
        assert private.encode() not in ledger
        assert private not in json.dumps(history)


# ---------------------------------------------------------------- listed


def test_sessions_are_listed_by_status(acme: Program, voice: VoiceStage) -> None:
    first, second, third = (created(acme, "--expires-after", text) for text in ("5 minutes", "1 hour", "1 day"))
    assert acme("do", "close-proxy-session", FRANKFURT, "--session", third, "--yes").code == 0
    voice.sandbox.advance(timedelta(minutes=6).total_seconds())

    def listed(*options: str) -> list[str]:
        told = acme("do", "list-proxy-sessions", FRANKFURT, "--format", "json", *options).json()
        assert all(one["at"] == FRANKFURT for one in told["items"])
        return [one["session"] for one in told["items"]]

    assert listed() == [first, second, third]
    assert (listed("--status", "open"), listed("--status", "closed")) == ([second], [first, third])
    nothing = acme("do", "list-proxy-sessions", FRANKFURT, "--status", "in-progress")
    assert (nothing.code, nothing.out) == (0, "Nothing fits.\n")
    told = acme("do", "list-proxy-sessions", FRANKFURT, "--status", "closed").out
    assert told.count(f"{FRANKFURT}\n") == 2
    assert f"  number {ANN}, proxy number +1206" in told
    assert "  ended: " in told


def test_a_list_that_is_cut_off_says_so(acme: Program) -> None:
    for _ in range(3):
        created(acme)
    cut = acme("do", "list-proxy-sessions", "voice_connectors.*", "--limit", "2")
    assert (cut.code, cut.out.count("session: "), "--limit" in cut.err) == (0, 2, True)
    assert acme("do", "list-proxy-sessions", FRANKFURT, "--limit", "2", "--format", "json").json()["is_whole"] is False
    whole = acme("do", "list-proxy-sessions", "voice_connectors.*", "--limit", "3")
    assert (whole.out.count("session: "), whole.err) == (3, "")


def test_a_look_asks_nobody_and_writes_nothing_down(acme: Program) -> None:
    ledger = SqliteLedger(acme.root / ".chimeform" / "default.db", clock=now, new_id=lambda: "x")
    with ledger.lock(LockInfo("l-1", "omar", "apply", "2027-01-31T12:00:00Z", "elsewhere/1")):
        assert acme("do", "list-proxy-sessions", FRANKFURT).code == 0
    ledger.close()
    history = acme("state", "history", "--format", "json").json()
    assert [one["operation"] for one in history] == ["apply"]


# ---------------------------------------------------------------- what AWS has to allow


def test_the_policy_of_an_operation_is_enough_and_has_nothing_of_the_others(acme: Program, voice: VoiceStage) -> None:
    session = created(acme)
    named = ("--session", session)
    runs = {
        "create-proxy-session": (FRANKFURT, *TWO, *VOICE, "--yes"),
        "list-proxy-sessions": (FRANKFURT,),
        "update-proxy-session": (FRANKFURT, *named, *VOICE, "--yes"),
        "close-proxy-session": (FRANKFURT, *named, "--yes"),
        "validate-address": ADDRESS,
    }
    for name, arguments in runs.items():
        policy = acme("iam-policy", "--for", f"do {name}", "--format", "json").json()
        voice.sandbox.post("iam", {"policy": policy})
        assert acme("do", name, *arguments).code == 0, name
        others = {other for other in runs if other != name and acme("do", other, *runs[other]).code == 0}
        assert others == set(), name
        voice.sandbox.delete("iam")


# ---------------------------------------------------------------- addresses


def address(**parts: str) -> tuple[str, ...]:
    usual = {"street-number": "200", "street": "8th Avenue", "city": "Portland", "state": "OR", "country": "US"}
    said = {**usual, "postal-code": "97201", **{name.replace("_", "-"): text for name, text in parts.items()}}
    return tuple(part for name, text in said.items() for part in (f"--{name}", text))


ADDRESS = address()
RESULTS = [
    (0, "valid", ADDRESS),
    (0, "corrected", address(state="or", city=" Portland ")),
    (1, "not-found", address(state="ZZ")),
    (1, "not-found", address(postal_code="972011234")),
]


def test_an_address_is_judged_in_words(acme: Program) -> None:
    told = []
    for code, result, options in RESULTS:
        ran = acme("do", "validate-address", *options)
        assert (ran.code, f"result: {result}" in ran.out) == (code, True), ran.all
        lines = ran.out.splitlines(keepends=True)
        told.append("".join(line for line in lines if "address id: " not in line))
    check_golden(GOLDEN / "addresses.txt", "\n".join(told))


def test_an_address_is_judged_for_programs(acme: Program, voice: VoiceStage) -> None:
    ran = acme("do", "validate-address", *address(state="or"), "--format", "json")
    (item,) = ran.json()["items"]
    assert (item["is_good"], item["result"], item["address"]["state"]) == (True, "corrected", "OR")
    assert item["address_id"]
    ran = acme("do", "validate-address", *address(postal_code="972011234"), "--format", "json")
    (item,) = ran.json()["items"]
    assert (ran.code, item["is_good"], item["result"]) == (1, False, "not-found")
    (candidate,) = item["candidates"]
    assert (candidate["street"], candidate["postal_code"], candidate["postal_code_plus_4"]) == (
        "8th Avenue",
        "97201",
        "1234",
    )
    asked = events(voice, "us-east-1")["ValidateE911Address"]["requestParameters"]
    assert asked["awsAccountId"] == "111122223333", "the account of the credentials"


def test_an_address_is_checked_for_nobody_in_another_account(acme: Program, voice: VoiceStage) -> None:
    acme.write("chimeform.yaml", WORKSPACE.replace("aws: {", 'aws: {expected_account: "999999999999", '))
    ran = acme("do", "validate-address", *ADDRESS)
    assert (ran.code, "error[CF-GRD-006]" in ran.err) == (4, True)
    assert sent(voice, "ValidateE911Address") == 0
