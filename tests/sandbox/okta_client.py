"""Okta as the tests speak to it: plain urllib3, nothing that tidies up what is sent or what comes back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import urllib3

from tests.sandbox_process import SandboxProcess

TOKEN = "00a-token-of-a-test"
REDIRECT = "https://signin.id.ue1.app.chime.aws/auth/okta/callback"
INITIATE = "https://signin.id.ue1.app.chime.aws/auth/okta"
_LINK = re.compile(r'<([^>]*)>; rel="(\w+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    headers: urllib3.HTTPHeaderDict
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def links(self) -> dict[str, str]:
        return {name: url for url, name in _LINK.findall(", ".join(self.headers.getlist("link")))}

    @property
    def code(self) -> str:
        """The status and Okta's code of a refusal, whose form is checked on the way."""
        error = self.body
        assert set(error) == {"errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"}
        assert error["errorLink"] == error["errorCode"]
        assert error["errorId"].startswith("oae")
        assert all(set(cause) == {"errorSummary"} for cause in error["errorCauses"])
        return f"{self.status} {error['errorCode']}"


class Okta:
    """An administrator of the organisation; every method of hers must succeed, `ask` may be refused."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.base = f"{sandbox.url}/okta/api/v1/"
        self._pool = urllib3.PoolManager()

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, raw: bytes = b"") -> Answer:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"SSWS {token}"
        data = raw or (None if body is None else json.dumps(body).encode())
        url = path if path.startswith("http") else self.base + path
        answer = self._pool.request(method, url, body=data, headers=headers, retries=False)
        return Answer(answer.status, answer.headers, answer.data)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status in (200, 201, 204), answer.raw
        return answer.body if answer.raw else None

    def refusal(self, method: str, path: str, body: Any = None) -> str:
        return self.ask(method, path, body).code

    def group(self, name: str, *members: str) -> str:
        group_id: str = self.call("POST", "groups", {"profile": {"name": name}})["id"]
        for user_id in members:
            self.call("PUT", f"groups/{group_id}/users/{user_id}")
        return group_id

    def user(self, login: str, *, activate: bool = True, password: str | None = "Secret-1") -> str:
        body: dict[str, Any] = {"profile": {"login": login, "email": login, "firstName": "Jane", "lastName": "Doe"}}
        if password is not None:
            body["credentials"] = {"password": {"value": password}}
        user_id: str = self.call("POST", f"users?activate={str(activate).lower()}", body)["id"]
        return user_id

    def oidc_app(self, label: str = "Amazon Chime", **client: Any) -> Any:
        return self.call("POST", "apps", oidc_body(label, **client))

    def scim_app(self) -> str:
        body = {"name": "amazon_chime", "label": "Amazon Chime SCIM Provisioning", "signOnMode": "AUTO_LOGIN"}
        app_id: str = self.call("POST", "apps", body)["id"]
        return app_id

    def connect(self, app_id: str, token: str) -> None:
        """Provisioning with everything "To App" enabled."""
        profile = {"profile": {"authScheme": "TOKEN", "token": token}}
        self.call("POST", f"apps/{app_id}/connections/default?activate=true", profile)
        self.enable(app_id, create="ENABLED", profile="ENABLED", deactivate="ENABLED")

    def enable(self, app_id: str, **status: str) -> Any:
        body: dict[str, Any] = {"create": {}, "update": {}}
        if "create" in status:
            body["create"]["lifecycleCreate"] = {"status": status["create"]}
        for name, member in (("profile", "profile"), ("deactivate", "lifecycleDeactivate")):
            if name in status:
                body["update"][member] = {"status": status[name]}
        return self.call("PUT", f"apps/{app_id}/features/USER_PROVISIONING", body)

    def assign(self, app_id: str, group_id: str) -> None:
        self.call("PUT", f"apps/{app_id}/groups/{group_id}", {})

    def push(self, app_id: str, group_id: str, name: str) -> Any:
        body = {"sourceGroupId": group_id, "targetGroupName": name}
        return self.call("POST", f"apps/{app_id}/group-push/mappings", body)


def oidc_body(label: str = "Amazon Chime", **client: Any) -> dict[str, Any]:
    """The guide's OpenID Connect application."""
    settings = {
        "redirect_uris": [REDIRECT],
        "initiate_login_uri": INITIATE,
        "grant_types": ["authorization_code", "refresh_token", "implicit"],
        "response_types": ["code", "token", "id_token"],
        "application_type": "web",
        "idp_initiated_login": {"mode": "SPEC", "default_scope": []},
        **client,
    }
    return {
        "name": "oidc_client",
        "label": label,
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_post"}},
        "settings": {"oauthClient": settings},
    }
