"""Who decides who may sign in to the account that something belongs to, as files say it and as kinds ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..live import Observed
from .by_hand import CONSOLE
from .enterprise import account_type
from .hooks import Scope, Sight
from .secret_store import SecretSource

CONNECTING = (
    "see that the account is an Enterprise account, and that every e-mail domain of its people is claimed",
    f"open {CONSOLE} and choose Accounts, then {{account}}, then Identity, Active directory",
    "under Cloud directory ID choose {directory_id}, and choose Connect",
)
"""How a directory is connected [guide: Connecting to your Active Directory in Amazon Chime]."""

_MOST_NAMES = 5


class Okta(BaseModel):
    """The Okta organisation, and how chimeform speaks to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    org_url: Annotated[
        str,
        Field(
            pattern=r"^https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
            description="The organisation's address, such as https://acme.okta.com.",
        ),
    ]
    issuer: Annotated[
        str | None,
        Field(
            pattern=r"^https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
            description="The issuer URI of the incoming keys, an Okta domain. Not written: the organisation's address.",
        ),
    ] = None
    token: Annotated[
        SecretSource | None,
        Field(description="Where the API token is. Not written: in the variable OKTA_API_TOKEN."),
    ] = None


class Ldap(BaseModel):
    """How groups are looked up in the directory itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    server: Annotated[
        str,
        Field(
            pattern=r"^ldaps?://[^\s/]+$", description="The server: ldaps://dc1.corp.example, or ldap:// with StartTLS."
        ),
    ]
    base: Annotated[str, Field(min_length=1, description="Where groups and people are: DC=corp,DC=example.")]
    user: Annotated[str, Field(min_length=1, description="Who looks: a name, an address, or a distinguished name.")]
    password: Annotated[SecretSource, Field(description="Where the password is.")]
    starttls: Annotated[bool, Field(description="Encrypt a connection that begins as ldap://.")] = False
    ca_file: Annotated[
        str | None, Field(description="A PEM file with the authorities to trust in place of the system's.")
    ] = None
    timeout: Annotated[float, Field(gt=0, le=120, strict=False, description="Seconds to wait for an answer.")] = 10.0


class Directory(BaseModel):
    """The directory that the account is connected to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[
        str,
        Field(
            pattern=r"^d-[0-9a-f]{10}$", description="The Cloud directory ID of AWS Directory Service, in us-east-1."
        ),
    ]
    ldap: Annotated[
        Ldap | None,
        Field(description="Look groups up by LDAP. Not written: by Directory Service Data of a Managed Microsoft AD."),
    ] = None


def by_okta(scope: Scope) -> bool:
    return scope.nearest("okta") is not None


def by_directory(scope: Scope) -> bool:
    return scope.nearest("directory") is not None


def is_connected(scope: Scope) -> bool:
    """The account's type shows it; `scope` may be that of anything in the account."""
    wanted = "EnterpriseOIDC" if by_okta(scope) else "EnterpriseDirectory"
    return account_type(scope) == wanted


def strangers(seen: Observed, sight: Sight) -> str:
    """Addresses of the group's people whose domains no file declares, where any are declared."""
    account = Address(sight.address.parts[:2])
    claimed = {domain.name.casefold() for domain, _ in sight.declared.of_kind("domain", within=account)}
    if not claimed:
        return ""
    found = []
    for member in seen.facts.get("members", ()):
        addresses = [one for one in (member.get("Email"), *member.get("ProxyAddresses", ())) if one]
        found += [f"{member['Key']} ({one})" for one in addresses if one.rpartition("@")[2].casefold() not in claimed]
    return names(found)


def names(people: Iterable[str]) -> str:
    """People by name, as far as a line can hold."""
    listed = sorted(people)
    rest = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return f"{', '.join(listed[:_MOST_NAMES])}{rest}"
