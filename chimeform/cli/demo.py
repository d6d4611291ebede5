"""`chimeform demo`: the whole story on a sandbox. Each step runs the real program and checks what became true."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from .demo_stage import DemoFailed, Ran, Stage, set_up
from .options import Options, command
from .screen import Screen

ACCOUNT = "Acme Corporation"
PEOPLE = ("jane@acme.example", "omar@acme.example", "mei@acme.example")
NUMBER = "+12065550100"
MOST_LINES, LAST_LINES = 44, 16
"""How much of a command's output is shown, and how much of that from its end; what is left out is counted."""


@command("demo", formats=("text",))
@click.option("--keep", is_flag=True, help="Keep the workspace and the sandbox's world, and say where they are.")
@click.option("--pause", is_flag=True, help="Wait for Enter after each step, on a terminal.")
def demo(options: Options, keep: bool, pause: bool) -> None:
    """Show the whole story on a sandbox of its own, in under a minute.

    An organisation is validated, planned and applied; people accept and a domain is claimed; somebody changes things
    behind our back, which is noticed and put right. No AWS account is touched. Exit code 0 only if each step did what
    it says.
    """
    from .sandbox import require_extra

    require_extra()
    with options.screen() as screen:
        screen.result("A local Amazon Chime is being started; nothing here reaches AWS.")
        with set_up(keep=keep) as stage:
            story = Story(stage, screen, pause=pause and screen.is_interactive)
            for tell in CHAPTERS:
                _tell(tell, story)
        screen.result(_farewell(stage, keep))


