"""No secret is in anything that any command says or writes: tokens, PINs and keys are planted, and it is all searched.

The program runs in this process, so that also what botocore would log at DEBUG is seen. Where a test here fails, a
person's PIN or a bot's token would have been in somebody's terminal, log, ledger or plan.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chimeform.cli.main import COMMANDS, main
from tests.sandbox_process import SandboxProcess

JANE, BOT = 'accounts.acme.users["jane@acme.example"]', "accounts.acme.bots.helpdesk"
OKTA_TOKEN, PASSED = "canary-okta-token", "canary-passed-in-by-hand"
STORED = {"secretsmanager": "chime/okta-client", "ssm": "/chime/helpdesk"}
WORKSPACE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    authoritative: [bots]
    users: {jane@acme.example: {license: basic}, lee@acme.example: {}}
    identity:
      okta: {org_url: "https://acme.okta.com", token: {secretsmanager: chime/okta-token}}
      sign_in: {client_secret: {secretsmanager: chime/okta-client}}
    bots:
      helpdesk:
        display_name: HelpDesk
        domain: acme.example
        security_token: {store: {ssm: /chime/helpdesk}}
"""
APART = {"demo"}
"""It has a sandbox of its own, in another process."""
RUNS: dict[str, list[list[str]]] = {
    "init": [["init", "new"]],
    "validate": [["validate"], ["validate", "--format", "json"]],
    "plan": [
        *([["plan", "-vv", "--format", form] for form in ("text", "json", "markdown", "html")]),
        ["plan", "--out", "plan.json"],
        ["plan", "--destroy", "-vv"],
    ],
    "apply": [["apply", "--yes", "-vv"], ["apply", "--yes", "--format", "json"]],
    "drift": [["drift", "-vv", "--format", form] for form in ("text", "json", "markdown", "html", "sarif", "junit")],
    "pending": [["pending", "-vv"], ["pending", "--format", "json"]],
    "export": [
        *(["export", "-vv", "--output", "taken"], ["export", "users", "--csv"]),
        *(["export", "users", "--format", "json"], ["export", "users", "--csv", "--output", "people.csv"]),
    ],
    "import": [["import", BOT, "12a3456b-7c89-012d-3456-78901e23fa45"], ["import", "accounts.nobody", "1"]],
    "state": [
        *(["state", "list"], ["state", "show", BOT], ["state", "show", JANE, "--format", "json"], ["state", "diff"]),
        *(["state", "history"], ["state", "history", "--format", "json"]),
    ],
    "policy": [["policy", "list"]],
    "report": [["report", "calls", "-vv"], ["report", "calls", "--format", "json"]],
    "do": [
        *(["do", "reset-pin", JANE, "--yes", "-vv"], ["do", "reset-pin", JANE, "--yes", "--format", "json"]),
        *(["do", "rotate-token", BOT, "--yes", "-vv"], ["do", "rotate-token", BOT, "--yes", "--format", "json"]),
        *(["do", "reset-pin", JANE, "--yes", "--show-pin"], ["do", "logout", JANE, "--yes"]),
        ["do", "resend-invitation", JANE, "--yes"],
        ["do", "redact", "accounts.acme", "--room", "r", "--message", "m", "--yes", "--accept", "*"],
        ["do", "search-numbers", "--area-code", "206"],
    ],
    "bot": [
        ["bot", "verify", BOT, "--body", "chimeform.yaml", "--signature", "x", "--timestamp", "y", "-vv"],
        ["bot", "verify", "--token-from-env", "TOKEN", "--body", "chimeform.yaml", "--signature", "x"],
        ["bot", "check", BOT],
    ],
    "graph": [["graph"], ["graph", "--format", "json"]],
    "iam-policy": [["iam-policy"], ["iam-policy", "--for", "do rotate-token"], ["iam-policy", "plan.json"]],
    "explain": [["explain", "bot"]],
    "schema": [["schema"]],
    "sandbox": [["sandbox", "accounts"]],
    "destroy": [["destroy", "--yes", "--accept", "*", "-vv"]],
}
"""In this order, on one workspace."""


def test_every_command_is_in_the_table() -> None:
    assert RUNS.keys() | APART == COMMANDS.keys()


