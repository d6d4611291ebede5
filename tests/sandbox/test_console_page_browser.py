"""The console page in a real browser: what a person does on it changes the world, by mouse, by keyboard, by ear."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, pairwise
from typing import Any

import pytest

from tests.browser import Browser, Key
from tests.contrast import CONTRAST
from tests.sandbox.stage import DAY, Stage

HOSTILE = "<img src=x onerror=\"document.title='taken'\">&amp;{{1}}"
OPENED = count()
WIDTHS = (320, 480, 720, 840, 1000, 2000)


class Page:
    """The console page, with the world behind it."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self.browser, self.stage, self.world = browser, stage, stage.sandbox

    def open(self, part: str = "#/accounts") -> None:
        # Another query each time, so that the page is loaded anew also where only its fragment differs.
        self.browser.open(f"{self.world.url}/console?{next(OPENED)}{part}")
        self.browser.wait("document.documentElement.dataset.ready !== undefined")

    def said(self, place: str) -> str:
        """What is said below a form or table as soon as it says something."""
        return self._message(place, "status")

    def refused(self, place: str) -> str:
        return self._message(place, "alert")

    def _message(self, place: str, role: str) -> str:
        text: str = self.browser.wait(f"document.querySelector(`${{arguments[0]}} ~ [role={role}]`).textContent", place)
        return text

    def account(self, account_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.world.get(f"console/accounts/{account_id}")
        return shown


@pytest.fixture
def page(running_browser: Browser, stage: Stage) -> Iterator[Page]:
    running_browser.resize(1200, 900)
    running_browser.prefer(color_scheme="light")
    running_browser.complaints()
    yield Page(running_browser, stage)
    # The browser itself notes every refusal of the service; anything else is a defect of the page.
    unexpected = [each for each in running_browser.complaints() if "responded with a status of 4" not in each]
    assert unexpected == []


def test_an_administrator_makes_a_team_account_an_enterprise_one_with_okta(page: Page) -> None:
    browser = page.browser
    page.open()
    assert "There is no account yet." in browser.text("#accounts-table")
    browser.fill("#account-name", "Acme", Key.ENTER)
    assert page.said("#form-account") == "Created Acme, a Team account."
    (made,) = page.stage.api.list_accounts()["Accounts"]
    account = made["AccountId"]
    browser.click("#accounts-table a")
    browser.wait("document.activeElement.matches('#view-account h1')")
    assert browser.run("return document.title") == "Acme · Chime sandbox"

    browser.fill("#domain", "acme.example", Key.ENTER)
    assert "waits for its verification" in page.said("#form-domain")
    assert page.account(account)["AccountType"] == "Team"
    record = page.account(account)["Domains"][0]["TxtRecord"]
    assert record["Name"] in (shown := browser.text("#domains-table"))
    assert record["Value"] in shown
    browser.click("#domains-table [data-action=Verify]")
    assert page.said("#domains-table") == "acme.example is verified."
    assert page.account(account)["AccountType"] == "EnterpriseLWA"
    assert "EnterpriseLWA" in browser.text("#account-facts")

    browser.fill("#okta-issuer", "https://acme.okta.example")
    browser.fill("#okta-client", "0oa1", Key.ENTER)
    assert page.said("#form-okta") == "The incoming keys are saved."
    assert page.account(account)["Okta"] == {"Issuer": "https://acme.okta.example", "ClientId": "0oa1"}
    browser.fill("#group-name", "Chime Pro", Key.ENTER)
    page.said("#form-group")
    browser.choose("#group-license", "Basic")
    browser.fill("#group-name", "Chime Basic")
    browser.click("#form-group button")
    browser.wait("document.querySelector('#groups-table').innerText.includes('Chime Basic')")
    assert page.account(account)["Groups"] == [
        {"Name": "Chime Pro", "License": "Pro"},
        {"Name": "Chime Basic", "License": "Basic"},
    ]
    browser.click("#form-key button")
    page.said("#form-key")
    key = browser.run("return document.querySelector('#key').value")
    assert len(key) == 64
    assert browser.run("return getSelection().toString()") == key, "ready to be copied"
    (kept,) = page.account(account)["AccessKeys"]
    assert kept["KeyId"] in browser.text("#keys-table")
    assert key not in str(page.account(account))
    browser.click("#keys-table button")
    browser.click("#confirm-yes")
    assert page.said("#keys-table") == "The access key is deleted."
    assert page.account(account)["AccessKeys"] == []
    browser.click("#groups-table tr[data-key='Chime Pro'] button")
    page.said("#groups-table")
    assert page.account(account)["Groups"] == [{"Name": "Chime Basic", "License": "Basic"}]


def test_a_directory_is_connected_and_meetings_are_set_up(page: Page) -> None:
    account = page.stage.enterprise()
    page.open(f"#/account/{account}")
    page.browser.fill("#directory-id", "d-1234567890", Key.ENTER)
    assert page.said("#form-directory") == "Directory d-1234567890 is connected."
    assert page.account(account)["AccountType"] == "EnterpriseDirectory"
    page.browser.fill("#meeting-regions", "us-east-1, eu-west-1")
    page.browser.click("#slack")
    page.browser.click("#form-meetings button")
    page.said("#form-meetings")
    assert page.account(account)["Meetings"] == {"Regions": ["us-east-1", "eu-west-1"], "SlackSignIn": True}
    page.open(f"#/account/{account}")
    assert page.browser.run("return document.querySelector('#meeting-regions').value") == "us-east-1, eu-west-1"
    assert page.browser.run("return document.querySelector('#slack').checked") is True


def test_a_domain_is_released_after_its_consequences_were_shown(page: Page) -> None:
    account = page.stage.okta()
    page.stage.map_group(account, "staff", "Pro")
    page.stage.member(account)
    browser = page.browser
    page.open(f"#/account/{account}")
    browser.click("#domains-table [data-action=Release]")
    assert browser.text("#confirm-title") == "Release acme.example?"
    assert "deleted" in browser.text("#confirm-lines")
    assert browser.run("return document.activeElement.id") == "confirm-no", "no is what Enter says at first"
    browser.press(Key.ESCAPE)
    browser.wait("!document.querySelector('#confirm').open")
    assert browser.run("return document.activeElement.dataset.action") == "Release"
    assert page.stage.emails(account) == ["jane@acme.example"]
    browser.press(Key.ENTER)
    browser.wait("document.querySelector('#confirm').open")
    browser.click("#confirm-yes")
    assert page.said("#domains-table") == "acme.example is released."
    assert page.account(account)["Domains"] == []
    assert page.stage.emails(account) == []
    assert browser.run("return document.activeElement.id") == "domains", "where the button was"


def test_people_are_invited_accept_and_sign_up(page: Page) -> None:
    team, enterprise = page.stage.team("Team"), page.stage.directory("corp.example")
    page.stage.map_group(enterprise, "staff", "Pro")
    page.stage.map_group(enterprise, "guests", "Basic")
    browser = page.browser
    page.open(f"#/account/{team}")
    browser.fill("#invite-emails", "ann@free.example, bob@free.example eve@corp.example")
    browser.click("#form-invite button")
    assert "2 sent. Not sent: eve@corp.example" in page.said("#form-invite")
    browser.click("#account-people")
    browser.wait("document.querySelectorAll('#people-table [data-action=Accept]').length === 2")
    browser.click("#people-table [data-action=Accept]")
    assert page.said("#people-table") == "ann@free.example is registered with the licence Pro."
    browser.fill("#accept-email", "bob@free.example", Key.ENTER)
    page.said("#form-accept")
    assert page.account(team)["Users"] == {"Registered": 2}

    browser.click("#register-all")
    browser.fill("#register-groups", "guests")
    browser.fill("#register-email", "cyd@corp.example", Key.ENTER)
    assert page.said("#form-register") == "cyd@corp.example is registered with the licence Basic."
    browser.fill("#register-email", "dan@free.example", Key.ENTER)
    browser.wait("document.querySelector('#form-register + [role=status]').textContent.includes('free profile')")
    assert page.account(enterprise)["Users"] == {"Registered": 1}


def test_a_long_list_of_people_comes_in_parts_and_can_be_searched(page: Page) -> None:
    page.world.post("seed", {"accounts": 1, "users": 70})
    page.open("#/people")
    rows = "document.querySelectorAll('#people-table tbody tr').length"
    assert page.browser.run(f"return {rows}") == 50
    page.browser.click("#people-more")
    page.browser.wait(f"{rows} === 70")
    email = page.world.get("people?MaxResults=1")["People"][0]["PrimaryEmail"]
    page.browser.fill("#people-email", email, Key.ENTER)
    page.browser.wait(f"{rows} === 1")


def test_the_carrier_decides_about_orders(page: Page) -> None:
    numbers = ["+12065550100", "+12065550101"]
    order = page.stage.api.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=numbers)
    order_id = order["PhoneNumberOrder"]["PhoneNumberOrderId"]
    page.open("#/carrier")
    page.browser.choose("#orders-table select", "Partial")
    page.browser.click("#orders-table form button")
    assert page.said("#orders-table") == f"Order {order_id} is Partial."
    assert [page.stage.number(number)["Status"] for number in numbers] == ["Unassigned", "AcquireFailed"]


