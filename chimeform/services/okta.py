"""The border to an Okta organisation: its management API over HTTPS, with an API token that comes from a store.

Requests carry the organisation's address and the place of its token, never the token. Pages are followed by their
links, and the limits that Okta tells in its headers are kept before they are exceeded [Okta: Core concepts; Rate
limits].
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from ..errors import ServiceError, ServiceFault
from .outcome import lost
from .secrets import SecretStores

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

ADDRESS_VARIABLE = "CHIMEFORM_OKTA_URL"
"""Where every organisation is reached in place of its own address, as `AWS_ENDPOINT_URL` says it for AWS."""

TOKEN_VARIABLE = "OKTA_API_TOKEN"  # noqa: S105 - the name of a variable
"""Where the token is when the files name no place for it."""

_LINK = re.compile(r'<([^>]*)>\s*;\s*rel="next"')
_TOKEN = re.compile(r"[\x20-\x7e]+")
"""What can stand in a header as it is."""

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_MINUTE = 60.0


class OktaClient:
    """One organisation. Safe to share between threads."""

    def __init__(
        self, url: str, token: Callable[[], str], *, token_place: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._token_place = token_place
        self._monotonic = monotonic
        self._pool: PoolManager | None = None
        self._making = threading.Lock()
        self._closed_until: dict[str, float] = {}

    def get(self, operation: str, *path: str, **query: Any) -> Any:
        return self.send(operation, "GET", path, query=query)

    def send(
        self, operation: str, method: str, path: tuple[str, ...], *, body: Any = None, query: Mapping[str, Any] = {}
    ) -> Any:
        """One request; its JSON, or None for an empty answer. Raises `ServiceError`."""
        return self._read(operation, self._request(operation, method, self._address(path, query), path[0], body))

    def pages(self, operation: str, *path: str, **query: Any) -> Iterator[Any]:
        """Every item of a listing."""
        address: str | None = self._address(path, query)
        while address:
            answer = self._request(operation, "GET", address, path[0], None)
            yield from self._read(operation, answer) or ()
            address = self._next(operation, answer)

    def page(self, operation: str, path: tuple[str, ...], query: Mapping[str, Any], token: str | None) -> Any:
        """One page of a listing and the token of the next one."""
        answer = self._request(operation, "GET", token or self._address(path, query), path[0], None)
        return self._read(operation, answer) or [], self._next(operation, answer)

    # -- one request

    def _address(self, path: tuple[str, ...], query: Mapping[str, Any]) -> str:
        wanted = {name: value for name, value in query.items() if value is not None}
        steps = "/".join(quote(part, safe="") for part in path)
        return f"{self._url}/api/v1/{steps}{f'?{urlencode(wanted)}' if wanted else ''}"

    def _next(self, operation: str, answer: BaseHTTPResponse) -> str | None:
        """The address of the next page. The token never follows a link that leads somewhere else: `ServiceError`."""
        found = _LINK.search(", ".join(answer.headers.getlist("link")))
        if found is None:
            return None
        if _origin(found[1]) != _origin(self._url):
            raise self._leads_away(operation)
        return found[1]

    def _request(self, operation: str, method: str, address: str, family: str, body: Any) -> BaseHTTPResponse:
        import urllib3.exceptions as failures

        self._check_open(operation, family)
        headers = {
            "Accept": "application/json",
            "Authorization": f"SSWS {self._read_token(operation)}",
            "User-Agent": "chimeform",
        }
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        try:
            answer = self._connections().request(
                method, address, body=data, headers=headers, retries=False, redirect=False
            )
        except (failures.NewConnectionError, failures.ConnectTimeoutError, failures.SSLError) as error:
            raise self._unreachable(operation, type(error).__name__) from error
        except (failures.HTTPError, OSError) as error:
            raise lost(operation, type(error).__name__, code="CF-OKT-006") from error
        self._note_limit(family, answer)
        return answer

    def _read_token(self, operation: str) -> str:
        token = self._token()
        if not _TOKEN.fullmatch(token):
            # what sends headers would repeat the whole of it in its refusal
            raise self._unsendable_token(operation)
        return token

    def _connections(self) -> PoolManager:
        import urllib3

        with self._making:
            if self._pool is None:
                timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
                self._pool = urllib3.PoolManager(maxsize=16, timeout=timeout)
            return self._pool

    # -- limits

    def _check_open(self, operation: str, family: str) -> None:
        """Refuse what would exceed a limit that Okta has told; nothing is sent."""
        left = self._closed_until.get(family, 0.0) - self._monotonic()
        if left > 0:
            raise self._throttled(operation, left)

    def _note_limit(self, family: str, answer: BaseHTTPResponse) -> None:
        remaining, reset = (answer.headers.get(f"x-rate-limit-{name}") for name in ("remaining", "reset"))
        if remaining == "0" or answer.status == 429:
            self._closed_until[family] = self._monotonic() + _seconds_until(reset, answer.headers.get("date"))

    # -- what came back

    def _read(self, operation: str, answer: BaseHTTPResponse) -> Any:
        if answer.status == 429:
            raise self._throttled(operation, self._closed_until_reset(answer))
        try:
            body = json.loads(answer.data) if answer.data else None
        except ValueError as error:
            raise self._strange(operation, answer.status) from error
        if 200 <= answer.status < 300:
            return body
        if not isinstance(body, dict) or "errorCode" not in body:
            raise self._strange(operation, answer.status)
        raise self._refused(operation, answer, body)

    def _closed_until_reset(self, answer: BaseHTTPResponse) -> float:
        return _seconds_until(answer.headers.get("x-rate-limit-reset"), answer.headers.get("date"))

    def _refused(self, operation: str, answer: BaseHTTPResponse, body: Mapping[str, Any]) -> ServiceError:
        causes = "; ".join(str(cause.get("errorSummary", "")) for cause in body.get("errorCauses") or ())
        fault, code, do = _refusal(answer.status, self._token_place)
        if answer.status == 401:
            summary = f"{operation}: Okta does not accept the API token"
        else:
            summary = f"{operation}: {body.get('errorSummary', 'no reason given')} ({body['errorCode']})"
        return ServiceError(
            summary,
            operation=operation,
            fault=fault,
            service_code=str(body["errorCode"]),
            request_id=str(answer.headers.get("x-okta-request-id") or body.get("errorId", "")),
            why=_TOKEN_WHY if answer.status == 401 else causes,
            do=do,
            code=code,
        )

    def _throttled(self, operation: str, seconds: float) -> ServiceError:
        return ServiceError(
            f"{operation}: Okta's rate limit is used up for {seconds:.0f} s",
            operation=operation,
            fault=ServiceFault.THROTTLED,
            why="the organisation's limit counts the requests of everybody who uses its API [Okta: Rate limits]",
            do="wait a minute and run the command again, or look at Reports, Rate limits in the Okta Admin Console",
            code="CF-OKT-003",
            retry_after=seconds,
        )

    def _strange(self, operation: str, status: int) -> ServiceError:
        return ServiceError(
            f"{operation}: {self._url} does not answer like Okta (HTTP status {status})",
            operation=operation,
            fault=ServiceFault.SERVICE if status >= 500 else ServiceFault.INVALID,
            why="an answer of Okta is JSON, and an error has a code",
            do="correct 'identity.okta.org_url': it is the organisation's address, such as https://acme.okta.com",
            code="CF-OKT-004",
        )

    def _leads_away(self, operation: str) -> ServiceError:
        return ServiceError(
            f"{operation}: a listing of {self._url} goes on at another address",
            operation=operation,
            fault=ServiceFault.INVALID,
            why="the token is sent to 'identity.okta.org_url' only, and the first page alone is not the whole list",
            do="correct 'identity.okta.org_url': it is the organisation's own address, without a proxy before it",
            code="CF-OKT-010",
        )

    def _unsendable_token(self, operation: str) -> ServiceError:
        return ServiceError(
            f"{operation}: the API token has characters that no token of Okta has",
            operation=operation,
            fault=ServiceFault.INVALID,
            why="often it was stored with a line break at its end, or the place holds something else",
            do=f"put the token, and nothing else, into {self._token_place}",
            code="CF-OKT-009",
        )

    def _unreachable(self, operation: str, how: str) -> ServiceError:
        return ServiceError(
            f"{operation}: {self._url} cannot be reached ({how})",
            operation=operation,
            fault=ServiceFault.UNREACHABLE,
            why="no connection was made, so nothing happened",
            do="check the network, the proxy and 'identity.okta.org_url', and run the command again",
            code="CF-OKT-005",
        )


_TOKEN_WHY = "it has expired, as tokens do that are not used for 30 days, or it was revoked, or it is another one's"  # noqa: S105


def _refusal(status: int, token_place: str) -> tuple[ServiceFault, str, str]:
    """The class of a refusal, its code and what to do."""
    if status == 401:
        make = "make a new one in the Okta Admin Console under Security, API, Tokens"
        return ServiceFault.DENIED, "CF-OKT-001", f"{make}, and put it into {token_place}"
    if status == 403:
        return ServiceFault.DENIED, "CF-OKT-002", "use the token of an administrator who may do this"
    if status == 404:
        return ServiceFault.ABSENT, "CF-OKT-006", "run 'chimeform plan': somebody may have removed it"
    if status == 409:
        return ServiceFault.CONFLICT, "CF-OKT-006", "run 'chimeform plan': somebody may have done it meanwhile"
    if status >= 500:
        return ServiceFault.SERVICE, "CF-OKT-006", "run the command again; if it stays, look at https://status.okta.com"
    return ServiceFault.INVALID, "CF-OKT-006", "look at the values in the files"


def _origin(address: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port, of which letter case and the usual port say nothing. None for what is no address."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


def _seconds_until(reset: str | None, date: str | None) -> float:
    """How long until a limit is lifted, by Okta's own clock; a minute where it does not say."""
    if not reset or not reset.isdigit():
        return _MINUTE
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    return max(1.0, float(reset) - now.timestamp())


