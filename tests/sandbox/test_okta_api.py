"""Okta's management API as a client meets it: tokens, limits, pages, errors, groups, people, applications."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.okta_client import INITIATE, REDIRECT, Okta, oidc_body
from tests.sandbox_process import SandboxProcess

NOBODY = "00u00000000000000000"


@pytest.fixture
def okta(sandbox: SandboxProcess) -> Okta:
    return Okta(sandbox)


def names(groups: list[Any]) -> list[str]:
    return [group["profile"]["name"] for group in groups]


def logins(users: list[Any]) -> list[str]:
    return [user["profile"]["login"] for user in users]


# Tokens


def test_a_request_without_a_token_of_okta_is_refused(okta: Okta) -> None:
    assert okta.ask("GET", "users", token=None).code == "401 E0000011"
    assert okta.ask("GET", "users", token="").code == "401 E0000011"


@pytest.mark.parametrize("status", ["expired", "revoked"])
def test_a_token_is_good_until_it_is_declared_otherwise(okta: Okta, status: str) -> None:
    assert okta.ask("GET", "users", token="some-token").status == 200
    assert okta.sandbox.put("okta/tokens", {"token": "some-token", "status": status})[status] == 1
    assert okta.ask("GET", "users", token="some-token").code == "401 E0000011"
    assert okta.ask("GET", "users", token="other-token").status == 200
    okta.sandbox.put("okta/tokens", {"token": "some-token", "status": "active"})
    assert okta.ask("GET", "users", token="some-token").status == 200


def test_what_aws_signed_goes_to_the_bucket_of_that_name(okta: Okta) -> None:
    s3 = okta.sandbox.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="okta")
    s3.put_object(Bucket="okta", Key="api/v1/users", Body=b"bytes")
    assert s3.get_object(Bucket="okta", Key="api/v1/users")["Body"].read() == b"bytes"


# Rate limits


def test_every_answer_tells_the_rate_limit(okta: Okta) -> None:
    for path in ("users", f"users/{NOBODY}", "groups"):
        headers = okta.ask("GET", path).headers
        limit, left = int(headers["x-rate-limit-limit"]), int(headers["x-rate-limit-remaining"])
        assert 0 < left < limit
        assert int(headers["x-rate-limit-reset"]) % 60 == 0


def test_past_the_limit_a_family_waits_for_the_next_minute_of_the_sandboxs_clock(okta: Okta) -> None:
    okta.sandbox.post("settings", {"okta_rate_limit": 2})
    # However the minutes fall, more than two in a row of six meet a limit of two.
    answers = [okta.ask("GET", "users") for _ in range(6)]
    refused = [answer for answer in answers if answer.status != 200]
    assert {answer.code for answer in refused} == {"429 E0000047"}
    assert {answer.headers["x-rate-limit-remaining"] for answer in refused} == {"0"}
    assert answers[0].headers["x-rate-limit-limit"] == "2"
    assert okta.ask("GET", "groups").status == 200
    okta.sandbox.advance(60)
    assert okta.ask("GET", "users").status == 200


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "throttle"}, "429 E0000047"),
        ({"kind": "error"}, "500 E0000009"),
    ],
)
def test_faults_reach_okta_by_the_operations_name(okta: Okta, fault: dict[str, Any], code: str) -> None:
    okta.sandbox.add_faults({"operation": "OktaListUsers", "times": 1, **fault})
    assert okta.ask("GET", "groups").status == 200
    assert okta.ask("GET", "users").code == code
    assert okta.ask("GET", "users").status == 200


def test_a_lost_answer_has_taken_effect(okta: Okta) -> None:
    import urllib3.exceptions

    okta.sandbox.add_faults({"operation": "OktaAddGroup", "kind": "drop_response", "times": 1})
    with pytest.raises(urllib3.exceptions.ProtocolError):
        okta.group("Sales")
    assert "Sales" in names(okta.call("GET", "groups"))


def test_calls_are_counted_by_operation(okta: Okta) -> None:
    okta.call("GET", "users")
    okta.refusal("GET", f"users/{NOBODY}")
    assert okta.sandbox.calls() == {"OktaGetUser": 1, "OktaListUsers": 1}


# Errors


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "nowhere", "404 E0000008"),
        ("GET", "groups/a/b/c/d/e/f/g", "404 E0000008"),
        ("PATCH", "groups", "405 E0000022"),
        ("GET", f"groups/{NOBODY}", "404 E0000007"),
        ("GET", f"users/{NOBODY}", "404 E0000007"),
        ("GET", f"apps/{NOBODY}", "404 E0000007"),
        ("PUT", f"groups/{NOBODY}/users/{NOBODY}", "404 E0000007"),
        ("GET", "users?limit=none", "400 E0000001"),
        ("GET", "users?limit=0", "400 E0000001"),
        ("GET", "users?after=made-up", "400 E0000029"),
        ("GET", "users?activate=perhaps&filter=status", "400 E0000031"),
        ("GET", "users?filter=profile.city%20eq%20%22x%22", "400 E0000031"),
        ("GET", "users?filter=%28status%20eq%20%22ACTIVE%22", "400 E0000031"),
        ("GET", "users?filter=a&search=b", "400 E0000033"),
        ("POST", "users?activate=perhaps", "400 E0000001"),
        ("POST", "groups", "400 E0000001"),
        ("POST", "apps", "400 E0000001"),
    ],
)
def test_refusals_have_oktas_form_and_code(okta: Okta, method: str, path: str, code: str) -> None:
    body = {"profile": {"login": "a@b.example", "email": "a@b.example"}} if path.startswith("users?act") else {}
    assert okta.refusal(method, path, body if method == "POST" else None) == code


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b'{"profile": []}', b'{"profile": {"name": 1}}'])
def test_a_body_that_is_no_object_is_refused(okta: Okta, raw: bytes) -> None:
    assert okta.ask("POST", "groups", raw=raw).code == "400 E0000003"


# Pages


@pytest.mark.parametrize("path", ["users", "groups", "apps", "groups/GROUP/users", "apps/APP/groups", "apps/APP/users"])
def test_lists_are_paged_by_links(okta: Okta, path: str) -> None:
    users = [okta.user(f"user{at:02}@acme.example") for at in range(23)]
    group = okta.group("All", *users)
    app = okta.oidc_app()["id"]
    for at in range(22):
        okta.assign(app, okta.group(f"G{at}"))
        okta.oidc_app(f"App {at}")
    okta.assign(app, group)
    whole = path.replace("GROUP", group).replace("APP", app)
    least = 20 if path == "apps/APP/groups" else 9
    url: str | None = f"{whole}?limit={least}"
    seen: list[str] = []
    sizes: list[int] = []
    while url is not None:
        answer = okta.ask("GET", url)
        assert answer.status == 200
        assert "after=" not in answer.links["self"] or sizes
        seen += [item["id"] for item in answer.body]
        sizes.append(len(answer.body))
        url = answer.links.get("next")
        assert url is None or url.startswith(f"{okta.base}{whole.split('?')[0]}?after=")
    everything = [item["id"] for item in okta.call("GET", f"{whole}?limit=200")]
    assert seen == everything
    assert sizes[0] == least
    assert len(sizes) > 1


def test_nothing_is_skipped_when_what_was_sent_is_deleted_between_two_pages(okta: Okta) -> None:
    made = [okta.group(f"G{at}") for at in range(6)]
    first = okta.ask("GET", "groups?limit=3")
    okta.call("DELETE", f"groups/{made[0]}")
    rest = okta.ask("GET", first.links["next"])
    assert names(first.body) + names(rest.body) == ["Everyone", "G0", "G1", "G2", "G3", "G4"]


def test_a_limit_above_the_maximum_counts_as_the_maximum(okta: Okta) -> None:
    for at in range(3):
        okta.user(f"user{at}@acme.example")
    assert len(okta.call("GET", "users?limit=100000")) == 3


# Groups


def test_a_group_lives_from_creation_to_deletion(okta: Okta) -> None:
    made = okta.call("POST", "groups", {"profile": {"name": "Sales", "description": "They sell"}})
    assert made["id"].startswith("00g")
    assert (len(made["id"]), made["type"], made["objectClass"]) == (20, "OKTA_GROUP", ["okta:user_group"])
    assert okta.call("GET", f"groups/{made['id']}") == made
    changed = okta.call("PUT", f"groups/{made['id']}", {"profile": {"name": "Selling"}})
    assert changed["profile"] == {"name": "Selling", "description": None}
    answer = okta.ask("DELETE", f"groups/{made['id']}")
    assert (answer.status, answer.raw) == (204, b"")
    assert okta.refusal("GET", f"groups/{made['id']}") == "404 E0000007"


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "Sales", "sales"])
def test_a_groups_name_is_needed_and_taken_once(okta: Okta, name: str) -> None:
    okta.group("Sales")
    assert okta.refusal("POST", "groups", {"profile": {"name": name}}) == "400 E0000001"


def test_a_group_keeps_its_own_name_when_it_is_replaced(okta: Okta) -> None:
    group = okta.group("Sales")
    body = {"profile": {"name": "SALES", "description": "They sell"}}
    assert okta.call("PUT", f"groups/{group}", body)["profile"] == body["profile"]


def test_everybody_is_in_the_group_everyone_which_nobody_changes(okta: Okta) -> None:
    jane = okta.user("jane@acme.example")
    (everyone,) = okta.call("GET", "groups")
    assert (everyone["type"], everyone["profile"]["name"]) == ("BUILT_IN", "Everyone")
    assert [user["id"] for user in okta.call("GET", f"groups/{everyone['id']}/users")] == [jane]
    for method, path in (("DELETE", ""), ("PUT", ""), ("PUT", f"/users/{jane}"), ("DELETE", f"/users/{jane}")):
        body = {"profile": {"name": "x"}} if path == "" and method == "PUT" else None
        assert okta.refusal(method, f"groups/{everyone['id']}{path}", body) == "403 E0000006"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=chime", ["Chime Pro", "Chime Basic"]),
        ("q=chime&limit=1", ["Chime Pro"]),
        ("search=profile.name%20eq%20%22chime%20pro%22", ["Chime Pro"]),
        ("search=profile.name%20sw%20%22Chime%22", ["Chime Pro", "Chime Basic"]),
        ("search=profile.name%20co%20%22as%22", ["Chime Basic"]),
        ("filter=type%20eq%20%22BUILT_IN%22", ["Everyone"]),
        ("filter=type%20eq%20%22OKTA_GROUP%22%20and%20lastUpdated%20gt%20%222000%22", ["Chime Pro", "Chime Basic"]),
        ("search=type%20eq%20%22BUILT_IN%22%20or%20profile.name%20sw%20%22chime%20b%22", ["Everyone", "Chime Basic"]),
    ],
)
def test_groups_are_found(okta: Okta, query: str, found: list[str]) -> None:
    okta.group("Chime Pro")
    okta.group("Chime Basic")
    assert names(okta.call("GET", f"groups?{query}")) == found


def test_members_come_and_go_and_both_twice(okta: Okta) -> None:
    jane, group = okta.user("jane@acme.example"), okta.group("Sales")
    for _ in range(2):
        assert okta.ask("PUT", f"groups/{group}/users/{jane}").status == 204
    assert logins(okta.call("GET", f"groups/{group}/users")) == ["jane@acme.example"]
    assert names(okta.call("GET", f"users/{jane}/groups")) == ["Everyone", "Sales"]
    for _ in range(2):
        assert okta.ask("DELETE", f"groups/{group}/users/{jane}").status == 204
    assert okta.call("GET", f"groups/{group}/users") == []


# People


@pytest.mark.parametrize(
    ("query", "password", "status"),
    [("", "Secret-1", "ACTIVE"), ("?activate=true", None, "PROVISIONED"), ("?activate=false", "Secret-1", "STAGED")],
)
def test_a_new_persons_status_follows_from_how_she_was_made(
    okta: Okta, query: str, password: str | None, status: str
) -> None:
    profile = {"login": "jane@acme.example", "email": "jane@acme.example"}
    credentials = {"password": {"value": password}} if password else {}
    answer = okta.ask("POST", f"users{query}", {"profile": profile, "credentials": credentials})
    assert (answer.status, answer.body["status"]) == (200, status)
    assert b"Secret-1" not in answer.raw
    assert okta.call("GET", "users/Jane@acme.example") == answer.body == okta.call("GET", f"users/{answer.body['id']}")


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"login": "jane@acme.example"},
        {"login": "jane", "email": "jane@acme.example"},
        {"login": "jane@acme.example", "email": "jane"},
        {"login": "OMAR@acme.example", "email": "omar@acme.example"},
        {"login": f"{'j' * 100}@acme.example", "email": "jane@acme.example"},
    ],
)
def test_a_profile_that_okta_would_not_take_is_refused(okta: Okta, profile: dict[str, str]) -> None:
    okta.user("omar@acme.example")
    assert okta.refusal("POST", "users", {"profile": profile}) == "400 E0000001"


def test_a_person_can_be_made_into_groups(okta: Okta) -> None:
    group = okta.group("Sales")
    profile = {"login": "jane@acme.example", "email": "jane@acme.example"}
    okta.call("POST", "users", {"profile": profile, "groupIds": [group]})
    assert logins(okta.call("GET", f"groups/{group}/users")) == ["jane@acme.example"]
    profile = {"login": "omar@acme.example", "email": "omar@acme.example"}
    assert okta.refusal("POST", "users", {"profile": profile, "groupIds": [NOBODY]}) == "404 E0000007"


def test_post_changes_what_is_named_and_put_replaces_everything(okta: Okta) -> None:
    jane = okta.user("jane@acme.example")
    changed = okta.call("POST", f"users/{jane}", {"profile": {"lastName": "Roe"}})["profile"]
    assert (changed["firstName"], changed["lastName"], changed["login"]) == ("Jane", "Roe", "jane@acme.example")
    profile = {"login": "jane@acme.example", "email": "j@acme.example"}
    replaced = okta.call("PUT", f"users/{jane}", {"profile": profile})["profile"]
    assert (replaced["firstName"], replaced["email"]) == (None, "j@acme.example")


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (["suspend"], "ok SUSPENDED"),
        (["suspend", "unsuspend"], "ok ACTIVE"),
        (["suspend", "suspend"], "400 E0000001"),
        (["unsuspend"], "400 E0000001"),
        (["activate"], "403 E0000016"),
        (["deactivate"], "ok DEPROVISIONED"),
        (["deactivate", "deactivate"], "403 E0000038"),
        (["deactivate", "suspend"], "400 E0000001"),
        (["deactivate", "activate"], "ok ACTIVE"),
        (["suspend", "deactivate"], "ok DEPROVISIONED"),
    ],
)
def test_the_life_cycle_allows_what_the_status_allows(okta: Okta, steps: list[str], code: str) -> None:
    jane = okta.user("jane@acme.example")
    answers = [okta.ask("POST", f"users/{jane}/lifecycle/{step}") for step in steps]
    status = okta.call("GET", f"users/{jane}")["status"]
    assert (f"ok {status}" if answers[-1].status == 200 else answers[-1].code) == code


def test_deleting_deactivates_first(okta: Okta) -> None:
    jane = okta.user("jane@acme.example")
    assert okta.ask("DELETE", f"users/{jane}").status == 204
    assert okta.call("GET", f"users/{jane}")["status"] == "DEPROVISIONED"
    assert okta.ask("DELETE", f"users/{jane}").status == 204
    assert okta.refusal("GET", f"users/{jane}") == "404 E0000007"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["jane@acme.example", "omar@acme.example"]),
        ("?q=OM", ["omar@acme.example"]),
        ("?filter=profile.login%20eq%20%22omar@acme.example%22", ["omar@acme.example"]),
        ("?filter=profile.login%20eq%20%22OMAR@acme.example%22", []),
        ("?search=profile.login%20eq%20%22OMAR@acme.example%22", ["omar@acme.example"]),
        ("?filter=status%20eq%20%22DEPROVISIONED%22", ["gone@acme.example"]),
        ("?search=profile.email%20sw%20%22gone%22", ["gone@acme.example"]),
    ],
)
def test_people_are_found_and_the_deactivated_only_when_asked_for(okta: Okta, query: str, found: list[str]) -> None:
    users = [okta.user(f"{login}@acme.example") for login in ("jane", "omar", "gone")]
    okta.call("POST", f"users/{users[-1]}/lifecycle/deactivate")
    assert logins(okta.call("GET", f"users{query}")) == found


# Applications


def test_the_guides_oidc_application(okta: Okta) -> None:
    app = okta.oidc_app()
    client = app["credentials"]["oauthClient"]
    assert app["id"].startswith("0oa")
    assert client["client_id"] == app["id"]
    assert len(client["client_secret"]) >= 14
    settings = app["settings"]["oauthClient"]
    assert (settings["redirect_uris"], settings["initiate_login_uri"]) == ([REDIRECT], INITIATE)
    assert (app["status"], app["signOnMode"], app["label"]) == ("ACTIVE", "OPENID_CONNECT", "Amazon Chime")


def test_the_secret_is_shown_after_creation_and_update_and_never_by_reading(okta: Okta) -> None:
    app = okta.oidc_app()
    secret = app["credentials"]["oauthClient"]["client_secret"]
    for path in (f"apps/{app['id']}", "apps"):
        assert secret.encode() not in okta.ask("GET", path).raw
    updated = okta.call("PUT", f"apps/{app['id']}", oidc_body("Renamed"))
    assert updated["credentials"]["oauthClient"]["client_secret"] == secret
    (listed,) = okta.call("GET", f"apps/{app['id']}/credentials/secrets")
    assert (listed["client_secret"], listed["status"]) == (secret, "ACTIVE")


def test_secrets_are_rotated(okta: Okta) -> None:
    path = f"apps/{okta.oidc_app()['id']}/credentials/secrets"
    (old,) = okta.call("GET", path)
    assert okta.refusal("POST", f"{path}/{old['id']}/lifecycle/deactivate") == "400 E0000001"
    answer = okta.ask("POST", path, {})
    assert answer.status == 201
    assert answer.body["client_secret"] != old["client_secret"]
    assert okta.refusal("POST", path, {}) == "400 E0000001"
    assert okta.refusal("DELETE", f"{path}/{old['id']}") == "400 E0000001"
    assert okta.call("POST", f"{path}/{old['id']}/lifecycle/deactivate")["status"] == "INACTIVE"
    assert okta.ask("DELETE", f"{path}/{old['id']}").status == 204
    assert [secret["id"] for secret in okta.call("GET", path)] == [answer.body["id"]]


@pytest.mark.parametrize(
    ("client", "field"),
    [
        ({"application_type": "desktop"}, "application_type"),
        ({"grant_types": ["magic"]}, "grant_types"),
        ({"grant_types": []}, "grant_types"),
        ({"response_types": ["cookie"]}, "response_types"),
        ({"response_types": []}, "response_types"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["not a uri"]}, "redirect_uris"),
        ({"initiate_login_uri": "nowhere"}, "initiate_login_uri"),
        ({"initiate_login_uri": None}, "initiate_login_uri"),
        ({"idp_initiated_login": {"mode": "SOMEHOW"}}, "idp_initiated_login"),
    ],
)
def test_client_settings_that_okta_would_not_take_are_refused(okta: Okta, client: dict[str, Any], field: str) -> None:
    answer = okta.ask("POST", "apps", oidc_body(**client))
    assert answer.code == "400 E0000001"
    assert answer.body["errorSummary"] == f"Api validation failed: {field}"


def test_an_app_of_an_unknown_definition_is_not_found(okta: Okta) -> None:
    assert okta.refusal("POST", "apps", {**oidc_body(), "name": "badappname"}) == "404 E0000007"


def test_replacing_forgets_what_is_not_named_and_keeps_what_the_system_gave(okta: Okta) -> None:
    app = okta.oidc_app()
    okta.call("PUT", f"apps/{app['id']}", {**oidc_body(), "visibility": {"hide": {"iOS": True, "web": True}}})
    assert okta.call("GET", f"apps/{app['id']}")["visibility"]["hide"] == {"iOS": True, "web": True}
    body = {**oidc_body("Other", redirect_uris=["https://a.example/b"]), "id": "x", "status": "INACTIVE"}
    replaced = okta.call("PUT", f"apps/{app['id']}", body)
    assert replaced["visibility"]["hide"] == {"iOS": False, "web": False}
    assert (replaced["id"], replaced["status"], replaced["label"]) == (app["id"], "ACTIVE", "Other")
    assert replaced["settings"]["oauthClient"]["redirect_uris"] == ["https://a.example/b"]


def test_a_clients_identifier_never_changes(okta: Okta) -> None:
    body = oidc_body()
    body["credentials"]["oauthClient"]["client_id"] = "chosen-by-us"
    app = okta.call("POST", "apps", body)
    assert app["credentials"]["oauthClient"]["client_id"] == "chosen-by-us"
    assert (
        okta.call("PUT", f"apps/{app['id']}", oidc_body())["credentials"]["oauthClient"]["client_id"] == "chosen-by-us"
    )
    body["credentials"]["oauthClient"]["client_id"] = "chosen-anew"
    assert okta.refusal("PUT", f"apps/{app['id']}", body) == "403 E0000078"


def test_an_app_is_deleted_only_after_it_was_deactivated(okta: Okta) -> None:
    app = okta.oidc_app()["id"]
    assert okta.refusal("DELETE", f"apps/{app}") == "403 E0000056"
    okta.call("POST", f"apps/{app}/lifecycle/deactivate")
    assert okta.call("GET", f"apps/{app}")["status"] == "INACTIVE"
    assert okta.ask("DELETE", f"apps/{app}").status == 204
    assert okta.refusal("GET", f"apps/{app}") == "404 E0000007"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=amazon", ["Amazon Chime", "Amazon Chime SCIM Provisioning"]),
        ("q=oidc", ["Amazon Chime", "Other"]),
        ("filter=name%20eq%20%22amazon_chime%22", ["Amazon Chime SCIM Provisioning"]),
        ("filter=status%20eq%20%22INACTIVE%22", ["Other"]),
    ],
)
def test_apps_are_found(okta: Okta, query: str, found: list[str]) -> None:
    okta.oidc_app()
    okta.scim_app()
    okta.call("POST", f"apps/{okta.oidc_app('Other')['id']}/lifecycle/deactivate")
    assert [app["label"] for app in okta.call("GET", f"apps?{query}")] == found


def test_an_app_has_the_people_of_its_groups_and_its_own(okta: Okta) -> None:
    app, jane, omar = okta.oidc_app()["id"], okta.user("jane@acme.example"), okta.user("omar@acme.example")
    group = okta.group("Sales", jane)
    assert okta.call("PUT", f"apps/{app}/groups/{group}", {})["priority"] == 0
    assert okta.call("PUT", f"apps/{app}/groups/{okta.group('Other')}", {})["priority"] == 1
    assert okta.call("GET", f"apps/{app}/groups/{group}")["id"] == group
    okta.call("POST", f"apps/{app}/users", {"id": omar})
    assert okta.refusal("POST", f"apps/{app}/users", {"id": omar}) == "409 E0000062"
    shown = {user["id"]: user["scope"] for user in okta.call("GET", f"apps/{app}/users")}
    assert shown == {omar: "USER", jane: "GROUP"}
    assert okta.refusal("DELETE", f"apps/{app}/users/{jane}") == "403 E0000046"
    assert okta.ask("DELETE", f"apps/{app}/users/{omar}").status == 204
    assert okta.ask("DELETE", f"apps/{app}/groups/{group}").status == 204
    assert okta.refusal("GET", f"apps/{app}/groups/{group}") == "404 E0000007"
    assert okta.call("GET", f"apps/{app}/users") == []
    assert [item["id"] for item in okta.call("GET", f"groups/{group}/apps")] == []


# Keeping and forgetting


def test_the_organisation_survives_a_restart_and_ends_with_a_reset(tmp_path: Any) -> None:
    keeping = ("--data-file", str(tmp_path / "world.db"), "--seed", "7")
    with SandboxProcess.start(*keeping) as sandbox:
        okta = Okta(sandbox)
        app = okta.oidc_app()
        okta.assign(app["id"], okta.group("Sales", okta.user("jane@acme.example")))
        sandbox.put("okta/tokens", {"token": "old", "status": "revoked"})
        before = [okta.call("GET", path) for path in ("users", "groups", f"apps/{app['id']}/credentials/secrets")]
        sandbox.kill()
    with SandboxProcess.start(*keeping) as sandbox:
        okta = Okta(sandbox)
        after = [okta.call("GET", path) for path in ("users", "groups", f"apps/{app['id']}/credentials/secrets")]
        assert strip(after) == strip(before)
        assert okta.ask("GET", "users", token="old").code == "401 E0000011"
        sandbox.reset()
        assert okta.call("GET", "users") == []
        assert names(okta.call("GET", "groups")) == ["Everyone"]
        assert okta.ask("GET", "users", token="old").status == 200


def strip(value: Any) -> Any:
    """Without links, whose address has the port of the process."""
    if isinstance(value, list):
        return [strip(item) for item in value]
    return {key: item for key, item in value.items() if key != "_links"}


def test_the_same_seed_gives_the_same_identifiers(okta: Okta) -> None:
    made = []
    for _ in range(2):
        okta.sandbox.reset(seed=11)
        made.append((okta.group("Sales"), okta.user("jane@acme.example"), okta.oidc_app()["credentials"]))
    assert made[0] == made[1]
    okta.sandbox.reset(seed=12)
    assert okta.group("Sales") != made[0][0]
