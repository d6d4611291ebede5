"""The world around the engine: what people, the console and other programs do, through real requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from tests.sandbox_process import SandboxProcess


class Stage:
    """One sandbox as everybody but the engine sees it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox

    @cached_property
    def chime(self) -> Any:
        return self.sandbox.client()

    def settings(self, **settings: Any) -> None:
        self.sandbox.post("settings", settings)

    # -- what somebody does

    def bucket(self, name: str = "acme-cdr") -> None:
        """A bucket of this AWS account, in which nothing is and which nobody else may use."""
        self.sandbox.client("s3").create_bucket(Bucket=name)

    def enterprise(self, name: str, domain: str, people: Iterable[str] = ()) -> str:
        """An Enterprise account with a claimed domain and registered people; its id."""
        account_id: str = self.chime.create_account(Name=name)["Account"]["AccountId"]
        self.claim(account_id, domain)
        for email in people:
            self.sandbox.post("people/register", {"email": email})
        return account_id

    def corp(self) -> str:
        """The Enterprise account and the bucket that `workspaces.company` expects."""
        self.bucket()
        return self.enterprise("Corp", "corp.example", [f"user{place}@corp.example" for place in range(3)])

    def claim(self, account_id: str, domain: str) -> None:
        self.sandbox.post(f"console/accounts/{account_id}/domains", {"domain": domain, "verified": True})

    def accept(self, *emails: str) -> None:
        for email in emails:
            self.sandbox.post("people/accept", {"email": email})

    # -- what there is

    def accounts(self) -> list[dict[str, Any]]:
        return self._all("list_accounts", "Accounts")

    def account_id(self, name: str) -> str:
        (found,) = [one["AccountId"] for one in self.accounts() if one["Name"] == name]
        return str(found)

    def users(self, account: str) -> dict[str, dict[str, Any]]:
        listed = self._all("list_users", "Users", AccountId=self.account_id(account))
        assert len({one["PrimaryEmail"] for one in listed}) == len(listed)
        return {one["PrimaryEmail"]: one for one in listed}

    def bots(self, account: str) -> list[dict[str, Any]]:
        return self._all("list_bots", "Bots", AccountId=self.account_id(account))

    def bot_names(self, account: str) -> list[str]:
        return sorted(one["DisplayName"].removesuffix(" (Bot)") for one in self.bots(account))

    def numbers(self) -> dict[str, dict[str, Any]]:
        return {one["E164PhoneNumber"]: one for one in self._all("list_phone_numbers", "PhoneNumbers")}

    def times_ordered(self) -> Counter[str]:
        """How often each number was ordered."""
        orders = self._all("list_phone_number_orders", "PhoneNumberOrders")
        return Counter(item["E164PhoneNumber"] for order in orders for item in order["OrderedPhoneNumbers"])

    def _all(self, method: str, items: str, **arguments: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = getattr(self.chime, method)(**arguments, **token)
            found += page[items]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}