def test_support_provisions_numbers_abroad(page: Page) -> None:
    page.open("#/carrier")
    page.browser.fill("#provision-numbers", "+493025550100", Key.ENTER)
    assert "is Successful." in page.said("#form-provision")
    (order,) = page.world.get("carrier/orders")["Orders"]
    assert (order["ProductType"], order["OrderType"]) == ("SipMediaApplicationDialIn", "New")


def test_a_port_is_opened_and_gets_its_date(page: Page) -> None:
    page.open("#/carrier")
    page.browser.fill("#port-numbers", "+12065550100", Key.ENTER)
    assert "is Submitted." in page.said("#form-port")
    page.browser.choose("#orders-table select", "FOC")
    page.browser.run("document.querySelector('#orders-table input').value = '2040-01-31'")
    page.browser.click("#orders-table form button")
    assert "is FOC." in page.said("#orders-table")
    (order,) = page.world.get("carrier/orders")["Orders"]
    assert (order["OrderType"], order["Status"], order["FocDate"][:10]) == ("Porting", "FOC", "2040-01-31")
    assert "2040-01-31" in page.browser.text("#orders-table")
    page.browser.choose("#orders-table select", "Successful")
    page.browser.click("#orders-table form button")
    page.browser.wait("document.querySelector('#orders-table').innerText.includes('Acquired')")
    assert page.stage.number("+12065550100")["Status"] == "Unassigned"