def _tell(tell: Callable[[Story], None], story: Story) -> None:
    """One step; what the raw client meets is the demo's failure and nobody's fault."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        tell(story)
    except (BotoCoreError, ClientError) as error:
        raise DemoFailed(f"step {story.number}: the sandbox did not answer as it should", why=str(error)) from error


def _farewell(stage: Stage, keep: bool) -> str:
    lines = ["", "Every step did what it says."]
    if keep:
        data_file = shlex.quote(str(stage.root / ".chimeform" / "sandbox.db"))
        lines += [
            "",
            f"The workspace is {stage.root}. To go on with it:",
            f"  chimeform sandbox serve --data-file {data_file} &",
            '  eval "$(chimeform sandbox env)"',
            f"  chimeform plan -C {shlex.quote(str(stage.root))}",
        ]
    else:
        lines.append(
            "Next: 'chimeform init DIR' makes a workspace of your own; 'chimeform explain' tells what can be in it."
        )
    return "\n".join(lines)


@dataclass
class Story:
    """The telling: numbered steps, commands with what they print, and facts that must hold."""

    stage: Stage
    screen: Screen
    pause: bool = False
    number: int = 0
    account_id: str = ""
    client: Any = field(default=None)

    def step(self, title: str, *text: str) -> None:
        if self.pause and self.number:
            self.screen.ask("    [Enter] ")
        self.number += 1
        self.screen.result("\n".join(["", f"{self.number}. {title}", *(f"   {line}" for line in text), ""]))

    def run(self, *arguments: str, code: int = 0, show: bool = True) -> Ran:
        """Run a command of the program, show it, and insist on its exit code."""
        ran = self.stage.run(*arguments)
        if show or ran.exit_code != code:
            # a failure is shown as a whole
            most = MOST_LINES if ran.exit_code == code else sys.maxsize
            self.screen.result(_shown(shlex.join(["chimeform", *arguments]), ran.output + ran.errors, most))
        if ran.exit_code != code:
            raise DemoFailed(
                f"step {self.number}: 'chimeform {shlex.join(arguments)}' gave exit code {ran.exit_code}, not {code}"
            )
        return ran

    def plan(self) -> dict[str, Any]:
        """The plan as a program sees it, without showing it."""
        plan: dict[str, Any] = json.loads(self.run("plan", "--format", "json", show=False).output)
        return plan

    def check(self, holds: object, fact: str) -> None:
        """Tell a fact about the sandbox that has just been looked at; the demo ends if it does not hold."""
        if not holds:
            raise DemoFailed(f"step {self.number}: it is not so that {fact}")
        self.screen.result(f"   ✓ {fact}" if self.screen.can_draw else f"   ok: {fact}")


def _shown(title: str, output: str, most: int) -> str:
    lines = output.strip("\n").splitlines()
    if len(lines) > most:
        first = most - LAST_LINES
        lines = [*lines[:first], f"[{len(lines) - most} more lines]", *lines[-LAST_LINES:]]
    return "\n".join([f"   $ {title}", *(f"     {line}".rstrip() for line in lines)])


# ---------------------------------------------------------------- the chapters


def show_files(story: Story) -> None:
    story.step("An organisation is described in YAML.", "This is the whole workspace:")
    text = (story.stage.root / "chimeform.yaml").read_text(encoding="utf-8")
    story.screen.result(_shown("cat chimeform.yaml", text, MOST_LINES))


def validate(story: Story) -> None:
    story.step("Everything that can be known without the network is checked.")
    story.run("validate")


def plan(story: Story) -> None:
    story.step(
        "The plan says what would change, what it means, and who has to do what.",
        "It changes nothing. Exit code 2 says that there is something to do.",
    )
    story.run("plan", "--out", "demo.plan", "--detailed-exitcode", code=2)
    story.check(not story.stage.control.get("accounts")["Accounts"], "nothing has been created yet")


def apply(story: Story) -> None:
    story.step(
        "Apply does what the plan says, as far as software can, and ends.",
        "Exit code 3 says that something waits for people: nobody can accept an invitation for somebody else,",
        "and no API claims a domain.",
    )
    story.run("apply", "demo.plan", "--detailed-exitcode", code=3)
    story.client = story.stage.client()
    accounts = story.client.list_accounts()["Accounts"]
    story.check([one["Name"] for one in accounts] == [ACCOUNT], f"the account {ACCOUNT!r} exists")
    story.account_id = accounts[0]["AccountId"]
    invited = {user["PrimaryEmail"]: user["UserInvitationStatus"] for user in _users(story)}
    story.check(invited == dict.fromkeys(PEOPLE, "Pending"), f"{len(PEOPLE)} people are invited")


def people_act(story: Story) -> None:
    story.step(
        "People do their part.",
        "The invited accept, and an administrator claims the domain in the console. Here the sandbox plays them:",
    )
    story.run("sandbox", "accept", *PEOPLE)
    story.run("sandbox", "claim", ACCOUNT, "acme.example")
    account = story.client.get_account(AccountId=story.account_id)["Account"]
    story.check(account["AccountType"] == "EnterpriseLWA", "the account is an Enterprise account now")


def apply_the_rest(story: Story) -> None:
    story.step("The next apply sees that the way is free, and does what was waiting.")
    story.run("apply", "--yes", "--detailed-exitcode")
    bots = story.client.list_bots(AccountId=story.account_id)["Bots"]
    story.check([bot["BotEmail"].partition("@")[2] for bot in bots] == ["acme.example"], "the bot exists")
    kept = story.client.get_retention_settings(AccountId=story.account_id)["RetentionSettings"]
    days = kept["RoomRetentionSettings"]["RetentionDays"], kept["ConversationRetentionSettings"]["RetentionDays"]
    story.check(days == (365, 90), "messages are kept for 1 year in rooms, and for 90 days in conversations")
    phones = {user["PrimaryEmail"]: user.get("PrimaryProvisionedNumber") for user in _users(story)}
    story.check(phones[PEOPLE[0]] == NUMBER, f"{PEOPLE[0]} has the number {NUMBER}")
    story.check(not story.plan()["steps"], "there is nothing left to do")


def somebody_edits(story: Story) -> None:
    story.step("Somebody edits behind our back, with the AWS API and without the files.")
    omar = next(user for user in _users(story) if user["PrimaryEmail"] == PEOPLE[1])
    story.screen.result("     UpdateAccountSettings  EnableDialOut=false")
    story.client.update_account_settings(AccountId=story.account_id, AccountSettings={"EnableDialOut": False})
    story.screen.result("     BatchUpdateUser        omar@acme.example LicenseType=Pro")
    story.client.batch_update_user(
        AccountId=story.account_id, UpdateUserRequestItems=[{"UserId": omar["UserId"], "LicenseType": "Pro"}]
    )


def see_drift(story: Story) -> None:
    story.step("Drift shows what others have changed since the last apply, and what it means for people.")
    story.run("drift", code=2)
    found = {
        (change["address"], one["name"], one["cause"]) for change in story.plan()["changes"] for one in change["fields"]
    }
    drifted = {
        ("accounts.acme.meetings", "call_me", "changed there"),
        ('accounts.acme.users["omar@acme.example"]', "license", "changed there"),
    }
    story.check(found == drifted, "both edits are found, and nothing else")


def put_right(story: Story) -> None:
    story.step("Apply puts it right.")
    story.run("apply", "--yes", "--detailed-exitcode")
    settings = story.client.get_account_settings(AccountId=story.account_id)["AccountSettings"]
    licenses = {user["PrimaryEmail"]: user["LicenseType"] for user in _users(story)}
    story.check(settings["EnableDialOut"] is True, "meetings may call people's phones again")
    story.check(licenses[PEOPLE[1]] == "Basic", "omar@acme.example has a Basic licence again")


def second_plan(story: Story) -> None:
    story.step("The second plan is empty.", "Exit code 0 with --detailed-exitcode: nothing differs.")
    story.run("plan", "--detailed-exitcode")


def would_destroy(story: Story) -> None:
    story.step(
        "Destroy shows what it would do, and does not do it.",
        "What cannot be undone needs consent by name (--accept); without it, nothing happens at all.",
    )
    before = story.stage.control.get("calls")
    story.run("destroy", "--yes", code=4)
    after = story.stage.control.get("calls")
    written = [name for name in after if not name.startswith(("List", "Get")) and after[name] != before.get(name)]
    story.check(not written, "everything is still there")


CHAPTERS: tuple[Callable[[Story], None], ...] = (
    show_files,
    validate,
    plan,
    apply,
    people_act,
    apply_the_rest,
    somebody_edits,
    see_drift,
    put_right,
    second_plan,
    would_destroy,
)


def _users(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.client.list_users(AccountId=story.account_id)["Users"]
    return found
