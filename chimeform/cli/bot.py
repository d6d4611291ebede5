"""`chimeform bot`: whether a request comes from Amazon Chime, and whether a bot's endpoint answers rightly."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..bots import SIGNATURE, TIMESTAMP, NotFromAmazonChime, Reason, verify_https, verify_lambda
from ..errors import ChimeformError, UsageError
from .answers import answer
from .options import DURATION, Options, group, parse_address

if TYPE_CHECKING:
    from ..services.bot_endpoint import Finding

FORMATS = ("text", "json")
_CODES = {
    Reason.MISSING: "CF-BOT-010",
    Reason.MISMATCH: "CF-BOT-011",
    Reason.STALE: "CF-BOT-012",
    Reason.UNREADABLE: "CF-BOT-013",
}
_ADVICE = {
    Reason.MISSING: f"give --signature and --timestamp, the headers {SIGNATURE} and {TIMESTAMP}; or --client-context",
    Reason.MISMATCH: "compare with the body byte for byte as it came in, and with the token of now",
    Reason.STALE: "take a request of now; if it was one, look at the clock of this machine",
    Reason.UNREADABLE: f"give {TIMESTAMP} and the body as they came in",
}


@group("bot")
def bot() -> None:
    """Look after chatbots: check who sent a request, and where events go. Nothing here changes anything."""


# ---------------------------------------------------------------- verify


@bot.command("verify", formats=FORMATS)
@click.argument("address", metavar="[ADDR]", required=False)
@click.option("--body", metavar="FILE", required=True, help="The body of the request as it came in; '-' reads it.")
@click.option("--signature", metavar="TEXT", help=f"The header {SIGNATURE}.")
@click.option("--timestamp", metavar="TEXT", help=f"The header {TIMESTAMP}.")
@click.option("--client-context", metavar="BASE64", help="Of a Lambda invocation, in place of both headers.")
@click.option("--max-age", type=DURATION, help="Refuse a request that is older (90s, 5m).")
@click.option("--token-from-env", metavar="NAME", help="Take the token from this variable of the environment.")
@click.option("--token-from-stdin", is_flag=True, help="Read the token from standard input.")
def verify(
    options: Options,
    address: str | None,
    body: str,
    signature: str | None,
    timestamp: str | None,
    client_context: str | None,
    max_age: float | None,
    *,
    token_from_env: str | None,
    token_from_stdin: bool,
) -> None:
    """Check that Amazon Chime has signed a request to the bot at ADDR.

    The token comes from the store that the bot declares, from the environment, or from standard input; it is never an
    argument, which other users of the machine could read. The same check is a function: chimeform.bots.

    Exit code 0: Amazon Chime sent it; 1: it did not, or that cannot be told.
    """
    if body == "-" and token_from_stdin:
        raise UsageError(
            "standard input cannot be both the body and the token",
            do="write the body to a file, or keep the token in a variable: --token-from-env NAME",
            code="CF-BOT-014",
        )
    raw = sys.stdin.buffer.read() if body == "-" else _read_file(options.path(body))
    token = _token(options, address, token_from_env, token_from_stdin)
    age = None if max_age is None else timedelta(seconds=max_age)
    try:
        if client_context is not None:
            verify_lambda(raw, client_context, token, max_age=age)
        else:
            headers = {SIGNATURE: signature or "", TIMESTAMP: timestamp or ""}
            verify_https(headers, raw, token, max_age=age)
    except NotFromAmazonChime as error:
        raise ChimeformError(
            f"the request is not taken for one of Amazon Chime: {error}",
            why="whoever knows the address of a bot can send to it; only Amazon Chime and the bot know the token",
            do=_ADVICE[error.reason],
            code=_CODES[error.reason],
        ) from error
    answer(options, {"is_from_amazon_chime": True}, "Amazon Chime has sent this request.")


def _read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the body {file} cannot be read: {error.strerror or error}",
            do="name a file that holds the body as it came in",
            code="CF-USE-005",
        ) from error


def _token(options: Options, address: str | None, variable: str | None, from_stdin: bool) -> str:
    """Never shown, also not in an error."""
    sources = sum((address is not None, variable is not None, from_stdin))
    if sources != 1:
        raise UsageError(
            "the token comes from exactly one place",
            why=f"{sources} were named",
            do="name the bot whose store has it, or --token-from-env NAME, or --token-from-stdin",
            code="CF-BOT-014",
        )
    if address is not None:
        from ..bot_events import bot_token

        return bot_token(options.app(), parse_address(address))
    found = sys.stdin.readline().strip() if from_stdin else os.environ.get(str(variable), "")
    if not found:
        raise UsageError(
            "there is no token" if from_stdin else f"the variable {variable} is not set",
            do="put the bot's security token there",
            code="CF-BOT-014",
        )
    return found


# ---------------------------------------------------------------- check


@bot.command("check", formats=FORMATS)
@click.argument("address", metavar="ADDR")
def check(options: Options, address: str) -> int:
    """Try what Amazon Chime will try when the events of the bot at ADDR are set up, before it is told of them.

    An HTTPS endpoint gets the challenge, from this machine: that it can be reached from the internet too shows only
    later. A Lambda function is looked up, and its dry run is made. Amazon Chime is asked nothing.

    Exit code 0: it is as it should be; 1: something is wrong.
    """
    from ..bot_events import check_endpoint

    findings = check_endpoint(options.app(), parse_address(address))
    told = {"address": address, "is_good": all(one.is_good for one in findings), "findings": list(map(_told, findings))}
    lines = [line for one in findings for line in _lines(one)]
    answer(options, told, address, *lines)
    return 0 if told["is_good"] else 1


def _told(one: Finding) -> dict[str, Any]:
    return {"what": one.what, "is_good": one.is_good, "code": one.code, "why": one.why, "do": one.do}


def _lines(one: Finding) -> list[str]:
    if one.is_good:
        return [f"  good   {one.what}"]
    more = [f"         {word} {text}" for word, text in (("why:", one.why), ("do: ", one.do)) if text]
    return [f"  wrong  error[{one.code}]: {one.what}", *more]
