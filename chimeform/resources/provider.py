"""Who decides who may sign in to the account that something belongs to, as its kinds ask for it."""

from __future__ import annotations

from .enterprise import account_type
from .hooks import Scope


def by_okta(scope: Scope) -> bool:
    return scope.nearest("okta") is not None


def by_directory(scope: Scope) -> bool:
    return scope.nearest("directory") is not None


def is_connected(scope: Scope) -> bool:
    """The account's type shows it; `scope` may be that of anything in the account."""
    wanted = "EnterpriseOIDC" if by_okta(scope) else "EnterpriseDirectory"
    return account_type(scope) == wanted
