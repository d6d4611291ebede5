"""`chimeform sandbox`: a local Amazon Chime, and what people do to it outside the API."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from ..errors import ChimeformError
from ..report.json_text import to_json
from .answers import answer
from .options import Group, Options, group
from .sandbox_control import DEFAULT_HOST, DEFAULT_PORT, Control, find_url, read_seconds

FAULTS = ("throttle", "error", "latency", "drop_response", "partial", "stale")
SEEDS = (
    *("accounts", "users", "bots", "rooms", "phone_numbers"),
    *("voice_connectors", "voice_profile_domains", "voice_phone_numbers"),
)
JSON_TOO = ("text", "json")
_PARTS = ("flask", "flask_cors", "moto", "starlette", "uvicorn")


@group("sandbox")
def sandbox() -> None:
    """Run a local Amazon Chime: a server with the real wire protocol and the service's own rules.

    'serve' starts it, and 'env' prints what makes every AWS client talk to it. All other commands look for it at --url,
    at AWS_ENDPOINT_URL, or where 'serve' listens by default.
    """


def _control(_ctx: click.Context, _param: click.Parameter, given: str | None) -> Control:
    return Control(find_url(given, os.environ))


at_url = click.option(
    "--url",
    "control",
    callback=_control,
    metavar="URL",
    help=f"The sandbox [AWS_ENDPOINT_URL, or http://{DEFAULT_HOST}:{DEFAULT_PORT}].",
)
file_path = click.Path(dir_okay=False, path_type=Path)


# ---------------------------------------------------------------- the server


@sandbox.command("serve", formats=("text",))
@click.option("--host", default=DEFAULT_HOST, help=f"Address to listen on [{DEFAULT_HOST}].")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    metavar="N",
    help=f"Port to listen on; 0 takes a free one [{DEFAULT_PORT}].",
)
@click.option("--port-file", type=file_path, metavar="FILE", help="Write the port to FILE as soon as it answers.")
@click.option(
    "--data-file",
    type=file_path,
    metavar="FILE",
    help="Keep the world in this SQLite file; otherwise it ends with the server.",
)
@click.option("--account-id", metavar="ID", help="The AWS account to play [111122223333].")
@click.option("--seed", type=int, metavar="N", help="Make identifiers and faults the same each time.")
@click.option("--order-seconds", type=click.FloatRange(0), metavar="S", help="How long a number order takes [10].")
@click.option(
    "--calling-name-seconds", type=click.FloatRange(0), metavar="S", help="How long a calling name takes [3600]."
)
def serve(
    options: Options,
    host: str,
    port: int,
    port_file: Path | None,
    data_file: Path | None,
    account_id: str | None,
    seed: int | None,
    **durations: float | None,
) -> None:
    """Serve a local Amazon Chime until Ctrl-C."""
    require_extra()
    from chimeform.sandbox import serve as server

    def announce(address: str) -> None:
        if port_file is not None:
            from .screen import write_whole

            write_whole(options.path(port_file), address.rpartition(":")[2])
        sys.stdout.write(f"Amazon Chime answers at {address}, and its console at {address}/console.\n")
        sys.stdout.write(f'To use it in another shell:  eval "$(chimeform sandbox env --url {address})"\n')
        sys.stdout.flush()

    try:
        server.run(
            ready=announce,
            host=host,
            port=port,
            data_file=options.path(data_file) if data_file else None,
            account_id=account_id,
            seed=seed,
            settings={name: value for name, value in durations.items() if value is not None},
        )
    except server.CannotServe as error:
        raise ChimeformError(f"the sandbox cannot start: {error}", code="CF-SBX-006") from error


def require_extra() -> None:
    """Say what to install where the sandbox's own requirements are missing (docs/decisions/0002)."""
    from importlib.util import find_spec

    missing = [name for name in _PARTS if find_spec(name) is None]
    if missing:
        raise ChimeformError(
            "the sandbox is not installed",
            why=f"it needs {', '.join(missing)}, which an installation that only plans and applies does without",
            do="pip install 'chimeform[sandbox]'",
            code="CF-SBX-005",
        )


