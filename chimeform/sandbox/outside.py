"""What happens outside the API and still changes the service: at the console, in a client, in a mailbox, at a carrier.

Each entry of OUTSIDE is a request of the control surface; the rules behind it are `chime.console`'s. Beyond the
published surface, all below /_sandbox:

    POST   console/accounts                             {"name": …}: a new Team account
    GET    console/accounts/{id}                        the account as the console shows it
    POST   console/accounts/{id}/invitations            {"emails": […]}
    DELETE console/accounts/{id}/groups/{name}
    POST   console/accounts/{id}/keys                   an access key for SCIM provisioning, shown this once; GET lists
    DELETE console/accounts/{id}/keys/{key id}
    PUT    console/accounts/{id}/licenses               {"licenses": […]}: what the account supports; AWS sets it
    POST   client/rooms/{id}/webhooks                   {"name": …}: an administrator of the room adds one in the client
    DELETE client/rooms/{id}/webhooks/{webhook id}
    POST   people/register                              also takes "groups", the directory's groups of the person
    PUT    okta/tokens                                  {"token": …, "status": "expired"}, or revoked, or active again
    PUT    okta/apps/{id}/provisioning                  {"token": …}: what an administrator does on the app's pages
    carrier/…, equipment/…                              see `voice.carrier`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chimeform.sandbox.chime import console, rooms, scim
from chimeform.sandbox.context import Context
from chimeform.sandbox.control_input import bad_control, read_fields
from chimeform.sandbox.okta import delivery, provisioning
from chimeform.sandbox.okta import tokens as okta_tokens
from chimeform.sandbox.okta.protocol import OktaError
from chimeform.sandbox.voice import carrier

Labels = Mapping[str, str]
Act = Callable[[Context, Labels, Any], Any]


def _create_account(ctx: Context, _labels: Labels, body: Any) -> Any:
    return console.create_account(ctx, **read_fields(body, name=str))


def _get_account(ctx: Context, labels: Labels, _body: Any) -> Any:
    return console.describe(ctx, labels["account"])


def _invite(ctx: Context, labels: Labels, body: Any) -> Any:
    emails = read_fields(body, emails=list)["emails"]
    _check_texts("emails", emails)
    return console.invite(ctx, labels["account"], emails)


def _claim_domain(ctx: Context, labels: Labels, body: Any) -> Any:
    claimed = console.claim_domain(ctx, labels["account"], **read_fields(body, {"verified": bool}, domain=str))
    return _show_pushed(ctx, labels["account"], claimed)


def _release_domain(ctx: Context, labels: Labels, _body: Any) -> Any:
    return console.release_domain(ctx, labels["account"], labels["domain"])


def _connect_directory(ctx: Context, labels: Labels, body: Any) -> Any:
    return console.connect_directory(ctx, labels["account"], **read_fields(body, directory_id=str))


def _configure_okta(ctx: Context, labels: Labels, body: Any) -> Any:
    configured = console.configure_okta(ctx, labels["account"], **read_fields(body, issuer=str, client_id=str))
    return _show_pushed(ctx, labels["account"], configured)


def _add_group(ctx: Context, labels: Labels, body: Any) -> Any:
    return console.add_group(ctx, labels["account"], **read_fields(body, name=str, license=str))


def _remove_group(ctx: Context, labels: Labels, _body: Any) -> Any:
    return console.remove_group(ctx, labels["account"], labels["group"])


def _create_key(ctx: Context, labels: Labels, _body: Any) -> Any:
    return scim.create_key(ctx, labels["account"])


def _list_keys(ctx: Context, labels: Labels, _body: Any) -> Any:
    return scim.list_keys(ctx, labels["account"])


def _delete_key(ctx: Context, labels: Labels, _body: Any) -> Any:
    return scim.delete_key(ctx, labels["account"], labels["key"])


def _declare_token(ctx: Context, _labels: Labels, body: Any) -> Any:
    return okta_tokens.declare(ctx, **read_fields(body, token=str, status=str))


def _list_tokens(ctx: Context, _labels: Labels, _body: Any) -> Any:
    return okta_tokens.describe(ctx)


def _set_provisioning(ctx: Context, labels: Labels, body: Any) -> Any:
    try:
        provisioning.connect(ctx, labels["app"], **read_fields(body, token=str))
    except OktaError as error:
        raise bad_control("; ".join((error.summary, *error.causes))) from error


def _set_meetings(ctx: Context, labels: Labels, body: Any) -> Any:
    asked = read_fields(body, {"regions": list, "slack_sign_in": bool})
    _check_texts("regions", asked.get("regions", []))
    return console.set_meetings(ctx, labels["account"], **asked)


def _set_licenses(ctx: Context, labels: Labels, body: Any) -> Any:
    licenses = read_fields(body, licenses=list)["licenses"]
    _check_texts("licenses", licenses)
    return console.set_supported_licenses(ctx, labels["account"], licenses)


def _create_webhook(ctx: Context, labels: Labels, body: Any) -> Any:
    return rooms.create_webhook(ctx, labels["room"], **read_fields(body, name=str))


def _delete_webhook(ctx: Context, labels: Labels, _body: Any) -> Any:
    return rooms.delete_webhook(ctx, labels["room"], labels["webhook"])


def _accept(ctx: Context, _labels: Labels, body: Any) -> Any:
    return console.accept(ctx, **read_fields(body, email=str))


def _register(ctx: Context, _labels: Labels, body: Any) -> Any:
    asked = read_fields(body, {"groups": list}, email=str)
    _check_texts("groups", asked.get("groups", []))
    return console.register(ctx, **asked)


def _show_pushed(ctx: Context, account_id: str, shown: Any) -> Any:
    """What the account now takes of what Okta had to push comes in; the account is shown with it."""
    delivery.push_everything(ctx)
    return {**shown, "Users": console.describe(ctx, account_id)["Users"]}


def _check_texts(name: str, values: list[Any]) -> None:
    if not all(isinstance(value, str) for value in values):
        raise bad_control(f"{name} is a list of texts")


OUTSIDE: dict[tuple[str, str], Act] = {
    ("POST", "console/accounts"): _create_account,
    ("GET", "console/accounts/{account}"): _get_account,
    ("POST", "console/accounts/{account}/invitations"): _invite,
    ("POST", "console/accounts/{account}/domains"): _claim_domain,
    ("DELETE", "console/accounts/{account}/domains/{domain}"): _release_domain,
    ("POST", "console/accounts/{account}/directory"): _connect_directory,
    ("POST", "console/accounts/{account}/okta"): _configure_okta,
    ("POST", "console/accounts/{account}/groups"): _add_group,
    ("DELETE", "console/accounts/{account}/groups/{group}"): _remove_group,
    ("GET", "console/accounts/{account}/keys"): _list_keys,
    ("POST", "console/accounts/{account}/keys"): _create_key,
    ("DELETE", "console/accounts/{account}/keys/{key}"): _delete_key,
    ("PUT", "console/accounts/{account}/meetings"): _set_meetings,
    ("PUT", "console/accounts/{account}/licenses"): _set_licenses,
    ("POST", "client/rooms/{room}/webhooks"): _create_webhook,
    ("DELETE", "client/rooms/{room}/webhooks/{webhook}"): _delete_webhook,
    ("GET", "okta/tokens"): _list_tokens,
    ("PUT", "okta/tokens"): _declare_token,
    ("PUT", "okta/apps/{app}/provisioning"): _set_provisioning,
    ("POST", "people/accept"): _accept,
    ("POST", "people/register"): _register,
    **carrier.OUTSIDE,
}
