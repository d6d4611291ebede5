"""Drift and plans as pages in a real browser: found, read, heard, printed, and harmless whatever things are called."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import pytest

from chimeform.address import Address
from chimeform.drift import Attribution, Drift, DriftedGate, Happened, InFiles, Standing, attributed
from chimeform.plan import Action, Plan, Refusal, UnmanagedObject, UnreadObject
from chimeform.report.drift_html import drift_html
from chimeform.report.model import drift_report, plan_report
from chimeform.report.plan_html import plan_html
from tests.browser import Browser, Key
from tests.contrast import CONTRAST
from tests.report import drifts, plans
from tests.report.drifts import SOMEBODY
from tests.report.plans import ACME, NOW

WIDTHS = (320, 480, 720, 1000, 2000)
HOSTILE = "</script></style><img src=x onerror=\"document.title='taken'\">&amp;{{7*7}}'\"`$(id)\u202e\x1b[2J"
SHOWN = "[...document.querySelectorAll('.item')].filter((each) => each.checkVisibility()).length"
OPENED = count()


class Page:
    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder

    def open(self, found: Drift | Plan) -> None:
        told = plan_html(plan_report(found, NOW)) if isinstance(found, Plan) else drift_html(drift_report(found))
        file = self.folder / f"{next(OPENED)}.html"
        file.write_text(told, encoding="utf-8")
        self.browser.open(file.as_uri())
        self.browser.wait("document.documentElement.dataset.ready !== undefined")

    def shown(self) -> int:
        """How many rows are shown; the page says the same number to those who hear it."""
        seen: int = self.browser.run(f"return {SHOWN}")
        assert self.browser.text("#count").split()[0] == str(seen)
        return seen

    def choose(self, facet: str, answer: str) -> None:
        self.browser.run(
            "const field = document.querySelector(`#by-${arguments[0]}`);"
            "field.value = [...field.options].find((each) => each.text.startsWith(arguments[1])).value;"
            "field.dispatchEvent(new Event('input', {bubbles: true}))",
            facet,
            answer,
        )


@pytest.fixture
def page(running_browser: Browser, tmp_path: Path) -> Iterator[Page]:
    running_browser.resize(1200, 900)
    running_browser.prefer(color_scheme="light")
    running_browser.complaints()
    yield Page(running_browser, tmp_path)
    assert running_browser.complaints() == []


def told() -> Drift:
    return attributed(drifts.everything(), lambda fact: SOMEBODY if "users" in fact.address.parts else None)


def both() -> tuple[Drift | Plan, ...]:
    return told(), plans.everything()


# ---------------------------------------------------------------- to find


def test_filters_and_search_leave_what_fits_and_say_how_much(page: Page) -> None:
    browser = page.browser
    page.open(told())
    everything = page.shown()
    assert everything == len(told().objects) + len(told().gates)

    page.choose("severity", "destructive")
    assert page.shown() == sum(one.severity == "destructive" for one in told().objects)
    assert browser.text("#count") == f"{page.shown()} of {everything} shown"
    page.choose("severity", "all")

    page.choose("author", SOMEBODY.who)
    assert page.shown() == sum("users" in one.address for one in told().objects)
    titles = "return [...document.querySelectorAll('[data-group]:not([hidden]) > h3')].map((each) => each.textContent)"
    assert browser.run(titles) == [f"{ACME}.users"], "a group of which nothing is left goes too"
    browser.click("[type=reset]")
    browser.wait(f"document.querySelector('#count').textContent === '{everything} shown'")
    assert page.shown() == everything

    page.choose("turn", "the invited person")
    assert page.shown() == 1
    page.choose("happened", "waiting")
    assert page.shown() == 0
    browser.click("[type=reset]")
    browser.wait(f"document.querySelector('#count').textContent === '{everything} shown'")

    browser.fill("#wanted", "OMAR  license")
    assert page.shown() == 1
    assert "replaced" in browser.text(".item:not([hidden])")


def test_a_plan_is_found_by_action_consequence_and_whose_turn_it_is(page: Page) -> None:
    found = plans.everything()
    page.open(found)
    assert page.shown() == len(found.changes) + len(found.gates)
    page.choose("happened", "update")
    assert page.shown() == sum(one.action is Action.UPDATE for one in found.changes)
    page.choose("severity", "destructive")
    assert page.shown() == 1
    page.browser.run("document.querySelector('#filters').reset()")
    page.browser.wait("document.querySelector('#count').textContent.split(' ').length === 2")
    page.choose("turn", "an administrator")
    assert page.shown() == 2, "the gate and what it holds"


def test_refusals_come_with_the_command_that_consents(page: Page) -> None:
    page.open(plans.everything())
    assert "chimeform apply --accept chat-deletion --env prod" in page.browser.text(".alarm code + p ~ .command code")


def test_rules_that_only_warn_and_what_can_be_waived_are_told_as_such(page: Page) -> None:
    rule = Refusal(guard="policy", code="CF-POL-001", summary="acme: a rule says no", why="because", do="change it")
    frozen = Refusal(guard="freeze", code="CF-GRD-007", summary="changes are frozen", waive="freeze")
    page.open(plans.plan(*plans.everything().changes, warnings=(rule,), refusals=(frozen,)))
    assert "acme: a rule says no" in page.browser.text(".alarm.warned")
    refused = page.browser.text(".alarm:not(.warned)")
    assert "--waive freeze --reason" in refused
    assert "chimeform apply" not in refused, "nothing consents to what is no consequence"


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(page: Page) -> None:
    browser = page.browser
    page.open(told())
    browser.press(Key.TAB, Key.ENTER)
    assert browser.run("return document.activeElement.id") == "changes", "past the summary"
    browser.press(Key.TAB)
    assert browser.run("return document.activeElement.id") == "wanted"
    browser.press("omar", Key.ENTER)
    assert page.shown() == 1
    walked = []
    for _ in range(100):
        browser.press(Key.TAB)
        place = browser.run(
            "const at = document.activeElement, style = getComputedStyle(at);"
            "return at === document.body ? null"
            " : [at.id || at.type || at.className || at.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]"
        )
        if place is None:
            break
        assert place[1] == "solid", place
        assert place[2] >= 2, place
        walked.append(place[0])
    fields = ["by-happened", "by-severity", "by-turn", "by-kind", "by-author", "reset"]
    assert walked[: len(fields)] == fields
    assert "picture" in walked, "what scrolls is scrolled by keyboard too"


def test_a_command_is_copied_or_at_least_selected(page: Page) -> None:
    browser = page.browser
    for setting, said in (("granted", "Copied."), ("denied", "Selected; copy it with the keyboard.")):
        for name in ("clipboard-write", "clipboard-read"):
            browser.devtools("Browser.setPermission", permission={"name": name}, setting=setting)
        try:
            page.open(told())
            browser.run("document.querySelector('[data-copy]').focus()")
            browser.press(Key.SPACE)
            assert browser.wait("document.querySelector('#said').textContent") == said
            reads = "getSelection().toString()" if setting == "denied" else "navigator.clipboard.readText()"
            assert browser.run(f"return {reads}") == "chimeform plan --env prod"
        finally:
            browser.devtools("Browser.resetPermissions")


# ---------------------------------------------------------------- to read and to hear


def test_no_width_scrolls_sideways(page: Page) -> None:
    for found in both():
        page.open(found)
        for width in WIDTHS:
            page.browser.resize(width, 800)
            sizes = page.browser.run("return [document.documentElement.scrollWidth, innerWidth]")
            assert sizes == [width, width]


def test_text_and_fields_stand_out_in_light_and_dark(page: Page) -> None:
    surfaces = set()
    for scheme in ("light", "dark"):
        page.browser.prefer(color_scheme=scheme)
        for found in both():
            page.open(found)
            page.browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
            seen, low = page.browser.run(CONTRAST)
            assert (low, seen > 100) == ([], True), scheme
        surfaces.add(page.browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(surfaces) == 2


def test_the_accessibility_tree_names_everything(page: Page) -> None:
    named = {"button", "link", "searchbox", "combobox", "region", "search", "heading", "image"}
    for found in both():
        page.open(found)
        page.browser.devtools("Accessibility.enable")
        tree = page.browser.devtools("Accessibility.getFullAXTree")["nodes"]
        shown = [node for node in tree if not node["ignored"]]
        roles = [node["role"]["value"] for node in shown]
        nameless = [
            node["role"]["value"]
            for node in shown
            if node["role"]["value"] in named and not node.get("name", {}).get("value", "").strip()
        ]
        assert nameless == []
        for landmark in ("banner", "main", "contentinfo", "search"):
            assert roles.count(landmark) == 1, landmark
        assert "status" in roles
        levels = [
            next(each["value"]["value"] for each in node["properties"] if each["name"] == "level")
            for node in shown
            if node["role"]["value"] == "heading"
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def test_on_paper_is_everything_and_it_is_white(page: Page) -> None:
    browser = page.browser
    page.open(plans.everything())
    everything = page.shown()
    browser.fill("#wanted", "nothing is called like this")
    assert page.shown() == 0
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.devtools("Emulation.setEmulatedMedia", media="print", features=dark)
    try:
        assert browser.run(f"return {SHOWN}") == everything
        assert browser.run("return document.querySelector('#filters').checkVisibility()") is False
        steps = "[...document.querySelectorAll('.item ol li')]"
        assert browser.run(f"return {steps}.every((each) => each.getBoundingClientRect().height > 0)")
        assert browser.run("return getComputedStyle(document.documentElement).colorScheme") == "light"
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        seen, low = browser.run(CONTRAST)
        assert (low, seen > 50) == ([], True)
    finally:
        browser.devtools("Emulation.setEmulatedMedia", media="", features=[])


def test_without_scripts_everything_is_there_but_the_filters(page: Page) -> None:
    browser = page.browser
    file = page.folder / "still.html"
    file.write_text(drift_html(drift_report(told())), encoding="utf-8")
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(file.as_uri())
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("return document.documentElement.dataset.ready ?? null") is None
    assert browser.run("return document.querySelector('#filters').checkVisibility()") is False
    assert browser.run(f"return {SHOWN}") == len(told().objects) + len(told().gates)
    assert browser.run("return document.querySelectorAll('button:not([hidden]):not(form *)').length") == 0


# ---------------------------------------------------------------- to trust


def hostile() -> tuple[Drift, Plan]:
    """What somebody else may have named, everywhere where it is shown."""
    address = str(Address(("accounts", "acme", "rooms", HOSTILE)))
    field = drifts.field("name", HOSTILE, HOSTILE, HOSTILE, InFiles.AS_LIVE, drifts.at(1, file=HOSTILE))
    means = plans.consequence(HOSTILE, "destructive", HOSTILE)
    gate = plans.gate(address, "operator", HOSTILE, holds=(address,))
    unread = (UnreadObject(address=address, code="CF-AWS-403", reason=HOSTILE, do=HOSTILE),)
    unmanaged = (UnmanagedObject(address=address, kind="room", id=HOSTILE, name=HOSTILE),)
    drift = drifts.drift(
        drifts.drifted(address, Happened.CHANGED, field, kind=HOSTILE, consequences=(means,), place=drifts.at(1)),
        environment=HOSTILE,
        aws_account=HOSTILE,
        gates=(DriftedGate(gate=gate, standing=Standing.CLOSED_AGAIN, severity="caution"),),
        unread=unread,
        unmanaged=unmanaged,
        not_looked=(HOSTILE,),
        under_way=(address,),
    )
    somebody = Attribution(HOSTILE, HOSTILE, SOMEBODY.at, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    changed = plans.change(
        address,
        Action.UPDATE,
        plans.field(HOSTILE, HOSTILE, {HOSTILE: HOSTILE}),
        reason=HOSTILE,
        kind=HOSTILE,
        consequences=(means,),
        moved_from=HOSTILE,
    )
    refusal = Refusal(guard="consent", code="CF-GRD-005", address=address, summary=HOSTILE, why=HOSTILE, do=HOSTILE)
    plan = plans.plan(changed, gates=(gate,), refusals=(refusal,), unread=unread, unmanaged=unmanaged)
    return attributed(drift, lambda fact: somebody), plan


def test_names_are_no_markup_no_script_and_no_command(page: Page) -> None:
    browser = page.browser
    for found in hostile():
        page.open(found)
        assert browser.run("return document.querySelectorAll('img, script, style').length") == 2, "only our own two"
        assert "taken" not in browser.run("return document.title").split()
        source = browser.run("return document.documentElement.outerHTML")
        assert "\u202e" not in source
        assert "\x1b" not in source
        assert not browser.run("return [...document.querySelectorAll('*')].some((each) => each.getAttributeNames()"
                               ".some((name) => name.startsWith('on') || name === 'style'))")  # fmt: skip
        assert "{{7*7}}" in source
        page.browser.fill("#wanted", "onerror=")
        assert page.shown() > 0
        for command in browser.run("return [...document.querySelectorAll('.command code')].map((e) => e.textContent)"):
            words = shlex.split(command)
            assert words[0] == "chimeform"
            assert not {"$(id)", "<img"} & set(words), "a name is one word, whatever is in it"
        browser.resize(320, 800)
        assert browser.run("return document.documentElement.scrollWidth") == 320
        browser.resize(1200, 900)


def test_nothing_is_loaded_and_nothing_could_be(page: Page) -> None:
    for found in both():
        page.open(found)
        assert page.browser.run("return performance.getEntriesByType('resource').length") == 0
    outcome = page.browser.run(
        "return fetch('http://127.0.0.1:1/').then(() => 'sent', (error) => error.constructor.name)"
    )
    assert outcome == "TypeError"
    page.browser.run("const one = document.createElement('script'); one.textContent = 'document.title = \"taken\"';"
                     "document.body.append(one)")  # fmt: skip
    assert page.browser.run("return document.title") != "taken"
    refused = [each for each in page.browser.complaints() if "Content Security Policy" in each]
    assert len(refused) >= 2


# ---------------------------------------------------------------- large ones


def test_ten_thousand_rows_are_found_and_scrolled_like_ten(page: Page) -> None:
    browser, many = page.browser, 10_000
    page.open(drifts.drift(*drifts.relicensed(many)))
    assert browser.text("#count") == f"{many} shown"
    laid_out = (
        "return [...document.querySelectorAll('.item h4')].filter((each) => each.checkVisibility("
        "{contentVisibilityAuto: true})).length"
    )
    assert 0 < browser.run(laid_out) < 200, "only what is in sight, or nearly"
    browser.run("[...document.querySelectorAll('.item')].at(-1).scrollIntoView()")
    last = "[...document.querySelectorAll('.item')].at(-1).getBoundingClientRect()"
    browser.wait(f"{last}.top < innerHeight && {last}.bottom > 0")
    assert 0 < browser.run(laid_out) < 400
    wanted = drifts.relicensed(many)[-1].address
    browser.fill("#wanted", wanted)
    assert browser.text("#count") == f"1 of {many} shown"
    browser.click("[type=reset]")
    browser.wait(f"document.querySelector('#count').textContent === '{many} shown'")
    assert browser.run("return document.querySelectorAll('.box').length") < 20, "the picture shows those alike as one"