@dataclass
class Searched:
    """The workspace, and every secret that was in force at some time."""

    root: Path
    sandbox: SandboxProcess
    canaries: dict[str, str]

    def look_up(self) -> None:
        """Note the secrets of now, by what they are."""
        chime = self.sandbox.client()
        for account in chime.list_accounts()["Accounts"]:
            where = account["AccountId"]
            for user in chime.list_users(AccountId=where)["Users"]:
                self._note(user.get("PersonalPIN"), f"the PIN of {user['PrimaryEmail']}")
            for bot in chime.list_bots(AccountId=where)["Bots"]:
                self._note(bot["SecurityToken"], f"the token of {bot['DisplayName']}")
        secrets = self.sandbox.client("secretsmanager")
        for one in secrets.list_secrets()["SecretList"]:
            self._note(secrets.get_secret_value(SecretId=one["Name"])["SecretString"], f"the secret {one['Name']}")

    def _note(self, secret: str | None, what: str) -> None:
        if secret:
            self.canaries[secret] = what

    def found_in(self, text: str) -> list[str]:
        return sorted({what for secret, what in self.canaries.items() if secret in text})

    def files(self) -> Iterator[tuple[Path, str]]:
        for file in sorted(self.root.rglob("*")):
            if file.is_file():
                yield file, file.read_bytes().decode("latin-1")


@pytest.fixture
def searched(running_sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searched]:
    sandbox = running_sandbox
    sandbox.reset(1)
    for name, value in {**sandbox.env(), "OKTA_API_TOKEN": "none", "TOKEN": PASSED, "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    chime = sandbox.client()
    account = chime.create_account(Name="Acme Corporation")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    for person in ("jane", "lee"):
        sandbox.post("people/register", {"email": f"{person}@acme.example"})
    chime.create_bot(AccountId=account, DisplayName="Nobody's")
    sandbox.put("okta/tokens", {"token": OKTA_TOKEN, "status": "active"})
    sandbox.client("secretsmanager").create_secret(Name="chime/okta-token", SecretString=OKTA_TOKEN)
    (tmp_path / "chimeform.yaml").write_text(WORKSPACE)
    yield Searched(tmp_path, sandbox, {PASSED: "the token that was passed in"})


def test_no_command_says_or_writes_a_secret(
    searched: Searched, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    searched.look_up()
    for arguments in (run for runs in RUNS.values() for run in runs):
        code, logged = run(arguments, caplog)
        said = capfd.readouterr()
        searched.look_up()
        assert "CF-RUN-002" not in said.err, said.err
        assert searched.found_in(said.out + said.err) == [], f"{arguments} said it and ended with {code}"
        assert searched.found_in(logged) == [], f"{arguments} logged it"
    for file, text in searched.files():
        assert searched.found_in(text) == [], file
    kinds = {what.split()[1] for what in searched.canaries.values()}
    assert kinds == {"PIN", "token", "secret"}
    assert len(searched.canaries) >= 8, "tokens and PINs were made anew on the way, and all of them were looked for"
    stored = searched.sandbox.client("ssm").get_parameter(Name=STORED["ssm"], WithDecryption=True)
    assert searched.canaries[stored["Parameter"]["Value"]].startswith("the token of HelpDesk")


def run(arguments: list[str], caplog: pytest.LogCaptureFixture) -> tuple[int, str]:
    """The exit code, and all that was logged; every run finds botocore's loggers as a fresh process does."""
    for name in ("botocore.endpoint", "botocore.parsers"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.clear()
    code = main(arguments)
    logged = "\n".join(map(_whole, caplog.records))
    return code, logged


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.args!r} {record.exc_text or ''}"


CARRIERS = [
    ("ListBots", ["plan", "-v"]),
    ("GetBot", ["do", "rotate-token", BOT, "--yes"]),
    ("RegenerateSecurityToken", ["do", "rotate-token", BOT, "--yes"]),
    ("ResetPersonalPIN", ["do", "reset-pin", JANE, "--yes"]),
    ("ListUsers", ["do", "reset-pin", JANE, "--yes"]),
]
"""Operations whose answers hold a secret, and a command that makes them."""


def test_an_error_of_a_service_holds_none(
    searched: Searched, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each operation that carries a secret fails once in every way that the sandbox knows."""
    caplog.set_level(logging.DEBUG)
    assert run(["apply", "--yes"], caplog)[0] == 0
    searched.look_up()
    logged, codes = "", set[int]()
    for kind in ("error", "drop_response"):
        for operation, arguments in CARRIERS:
            searched.sandbox.add_faults({"operation": operation, "kind": kind, "times": 1})
            code, more = run(arguments, caplog)
            logged, codes = logged + more, {*codes, code}
            searched.sandbox.delete("faults")
            searched.look_up()
    said = capfd.readouterr()
    assert codes == {0, 1}
    assert searched.found_in(said.out + said.err + logged) == []
