"""Everything that chimeform raises on purpose.

ChimeformError                      exit code 1 unless it says otherwise
├── InvalidWorkspace                the files are wrong; carries every diagnostic
├── UsageError                      the command line is wrong
├── ServiceError                    an AWS call failed; carries operation, class, request id
├── LedgerError                     the ledger cannot be used
│   ├── LedgerLocked                somebody else is applying
│   └── LedgerUnwritable            read-only, full disk
├── Refused                         exit code 4: a guard said no; carries the refusals
│   └── StalePlan                   the saved plan no longer fits the world or the files
└── Interrupted                     exit code 130: stopped on request, everything recorded
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .diagnostics import Diagnostic


class ChimeformError(Exception):
    """A failure that a user can understand: `summary` says what, `do` says what to do about it."""

    exit_code: ClassVar[int] = 1
    code: str = "CF-RUN-001"

    def __init__(self, summary: str, *, why: str = "", do: str = "", code: str | None = None) -> None:
        super().__init__(summary)
        self.summary = summary
        self.why = why
        self.do = do
        if code is not None:
            self.code = code


class InvalidWorkspace(ChimeformError):
    code = "CF-DOC-000"

    def __init__(
        self, diagnostics: Sequence[Diagnostic], *, sources: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        errors = sum(1 for item in diagnostics if item.severity == "error")
        super().__init__(f"the workspace has {errors} error{'s' if errors != 1 else ''}")
        self.diagnostics = tuple(diagnostics)
        self.sources: Mapping[str, Sequence[str]] = sources or {}
        """File → its lines, for snippets."""


class UsageError(ChimeformError):
    code = "CF-USE-001"


class ServiceFault(StrEnum):
    """What kind of failure it is, which decides whether it is retried, looked up or reported."""

    ABSENT = "absent"
    DENIED = "denied"
    THROTTLED = "throttled"
    CONFLICT = "conflict"
    LIMIT = "limit"
    INVALID = "invalid"
    UNKNOWN_OUTCOME = "unknown outcome"
    SERVICE = "service"
    UNREACHABLE = "unreachable"


class ServiceError(ChimeformError):
    """One failed call. Never holds request values, which may be secret.

    `retry_after` are the seconds after which the service will take such a call again, where it says so.
    """

    code = "CF-AWS-001"

    def __init__(
        self,
        summary: str,
        *,
        operation: str,
        fault: ServiceFault,
        service_code: str = "",
        request_id: str = "",
        reason: str = "",
        why: str = "",
        do: str = "",
        code: str | None = None,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(summary, why=why, do=do, code=code)
        self.operation = operation
        self.retry_after = retry_after
        self.fault = fault
        self.service_code = service_code
        self.request_id = request_id
        self.reason = reason
        """The service's own word for why, where it has one: `DATA_DISABLED`."""


class LedgerError(ChimeformError):
    code = "CF-LED-001"


class LedgerLocked(LedgerError):
    code = "CF-LED-002"


class LedgerUnwritable(LedgerError):
    code = "CF-LED-003"


class Refused(ChimeformError):
    exit_code = 4
    code = "CF-GRD-000"


class StalePlan(Refused):
    code = "CF-PLN-001"


class Interrupted(ChimeformError):
    exit_code = 130
    code = "CF-RUN-130"
