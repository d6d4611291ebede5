"""Items of a batch that the service did not take, while the call as a whole succeeded."""

from __future__ import annotations

from ..errors import ServiceError, ServiceFault

_AGAIN = {"Throttled", "Throttling", "ServiceUnavailable"}
_WORDS = {"PhoneNumberAssociationsExist": "the number is still assigned", "Failed": "the service could not do it"}


def is_not_now(code: str) -> bool:
    """True for the codes that say "not now" and not "no" [botocore chime ErrorCode]."""
    return code in _AGAIN


def item_failure(operation: str, code: str, message: str) -> ServiceError:
    """What the service says of one item, as the failure of what that item was for."""
    again = "run the command again"
    do = f"{again} a little later" if is_not_now(code) else f"correct what it names, and {again}"
    return ServiceError(
        f"{operation}: {message or _WORDS.get(code, 'the service refused this item')} ({code})",
        operation=operation,
        fault=ServiceFault.THROTTLED if is_not_now(code) else ServiceFault.INVALID,
        service_code=code,
        do=f"{do}: everything else of the batch was done",
    )
