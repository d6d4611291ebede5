"""Why a directory could not be asked over LDAP, in words for the person who has to do something about it.

None of these texts holds a password: what ldap3 says about one is never passed on.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import ServiceError, ServiceFault


class Refusal(NamedTuple):
    fault: ServiceFault
    code: str
    summary: str
    why: str
    do: str

    def error(self, operation: str, **values: object) -> ServiceError:
        return ServiceError(
            f"{operation}: {self.summary.format(**values)}",
            operation=operation,
            fault=self.fault,
            why=self.why.format(**values),
            do=self.do,
            code=self.code,
        )


UNREACHABLE = Refusal(
    ServiceFault.UNREACHABLE,
    "CF-DIR-001",
    "the directory server {server} cannot be reached: {reason}",
    "no answer came, which says nothing about the group",
    "check 'ldap.server', the network and the firewall between here and the domain controller",
)
TIMEOUT = Refusal(
    ServiceFault.UNREACHABLE,
    "CF-DIR-002",
    "the directory server {server} does not answer within {timeout} s",
    "silence says nothing about the group",
    "run the command again, or allow more time with 'ldap.timeout'",
)
UNTRUSTED = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-003",
    "the certificate of the directory server {server} is not trusted: {reason}",
    "it is checked before any password is sent",
    "name the certificate of the authority that issued it in 'ldap.ca_file'",
)
WRONG_NAME = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-004",
    "the certificate of the directory server {server} is for another name: {reason}",
    "it is checked before any password is sent",
    "write a name in 'ldap.server' that the certificate holds",
)
NO_TLS = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-005",
    "the directory server {server} makes no encrypted connection: {reason}",
    "no password is sent without one",
    "use ldaps:// with its LDAPS port, or ldap:// with 'starttls: true', and give the server a certificate",
)
INSECURE = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-006",
    "'ldap.server' asks for a connection without encryption",
    "the password would cross the network in clear",
    "write ldaps:// in place of ldap://, or add 'starttls: true'",
)
UNUSABLE = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-007",
    "the 'ldap' block cannot be used: {problem}",
    "{reason}",
    "write it as the page of this code shows",
)
BIND_REFUSED = Refusal(
    ServiceFault.DENIED,
    "CF-DIR-008",
    "the directory server {server} refuses 'ldap.user': {reason}",
    "it is not tried again in this run, because each wrong try counts towards locking the account",
    "correct 'ldap.user' or the secret that 'ldap.password' names, or unlock the account",
)
NO_BASE = Refusal(
    ServiceFault.INVALID,
    "CF-DIR-009",
    "the directory server {server} has nothing at 'ldap.base', {base}",
    "it answered {reason}, which says nothing about the group",
    "write the distinguished name of the domain or of a part of it, such as DC=corp,DC=acme,DC=example",
)
SIZE_LIMIT = Refusal(
    ServiceFault.LIMIT,
    "CF-DIR-010",
    "the directory server {server} gives no more entries: {reason}",
    "the answer is larger than it allows",
    "narrow 'ldap.base', or raise the server's limit",
)
DENIED = Refusal(
    ServiceFault.DENIED,
    "CF-DIR-011",
    "the directory server {server} does not let 'ldap.user' read: {reason}",
    "what somebody may not see says nothing about the group",
    "let this account read users and groups below 'ldap.base'",
)
FAILED = Refusal(
    ServiceFault.SERVICE,
    "CF-DIR-012",
    "the directory server {server} could not find out: {reason}",
    "its failure says nothing about the group",
    "run the command again; if it stays, look at the domain controller",
)

# Result codes of RFC 4511, appendix A.1; a directory answers 10 (referral) for a base that another one holds.
_RESULTS = {3: TIMEOUT, 4: SIZE_LIMIT, 10: NO_BASE, 11: SIZE_LIMIT, 32: NO_BASE, 34: NO_BASE, 50: DENIED}
_BIND_RESULTS = frozenset({34, 48, 49, 50, 53})

# Active Directory refuses every bind with 49 and tells why in `data`, a Windows error code in hexadecimal.
_BIND_DATA = {
    "525": "there is no such user",
    "52e": "the password is wrong, or there is no such user",
    "530": "the account may not sign in at this time",
    "531": "the account may not sign in from here",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked",
}


def of_result(result: dict[str, Any], *, is_bind: bool = False) -> tuple[Refusal, str]:
    """The refusal that an LDAP result other than success stands for, and the server's reason."""
    number, description = int(result["result"]), str(result["description"])
    if is_bind and number in _BIND_RESULTS:
        data = str(result["message"]).partition(", data ")[2].partition(",")[0].strip().lower()
        return BIND_REFUSED, _BIND_DATA.get(data, f"it answered {description}")
    return _RESULTS.get(number, FAILED), description


def of_failure(failure: Exception, handshakes: Sequence[Exception]) -> tuple[Refusal, str]:
    """The refusal that a connection which did not come about, or broke, stands for.

    `handshakes` are the TLS handshakes that failed: what ldap3 raises after one has lost which error it was.
    """
    from ldap3.core.exceptions import LDAPSocketOpenError, LDAPStartTLSError

    if handshakes:
        return _of_handshake(handshakes[-1])
    if isinstance(failure, LDAPStartTLSError):
        return NO_TLS, "it does not offer StartTLS"
    if isinstance(failure, TimeoutError):
        return TIMEOUT, ""
    if isinstance(failure, ConnectionRefusedError):
        return UNREACHABLE, "nothing listens there"
    if not isinstance(failure, LDAPSocketOpenError):
        return UNREACHABLE, "the connection broke off"
    # a name with several addresses: each was tried, and the last one speaks for all
    tried = failure.args[1] if len(failure.args) > 1 else ()
    return of_failure(tried[-1][0], ()) if tried else (UNREACHABLE, "the name is not known, or no way leads there")


def _of_handshake(failure: Exception) -> tuple[Refusal, str]:
    if isinstance(failure, ssl.SSLCertVerificationError):
        is_other_name = failure.verify_message.startswith(("Hostname mismatch", "IP address mismatch"))
        return (WRONG_NAME if is_other_name else UNTRUSTED), failure.verify_message
    if isinstance(failure, TimeoutError):
        return TIMEOUT, ""
    return NO_TLS, "what answers there does not speak TLS, or breaks the connection off"
