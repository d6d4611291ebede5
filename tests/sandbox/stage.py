"""The sandbox as the rule tests speak of it: unmodified botocore for the API, the control surface for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_process import ControlError, SandboxProcess

DAY = 86_400


class Stage:
    """One sandbox with short words for what most tests need first. `api` is boto3's chime client."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.api = _make_client(sandbox)

    def team(self, name: str = "Acme") -> str:
        account_id: str = self.api.create_account(Name=name)["Account"]["AccountId"]
        return account_id

    def enterprise(self, *domains: str) -> str:
        """An EnterpriseLWA account with claimed domains, `acme.example` by default."""
        account_id = self.team()
        for domain in domains or ("acme.example",):
            self.claim(account_id, domain)
        return account_id

    def directory(self, domain: str = "acme.example") -> str:
        account_id = self.enterprise(domain)
        self.sandbox.post(f"console/accounts/{account_id}/directory", {"directory_id": "d-1234567890"})
        return account_id

    def okta(self, domain: str = "acme.example") -> str:
        account_id = self.enterprise(domain)
        body = {"issuer": "https://acme.okta.example", "client_id": "0oa1"}
        self.sandbox.post(f"console/accounts/{account_id}/okta", body)
        return account_id

    def account_of_type(self, kind: str) -> str:
        make: dict[str, Callable[[], str]] = {
            "Team": self.team,
            "EnterpriseLWA": self.enterprise,
            "EnterpriseDirectory": self.directory,
            "EnterpriseOIDC": self.okta,
        }
        return make[kind]()

    def claim(self, account_id: str, domain: str, *, verified: bool = True) -> Any:
        body = {"domain": domain, "verified": verified}
        return self.sandbox.post(f"console/accounts/{account_id}/domains", body)

    def release(self, account_id: str, domain: str) -> Any:
        return self.sandbox.delete(f"console/accounts/{account_id}/domains/{domain}")

    def map_group(self, account_id: str, name: str, license_type: str) -> Any:
        return self.sandbox.post(f"console/accounts/{account_id}/groups", {"name": name, "license": license_type})

    def invite(self, account_id: str, *emails: str) -> list[dict[str, Any]]:
        answer = self.api.invite_users(AccountId=account_id, UserEmailList=list(emails))
        invites: list[dict[str, Any]] = answer["Invites"]
        return invites

    def accept(self, email: str) -> dict[str, Any]:
        user: dict[str, Any] = self.sandbox.post("people/accept", {"email": email})["User"]
        return user

    def register(self, email: str, **more: Any) -> dict[str, Any] | None:
        user: dict[str, Any] | None = self.sandbox.post("people/register", {"email": email, **more})["User"]
        return user

    def member(self, account_id: str, email: str = "jane@acme.example") -> str:
        """A registered user of the account, by whichever way its type has; the user's identifier."""
        if self.api.get_account(AccountId=account_id)["Account"]["AccountType"] == "Team":
            self.invite(account_id, email)
            return str(self.accept(email)["UserId"])
        user = self.register(email)
        assert user is not None
        return str(user["UserId"])

    def user(self, account_id: str, user_id: str) -> dict[str, Any]:
        user: dict[str, Any] = self.api.get_user(AccountId=account_id, UserId=user_id)["User"]
        return user

    def emails(self, account_id: str) -> list[str]:
        return [user["PrimaryEmail"] for user in self.api.list_users(AccountId=account_id)["Users"]]

    def buy(self, *numbers: str, product: str = "BusinessCalling") -> str:
        """Order numbers and let the order finish; the order's identifier."""
        order = self.api.create_phone_number_order(ProductType=product, E164PhoneNumbers=list(numbers))
        self.sandbox.advance(10)
        return str(order["PhoneNumberOrder"]["PhoneNumberOrderId"])

    def number(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get_phone_number(PhoneNumberId=number)["PhoneNumber"]
        return found


def refusal(call: Callable[..., Any], **params: Any) -> str:
    """The error shape with which the API refuses the call."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    shape: str = caught.value.response["Error"]["Code"]
    return shape


def control_refusal(call: Callable[..., Any], *args: Any, **more: Any) -> str:
    """The short code with which the control surface refuses."""
    with pytest.raises(ControlError) as caught:
        call(*args, **more)
    return caught.value.code


@cache
def _make_client(sandbox: SandboxProcess) -> Any:
    # Making a client reads the whole service model: one for all tests of a sandbox.
    return sandbox.client()