def test_the_laboratory_moves_the_clock_and_injects_faults(page: Page) -> None:
    browser = page.browser
    page.open("#/laboratory")
    for seconds in (3600, DAY, 7 * DAY):
        browser.click(f"[data-seconds='{seconds}']")
        browser.wait("document.querySelector('#form-clock').nextElementSibling.textContent")
    browser.fill("#clock-amount", "1.5", Key.ENTER)
    browser.wait("document.querySelector('#clock-ahead').textContent === '8 days 2 hours 30 minutes'")
    assert page.world.get("clock")["offset_seconds"] == 8 * DAY + 2.5 * 3600

    browser.choose("#fault-operation", "ListAccounts")
    browser.choose("#fault-kind", "error")
    browser.fill("#fault-error", "ServiceUnavailableException")
    browser.fill("#fault-times", "1")
    browser.click("#form-fault button")
    assert page.said("#form-fault") == "The fault is in force; there are 1 now."
    with pytest.raises(page.stage.api.exceptions.ServiceUnavailableException):
        page.stage.api.list_accounts()
    page.stage.api.list_accounts()
    browser.click("#refresh")
    browser.wait("document.querySelector('#calls-total').textContent === '2'")
    assert browser.text("#faults-table tbody") == "ListAccounts error 1 0 ServiceUnavailableException 1"
    browser.click("#form-clear button")
    page.said("#form-clear")
    assert page.world.get("faults") == []


