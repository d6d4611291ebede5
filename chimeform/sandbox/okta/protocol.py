"""What one request to Okta's management API is and what it may be answered with: pages, errors, links.

The shapes are those of Okta's published OpenAPI description and its list of error codes. Where they leave open which
code belongs to a refusal, the function that refuses says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.paging import page

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Request:
    """A routed request; `org_url` is the organisation's address as the client wrote it, without a slash at its end."""

    labels: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    org_url: str

    def link(self, path: str) -> str:
        return f"{self.org_url}/api/v1/{path}"

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean of the query. OktaError for anything but true and false."""
        text = self.query.get(name, "true" if default else "false")
        if text not in ("true", "false"):
            raise invalid(name, f"{name}: must be true or false")
        return text == "true"


@dataclass(frozen=True, slots=True)
class Reply:
    """`after` is the cursor of the next page; None where there is none. A body of None is an empty answer."""

    body: Any = None
    status: int = 200
    after: str | None = None


Operation = Callable[[Context, Request], Reply]


class OktaError(Exception):
    """A refusal in Okta's form; `causes` are the sentences of `errorCauses`."""

    def __init__(self, status: int, code: str, summary: str, *causes: str) -> None:
        super().__init__(summary)
        self.status = status
        self.code = code
        self.summary = summary
        self.causes = causes

    def describe(self, error_id: str) -> dict[str, Any]:
        return {
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": error_id,
            "errorCauses": [{"errorSummary": cause} for cause in self.causes],
        }


def invalid(field: str, *causes: str) -> OktaError:
    """E0000001: a field, or the state of the object, does not allow the request."""
    return OktaError(400, "E0000001", f"Api validation failed: {field}", *causes)


def taken(field: str) -> OktaError:
    return invalid(field, f"{field}: An object with this field already exists in the current organization")


def not_found(identifier: str, kind: str) -> OktaError:
    return OktaError(404, "E0000007", f"Not found: Resource not found: {identifier} ({kind})")


def malformed() -> OktaError:
    return OktaError(400, "E0000003", "The request body was not well-formed.")


def forbidden() -> OktaError:
    return OktaError(403, "E0000006", "You do not have permission to perform the requested action")


def wrong_search() -> OktaError:
    return OktaError(400, "E0000031", "Invalid search criteria.")


def wrong_state() -> OktaError:
    return OktaError(403, "E0000107", "The entity is not in the expected state for the requested transition.")


def paginate(
    items: Sequence[Item], request: Request, key: Callable[[Item], str], *, default: int, most: int, least: int = 1
) -> tuple[Sequence[Item], str | None]:
    """The page that `limit` and `after` of the query ask for, and the cursor of the next one.

    A limit above the maximum counts as the maximum and one below the minimum as the minimum: what Okta does then is
    not published for every list. A cursor that was never handed out is E0000029.
    """
    params = {"MaxResults": read_limit(request, default=default, most=most, least=least)}
    try:
        return page(items, {**params, "NextToken": request.query.get("after")}, key=key)
    except ApiError as error:
        raise OktaError(400, "E0000029", "Invalid paging request.") from error


def read_limit(request: Request, *, default: int, most: int, least: int = 1) -> int:
    text = request.query.get("limit", "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise invalid("limit", "limit: must be a whole number of at least 1")
    return max(least, min(int(text), most))


def read_object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object, empty when it is absent. OktaError when it is something else."""
    value = given.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise malformed()
    return value


def read_text(given: Mapping[str, Any], name: str, *, longest: int, default: str = "") -> str:
    """A member that is a text; E0000001 for a longer one."""
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise malformed()
    if len(value) > longest:
        raise invalid(name, f"{name}: must not be longer than {longest} characters")
    return value


def read_texts(given: Mapping[str, Any], name: str) -> list[str]:
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise malformed()
    return value


def read_switch(given: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise malformed()
    return value


def blank(field: str) -> OktaError:
    return invalid(field, f"{field}: The field cannot be left blank")