class OktaServices:
    """Organisations by their address, each with its token; `operations` gives what can be asked of them."""

    def __init__(
        self,
        secrets: SecretStores,
        process_env: Mapping[str, str],
        *,
        operations: Mapping[str, Callable[[OktaClient, SecretStores, Mapping[str, Any]], Mapping[str, Any]]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = secrets
        self._env = process_env
        self._operations = operations
        self._monotonic = monotonic
        self._clients: dict[str, OktaClient] = {}
        self._making = threading.Lock()

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One operation on the organisation that `request["Org"]` names. Raises `ServiceError`."""
        run = self._operations.get(operation)
        if run is None:
            raise ValueError(f"{service} has no operation {operation}")
        return run(self._client(request["Org"]), self._secrets, request)

    def time(self) -> datetime:
        return datetime.now(UTC)

    def _client(self, org: Mapping[str, Any]) -> OktaClient:
        place = org.get("token") or {"env": TOKEN_VARIABLE}
        key = json.dumps([org["org_url"], place], sort_keys=True)
        with self._making:
            if key not in self._clients:
                self._clients[key] = OktaClient(
                    self._env.get(ADDRESS_VARIABLE) or org["org_url"],
                    _once(lambda: self._secrets.read(place)),
                    token_place=" ".join(str(part) for pair in place.items() for part in pair),
                    monotonic=self._monotonic,
                )
            return self._clients[key]


def _once(read: Callable[[], str]) -> Callable[[], str]:
    """A secret is read when it is needed first, and not again."""
    found: list[str] = []
    reading = threading.Lock()

    def give() -> str:
        with reading:
            if not found:
                found.append(read())
            return found[0]

    return give