def test_a_reset_asks_first(page: Page) -> None:
    page.stage.team()
    page.world.advance(100)
    page.open("#/laboratory")
    page.browser.click("#form-reset button")
    page.browser.click("#confirm-no")
    page.browser.wait("!document.querySelector('#confirm').open")
    assert page.world.get("clock")["offset_seconds"] == 100
    page.browser.click("#form-reset button")
    page.browser.click("#confirm-yes")
    assert page.said("#form-reset") == "The sandbox is empty."
    assert page.world.get("accounts")["Accounts"] == []


def test_a_refusal_stands_beside_its_form_with_the_service_s_code_and_goes_with_the_next_success(page: Page) -> None:
    page.stage.enterprise("taken.example")
    account = page.stage.team("Team")
    page.open(f"#/account/{account}")
    cases = [
        ("#domain", "taken.example", "#form-domain", "Conflict", 409),
        ("#directory-id", "d-1", "#form-directory", "Forbidden", 403),
        ("#okta-client", "x", "#form-okta", "Forbidden", 403),
        ("#group-name", "staff", "#form-group", "Forbidden", 403),
        ("#invite-emails", "nobody", "#form-invite", "BadRequest", 400),
    ]
    for field, text, form, code, status in cases:
        page.browser.fill(field, text)
        page.browser.click(f"{form} button")
        said = page.refused(form)
        assert (said.startswith(f"{code} "), said.endswith(f"(HTTP {status})")) == (True, True), said
        assert page.browser.run("return document.querySelector(arguments[0]).value", field) == text, "it can be mended"
    page.browser.fill("#domain", "free.example", Key.ENTER)
    page.said("#form-domain")
    assert page.browser.run("return document.querySelector('#form-domain ~ [role=alert]').textContent") == ""
    page.open("#/laboratory")
    for amount, sentence in (("", "number"), ("-1", "forward"), ("soon", "number")):
        page.browser.fill("#clock-amount", amount, Key.ENTER)
        page.browser.wait(
            "document.querySelector('#form-clock ~ [role=alert]').textContent.includes(arguments[0])", sentence
        )
    assert page.world.get("clock")["offset_seconds"] == 0


def test_names_from_the_world_are_text_wherever_they_are_shown(page: Page) -> None:
    account = page.stage.api.create_account(Name=HOSTILE)["Account"]["AccountId"]
    page.stage.claim(account, "acme.example")
    page.world.post(f"console/accounts/{account}/directory", {"directory_id": HOSTILE})
    page.stage.map_group(account, HOSTILE, "Pro")
    page.stage.register("<b>@acme.example")
    places = {
        "#/accounts": ("#accounts-table", HOSTILE),
        f"#/account/{account}": ("#view-account", HOSTILE),
        "#/people": ("#people-table", "<b>@acme.example"),
    }
    for part, (place, text) in places.items():
        page.open(part)
        assert text in page.browser.run("return document.querySelector(arguments[0]).textContent", place)
        assert page.browser.run("return document.querySelectorAll('main img, main b, main script').length") == 0
    page.open(f"#/account/{account}")
    assert page.browser.run("return document.title") == f"{HOSTILE} · Chime sandbox"
    page.browser.click("#groups-table [data-action=Remove]")
    assert page.said("#groups-table") == f"{HOSTILE} is mapped no longer."
    assert page.account(account)["Groups"] == []


def test_an_account_that_is_not_there_is_said_to_be_missing(page: Page) -> None:
    account = page.stage.team()
    page.open(f"#/account/{account}")
    page.world.reset()
    page.browser.click("#refresh")
    page.browser.wait("document.querySelector('#trouble').textContent.startsWith('NotFound')")
    assert page.browser.run("return document.querySelector('#view-account').hidden") is True
    page.browser.click("[data-part=accounts]")
    page.browser.wait("document.querySelector('#trouble').textContent === ''")


