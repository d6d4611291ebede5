"""An example as a workspace in a folder of its own, and the people around it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chimeform.address import Address
from tests.cli.program import Program, Ran
from tests.sandbox_process import SandboxProcess

EXAMPLES = Path(__file__).parents[2] / "examples"


def make_buckets(sandbox: SandboxProcess) -> None:
    """Those that the examples deliver call detail records into; Amazon Chime makes none."""
    for bucket in ("acme-chime-calls", "acme-lab-chime-calls"):
        sandbox.client("s3").create_bucket(Bucket=bucket)


@dataclass(frozen=True)
class Company:
    """`domains`: account name → the domain that an administrator claims for it."""

    sandbox: SandboxProcess
    program: Program
    options: Sequence[str]
    domains: dict[str, str]

    @classmethod
    def of_example(
        cls, name: str, environment: str | None, domains: dict[str, str], sandbox: SandboxProcess, root: Path
    ) -> Company:
        shutil.copytree(EXAMPLES / name, root)
        make_buckets(sandbox)
        # what an example spares the real service, it need not spare the sandbox
        file = root / "chimeform.yaml"
        file.write_text(re.sub(r"requests_per_second: \d+", "requests_per_second: 1000", file.read_text()))
        options = ["--env", environment] if environment else []
        return cls(sandbox, Program(root, sandbox.env()), options, domains)

    def run(self, *arguments: str, code: int = 0) -> Ran:
        ran = self.program(*arguments, *self.options)
        assert ran.code == code, ran.all
        return ran

    def plan(self) -> Any:
        return self.run("plan", "--format", "json").json()

    def apply(self) -> None:
        """Apply, and see that a second plan has nothing to do."""
        self.run("apply", "--yes")
        self.run("plan", "--detailed-exitcode")

    def account_ids(self) -> dict[str, str]:
        listed = self.sandbox.client().list_accounts()["Accounts"]
        return {account["Name"]: account["AccountId"] for account in listed}

    def users(self, account: str) -> dict[str, Any]:
        """E-mail address → user."""
        pages = self.sandbox.client().get_paginator("list_users").paginate(AccountId=self.account_ids()[account])
        return {user["PrimaryEmail"]: user for page in pages for user in page["Users"]}

    def people_act(self) -> None:
        """Everybody who is invited accepts, the domains are claimed, and support does what it is asked for."""
        for name, account in self.account_ids().items():
            for email, user in self.users(name).items():
                if user.get("UserInvitationStatus") == "Pending":
                    self.sandbox.post("people/accept", {"email": email})
            if domain := self.domains.get(name):
                self.sandbox.post(f"console/accounts/{account}/domains", {"domain": domain, "verified": True})
        self.support_acts()

    def support_acts(self) -> None:
        """Numbers abroad are provisioned, and what is to be ported comes in."""
        for gate in self.plan()["gates"]:
            addresses = [Address.parse(one) for one in gate["holds"]]
            numbers = [one.name for one in addresses if one.parts[0] == "phone_numbers"]
            if gate["name"] == "requested":
                self.sandbox.post("carrier/numbers", {"numbers": numbers})
            elif gate["name"] == "case":
                order = self.sandbox.post("carrier/orders", {"numbers": numbers})["PhoneNumberOrder"]
                self.sandbox.post(f"carrier/orders/{order['PhoneNumberOrderId']}", {"status": "Successful"})

    def release_domains(self) -> None:
        for name, domain in self.domains.items():
            self.sandbox.delete(f"console/accounts/{self.account_ids()[name]}/domains/{domain}")

    def writes(self) -> dict[str, int]:
        """API calls since the last reset of the sandbox that change something, by operation."""
        return {
            name: count
            for name, count in self.sandbox.calls().items()
            if not name.startswith(("List", "Get", "Search"))
        }