@sandbox.command("env", formats=("text", "shell", "powershell", "dotenv", "json"))
@at_url
def env(options: Options, control: Control) -> None:
    """Print the variables that make every AWS client use the sandbox, and chimeform its Okta.

    In a shell: eval "$(chimeform sandbox env)". It asks nothing of the sandbox, so it works before the start too.
    """
    variables = environment(control.url)
    line = {"powershell": "$Env:{0} = '{1}'", "dotenv": "{0}={1}"}.get(options.format, "export {0}={2}")
    lines = [line.format(name, value, shlex.quote(value)) for name, value in variables.items()]
    answer(options, variables, *lines)


def environment(url: str) -> dict[str, str]:
    """What clients need for a sandbox: addresses, credentials that mean nothing, and the region."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": f"{url}/chime-sdk-voice",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHIMEFORM_OKTA_URL": f"{url}/okta",
        "OKTA_API_TOKEN": "sandbox",
    }


# ---------------------------------------------------------------- the world


@sandbox.command("seed", formats=JSON_TOO)
@at_url
@click.option("--accounts", type=click.IntRange(0), metavar="N", help="Enterprise accounts with a claimed domain each.")
@click.option("--users", type=click.IntRange(0), metavar="N", help="Registered people, spread over all accounts.")
@click.option("--bots", type=click.IntRange(0), metavar="N", help="Bots; an account has at most ten.")
@click.option("--rooms", type=click.IntRange(0), metavar="N", help="Rooms.")
@click.option("--phone-numbers", type=click.IntRange(0), metavar="N", help="Business Calling numbers.")
@click.option("--voice-connectors", type=click.IntRange(0), metavar="N", help="Voice Connectors in us-east-1.")
@click.option(
    "--voice-profile-domains", type=click.IntRange(0), metavar="N", help="Voice profile domains in us-east-1."
)
@click.option("--voice-phone-numbers", type=click.IntRange(0), metavar="N", help="Numbers for Voice Connectors.")
def seed(options: Options, control: Control, **wanted: int | None) -> None:
    """Fill the sandbox fast; without options with one account of a hundred people."""
    counts = {name: wanted[name] for name in SEEDS if wanted[name]} or {"accounts": 1, "users": 100}
    made = control.post("seed", counts)
    answer(options, made, "Added " + ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in made.items()))


@sandbox.command("reset", formats=("text",))
@at_url
@click.option("--seed", type=int, metavar="N", help="Start the dice anew too, so that identifiers come the same.")
def reset(options: Options, control: Control, seed: int | None) -> None:
    """Forget everything: the world, the counted calls, the faults, the clock."""
    answer(options, control.post("reset", None if seed is None else {"seed": seed}), "The sandbox is empty.")


@sandbox.command("accounts", formats=JSON_TOO)
@at_url
def accounts(options: Options, control: Control) -> None:
    """List the accounts with what the console shows of them."""
    found = control.get("accounts")
    lines = [_account_line(one) for one in found["Accounts"]]
    answer(options, found, *(lines or ["There are no accounts."]))


def _account_line(account: dict[str, Any]) -> str:
    domains = "".join(f", {one['Domain']} {one['Status'].lower()}" for one in account["Domains"])
    return (
        f"{account['AccountId']}  {account['AccountType']:<19}  {account['Name']}: "
        f"{sum(account['Users'].values())} users, {account['Bots']} bots, {account['Rooms']} rooms{domains}"
    )


@sandbox.command("calls", formats=JSON_TOO)
@at_url
@click.option("--log", is_flag=True, help="List every call in order, as JSON, instead of counting them.")
def calls(options: Options, control: Control, log: bool) -> None:
    """Count the API calls since the last reset, by operation."""
    found = control.get("calls?log=1" if log else "calls")
    if log:
        answer(options, found, *to_json(found).split("\n"))
        return
    lines = [f"{number:6}  {name}" for name, number in sorted(found.items())]
    answer(options, found, *(lines or ["There were no calls."]))


@sandbox.group("clock", cls=Group, default="show")
def clock() -> None:
    """Show the service's clock, or move it: 'clock advance 7d'."""


@clock.command("show", formats=JSON_TOO)
@at_url
def show_clock(options: Options, control: Control) -> None:
    """Show the service's time, and how far it is ahead."""
    found = control.get("clock")
    answer(options, found, f"{found['now']}, {found['offset_seconds']:g} seconds ahead")