def test_everything_is_reached_and_done_by_keyboard_alone(page: Page) -> None:
    account = page.stage.enterprise()
    browser = page.browser
    page.open()
    browser.press(Key.TAB)
    assert browser.run("return document.activeElement.textContent") == "Skip to the content"
    browser.press(Key.ENTER)
    browser.wait("document.activeElement.id === 'content'")
    browser.press(Key.TAB)
    assert browser.run("return document.activeElement.textContent") == "Acme"
    browser.press(Key.ENTER)
    browser.wait("document.activeElement.matches('#view-account h1')")
    walked = _walk(browser)
    # Everything that can be operated, in the order in which it stands, and always to be seen where one is.
    expected = browser.run(
        "return [...document.querySelectorAll('main a, main button, main input, main select, main textarea')]"
        ".filter((each) => each.checkVisibility()).map((each) => each.id || each.textContent)"
    )
    assert walked == expected[1:], "the first is the breadcrumb, above the heading"
    browser.press_with_shift(Key.TAB)

    page.open(f"#/account/{account}")
    browser.run("document.querySelector('#group-name').focus()")
    browser.press_with_shift(Key.TAB)
    page.open(f"#/account/{account}")
    browser.run("document.querySelector('#domain').focus()")
    browser.press("sales.acme.example", Key.TAB, Key.SPACE, Key.TAB, Key.ENTER)
    assert page.said("#form-domain") == "sales.acme.example is claimed and verified."
    browser.press_with_shift(Key.TAB)
    assert browser.run("return document.activeElement.id") == "domain-verified"


def _walk(browser: Browser) -> list[str]:
    """Press Tab from where the focus is to the end of the page; what it comes by."""
    walked: list[str] = []
    while True:
        browser.press(Key.TAB)
        place = browser.run(
            "const at = document.activeElement, style = getComputedStyle(at);"
            "return at === document.body || !at.closest('main') ? null"
            " : [at.id || at.textContent, style.outlineStyle, parseFloat(style.outlineWidth)]"
        )
        if place is None or len(walked) > 100:
            return walked
        assert place[1] == "solid", place
        assert place[2] >= 2, place
        walked.append(place[0])


def test_the_focus_stays_where_the_person_is_when_tables_change(page: Page) -> None:
    account = page.stage.directory()
    for name in ("a", "b", "c"):
        page.stage.map_group(account, name, "Pro")
    page.open(f"#/account/{account}")
    page.browser.run("document.querySelector('#groups-table tr[data-key=b] button').focus()")
    page.browser.press(Key.ENTER)
    page.said("#groups-table")
    assert page.browser.run("return document.activeElement.closest('tr').dataset.key") == "c", "the one that came up"
    page.stage.map_group(account, "d", "Basic")
    page.browser.run("window.dispatchEvent(new Event('focus'))")
    page.browser.wait("document.querySelector('#groups-table tr[data-key=d]')")
    assert page.browser.run("return document.activeElement.closest('tr').dataset.key") == "c"


def furnish(page: Page) -> list[str]:
    """A world with something in every table; the addresses of all parts of the page."""
    account = page.stage.okta()
    page.stage.claim(account, "sales.acme-with-a-rather-long-name.example", verified=False)
    page.stage.map_group(account, "A-group-whose-name-is-so-long-that-it-hardly-fits-anywhere", "Pro")
    page.stage.member(account)
    page.stage.team("Team with a name of several words")
    page.stage.invite(page.stage.team("Other"), "an-invited-person-with-a-long-name@free.example")
    gone = page.stage.team("Gone")
    page.stage.api.delete_account(AccountId=gone)
    numbers = ["+12065550100", "+12065550101"]
    page.stage.api.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=numbers)
    page.world.post("carrier/orders", {"numbers": ["+12065550103"]})
    page.world.post(f"console/accounts/{account}/keys")
    page.world.add_faults({"kind": "latency", "latency_ms": 0, "operation": "BatchCreateRoomMembership"})
    return ["#/accounts", f"#/account/{account}", "#/people", "#/carrier", "#/laboratory"]


