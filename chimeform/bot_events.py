"""What concerns the events of one bot: the token that its requests are checked with, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .address import Address
from .app import App
from .errors import UsageError
from .language.desired import Desired
from .services.bot_endpoint import Finding, check_https, check_lambda
from .services.secrets import SecretStores


def bot_token(app: App, address: Address) -> str:
    """The token from the store that the bot declares, for a check and for nothing else. Raises `ChimeformError`."""
    desired = app.load()
    kept = _values(desired, address).get("security_token")
    if not kept:
        raise UsageError(
            f"{address} declares no store for its token",
            why="Amazon Chime shows a token to whoever may read the bot, and chimeform shows it to nobody",
            do="declare security_token: {store: {secretsmanager: NAME}} and apply; or take the token from elsewhere",
            code="CF-DO-006",
        )
    return SecretStores(app.outside.services(desired), app.outside.process_env).read(kept["store"])


def check_endpoint(app: App, address: Address) -> list[Finding]:
    """What the service will try when the bot's events are set up. Raises `UsageError` for a bot without events."""
    desired = app.load()
    events = _values(desired, address).get("events")
    if not events:
        raise UsageError(
            f"{address} declares no events",
            why="without an endpoint a bot gets none, and cannot be added to a room",
            do="declare events: {https: …} or {lambda: …}",
            code="CF-BOT-016",
        )
    if "https" in events:
        return check_https(events["https"])
    return check_lambda(events["lambda"], app.outside.services(desired))


def _values(desired: Desired, address: Address) -> Mapping[str, Any]:
    spec = desired.spec(address)
    if spec is None or spec.kind != "bot":
        raise UsageError(
            f"{address} is not a declared bot",
            why="what is checked stands in its block",
            do="name a bot of the files, such as accounts.NAME.bots.NAME",
            code="CF-BOT-015",
        )
    return spec.values()