@clock.command("advance", formats=JSON_TOO)
@at_url
@click.argument("length")
def advance_clock(options: Options, control: Control, length: str) -> None:
    """Move the clock forward by LENGTH: 7d, 12h, 30m, 45s, 1h30m."""
    found = control.post("clock", {"advance_seconds": read_seconds(length)})
    answer(options, found, f"It is {found['now']} now.")


# ---------------------------------------------------------------- faults


@sandbox.group("fault", cls=Group)
def fault() -> None:
    """Let the service do something wrong: throttling, errors, latency, lost answers, partial batches."""


@fault.command("add", formats=JSON_TOO)
@at_url
@click.argument("kind", type=click.Choice(FAULTS))
@click.option("--operation", default="*", metavar="NAME", help="The operation that it hits [all].")
@click.option("--rate", type=click.FloatRange(0, 1), metavar="0..1", help="The share of calls that it hits [1].")
@click.option("--times", type=click.IntRange(0), metavar="N", help="How many calls it hits [no end].")
@click.option("--latency-ms", type=click.FloatRange(0), metavar="MS", help="How much later the answer comes.")
@click.option("--error", metavar="SHAPE", help="With 'error': what is answered [ServiceFailureException].")
@click.option("--code", metavar="CODE", help="With 'partial': what failed items say [Throttled].")
def add_fault(options: Options, control: Control, kind: str, operation: str, **rest: Any) -> None:
    """Add a fault of this KIND.

    throttle answers 429; error answers 500, or what --error says; latency answers late; with drop_response the call
    takes effect and the connection closes without an answer; with partial some items of a batch fail; with stale the
    voice service does not see what is younger than a minute.
    """
    given = {name: value for name, value in rest.items() if value is not None}
    found = control.post("faults", [{"operation": operation, "kind": kind, **given}])
    answer(options, found, f"{kind} on {operation} is in force.")


@fault.command("list", formats=JSON_TOO)
@at_url
def list_faults(options: Options, control: Control) -> None:
    """List the faults in force, with how often each has hit."""
    found = control.get("faults")
    lines = [
        f"{one['kind']:<14} {one['operation']:<28} rate {one['rate']:g}, hits {one['hits']}"
        + (f", {one['times']} to come" if one["times"] is not None else "")
        + (f", {one['latency_ms']:g} ms" if one["latency_ms"] else "")
        for one in found
    ]
    answer(options, found, *(lines or ["There are no faults."]))


@fault.command("clear", formats=("text",))
@at_url
def clear_faults(options: Options, control: Control) -> None:
    """End all faults."""
    answer(options, control.delete("faults"), "There are no faults any more.")


# ---------------------------------------------------------------- what people do

emails_argument = click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")


@sandbox.command("accept", formats=("text",))
@at_url
@emails_argument
def accept(options: Options, control: Control, emails: tuple[str, ...]) -> None:
    """Let invited people accept their invitations."""
    for email in emails:
        answer(options, control.post("people/accept", {"email": email}), f"{email} has accepted.")


@sandbox.command("register", formats=("text",))
@at_url
@emails_argument
def register(options: Options, control: Control, emails: tuple[str, ...]) -> None:
    """Let people sign up; an address of a claimed domain makes them members of that Enterprise account."""
    for email in emails:
        user = control.post("people/register", {"email": email})["User"]
        where = "" if user else "; no account has claimed the domain, so it is a free profile"
        answer(options, user, f"{email} has registered{where}.")


@sandbox.command("claim", formats=("text",))
@at_url
@click.argument("account")
@click.argument("domain")
@click.option("--unverified", is_flag=True, help="Claim it without publishing the TXT record yet.")
def claim(options: Options, control: Control, account: str, domain: str, unverified: bool) -> None:
    """Claim DOMAIN for ACCOUNT (its id or name) in the console; verified, it makes an Enterprise account."""
    path = f"console/accounts/{control.account_id(account)}/domains"
    found = control.post(path, {"domain": domain, "verified": not unverified})
    answer(options, found, f"{account} has claimed {domain}{' and not verified it' if unverified else ''}.")


@sandbox.command("order", formats=("text",))
@at_url
@click.argument("order_id")
@click.argument("status")
def order(options: Options, control: Control, order_id: str, status: str) -> None:
    """Give the number order ORDER_ID a STATUS, as its carrier does (Successful, Failed, FOC, ...)."""
    answer(options, control.post(f"carrier/orders/{order_id}", {"status": status}), f"{order_id} is {status}.")