def test_the_accessibility_tree_names_everything(page: Page) -> None:
    operable = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton"}
    named = operable | {"table", "navigation", "region", "search", "columnheader", "rowheader", "heading", "dialog"}
    for part in furnish(page):
        page.open(part)
        page.browser.devtools("Accessibility.enable")
        tree = page.browser.devtools("Accessibility.getFullAXTree")["nodes"]
        shown = [node for node in tree if not node["ignored"]]
        roles = [node["role"]["value"] for node in shown]
        nameless = [
            node["role"]["value"]
            for node in shown
            if node["role"]["value"] in named and not node.get("name", {}).get("value", "").strip()
        ]
        assert nameless == [], part
        for landmark in ("banner", "main", "contentinfo"):
            assert roles.count(landmark) == 1, (part, landmark)
        assert "table" in roles
        assert "status" in roles
        assert "alert" in roles
        levels = [
            next(each["value"]["value"] for each in node["properties"] if each["name"] == "level")
            for node in shown
            if node["role"]["value"] == "heading"
        ]
        assert levels[0] == 1, part
        assert levels.count(1) == 1, part
        assert all(after - before <= 1 for before, after in pairwise(levels)), (part, levels)
        # Two buttons of the same name and place would be one for somebody who hears them.
        buttons = [node["name"]["value"] for node in shown if node["role"]["value"] == "button"]
        assert len(buttons) == len(set(buttons)), (part, buttons)


def test_text_and_fields_stand_out_in_light_and_dark(page: Page) -> None:
    parts = furnish(page)
    surfaces = set()
    for scheme in ("light", "dark"):
        page.browser.prefer(color_scheme=scheme)
        for part in parts:
            page.open(part)
            if part == "#/laboratory":
                page.browser.click("#form-clear button")
                page.said("#form-clear")
                page.browser.fill("#clock-amount", "x", Key.ENTER)
                page.refused("#form-clock")
                page.browser.click("#form-reset button")
            seen, low = page.browser.run(CONTRAST)
            assert (low, seen > 15) == ([], True), (scheme, part)
            surfaces.add(page.browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(surfaces) == 2


def test_no_part_scrolls_sideways_however_narrow(page: Page) -> None:
    for part in furnish(page):
        page.open(part)
        for width in WIDTHS:
            page.browser.resize(width, 800)
            found = page.browser.run("return [document.documentElement.scrollWidth, innerWidth]")
            assert found == [width, width], part
    page.browser.resize(320, 800)
    page.browser.click("#form-reset button")
    left, right = page.browser.run(
        "const box = document.querySelector('#confirm').getBoundingClientRect(); return [box.left, box.right]"
    )
    assert left >= 0
    assert right <= 320


def test_nothing_moves_for_those_who_do_not_want_it(page: Page) -> None:
    page.open()
    moving = (
        "return [...document.querySelectorAll('*')].map((each) => getComputedStyle(each)).filter((style) =>"
        " style.animationName !== 'none' || !['0s', ''].includes(style.transitionDuration)).length"
    )
    page.browser.prefer(reduced_motion="no-preference")
    assert page.browser.run(moving) > 0
    page.browser.prefer(reduced_motion="reduce")
    assert page.browser.run(moving) == 0


class _Stranger(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>free prizes</title><link rel=icon href=data:,>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Says nothing."""


def test_a_stranger_s_page_in_the_same_browser_changes_and_reads_nothing(page: Page) -> None:
    page.stage.team()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stranger)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        attempts = [(f"http://localhost:{server.server_port}/", page.world.url)]
        # The stranger's name was made to resolve to this machine: for the browser the sandbox is his own site.
        rebound = f"http://evil.example:{page.world.port}"
        attempts.append((f"{rebound}/console", rebound))
        for place, target in attempts:
            page.browser.open(place)
            answers = page.browser.run(
                "const send = (path, more) => fetch(arguments[0] + path, more).then((each) => each.status, () => 'no');"
                "return Promise.all([send('/_sandbox/reset', {method: 'POST', mode: 'no-cors', body: '{}'}),"
                " send('/_sandbox/faults', {method: 'DELETE'}), send('/_sandbox/accounts')])",
                target,
            )
            # 0 is an answer that the browser keeps from the page.
            assert set(answers) <= {"no", 0, 403}, place
            assert [each["Name"] for each in page.world.get("accounts")["Accounts"]] == ["Acme"], place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    page.browser.complaints()
