"""What several kinds share: they exist only in Enterprise accounts, and no API makes an account one."""

from __future__ import annotations

from collections.abc import Iterable

from ..address import Address
from ..live import Observed
from .base import Broken, Declared, GateRule, Scope


def account_type(scope: Scope) -> str | None:
    """The type of the account that everything here belongs to; None where there is no account yet."""
    return scope.outermost.facts.get("type", "Team") if scope.outermost else None


def is_enterprise(scope: Scope) -> bool:
    """False also for an account that is about to be created: new accounts are Team accounts."""
    return account_type(scope) not in (None, "Team")


def is_team(scope: Scope) -> bool:
    return not is_enterprise(scope)


def has_directory(scope: Scope) -> bool:
    """True where Active Directory or Okta decides who the users are and which licence they have."""
    return account_type(scope) in ("EnterpriseDirectory", "EnterpriseOIDC")


def _closed(observed: Observed | None, scope: Scope) -> bool:
    return is_team(scope)


ENTERPRISE_GATE = GateRule(
    name="enterprise",
    who="operator",
    title="the account becomes an Enterprise account",
    closed=_closed,
    holds=("*",),
    at_parent=True,
    steps=(
        "declare the domain of the account's people under 'domains' in its block, and apply",
        "follow the steps of that domain, which 'chimeform pending' lists: claim it, publish its TXT record, wait",
    ),
    source="guide: Converting a Team account to an Enterprise account",
    overdue_after_days=2,
)


def needs_enterprise(code: str, what: str, address: Address, declared: Declared) -> Iterable[Broken]:
    """The rule for a file that expects a Team account and declares what a Team account cannot have."""
    account = Address(address.parts[:2])
    spec = declared.spec(account)
    if spec is not None and getattr(spec, "type", None) == "team":
        yield Broken(
            code,
            f"{address}: a Team account has no {what}",
            why="it exists only in Enterprise accounts, which are made by claiming a domain",
            do=f"remove it, or write 'type: enterprise' in {account} and claim a domain in the console",
            other=account,
        )
