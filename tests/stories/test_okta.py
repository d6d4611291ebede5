"""From an empty workspace to an account whose people come from Okta: a person's moves are made on the console page."""

from __future__ import annotations

from tests.browser import Browser
from tests.cli.program import Program
from tests.dns_server import DnsServer
from tests.sandbox.okta_client import Okta
from tests.sandbox_process import SandboxProcess
from tests.stories.console import Console
from tests.stories.program import apply, pending, steps, word_after

WORKSPACE = """
chimeform: 1
workspace: acme
accounts:
  acme:
    name: Acme Corporation
    domains:
      acme.example: {verification}
    identity:
      okta: {{org_url: https://acme.okta.com, issuer: https://acme.okta.com}}
      sign_in: {{client_secret: {{secretsmanager: chime/okta-client}}}}
      provisioning: {{access_key: {{ssm: /chime/okta-key}}}}
      groups:
        Chime Pro: {{license: pro, members: [jane@acme.example, omar@acme.example]}}
        Chime Basic: {{license: basic, members: [lee@acme.example]}}
    bots:
      helpdesk: {{display_name: HelpDesk, domain: acme.example}}
    retention: {{rooms: 1 year, lifecycle: {{accept: [chat-deletion]}}}}
"""
IDENTITY = "accounts.acme.identity"


def test_the_whole_story(chimeform: Program, sandbox: SandboxProcess, dns: DnsServer, running_browser: Browser) -> None:
    okta, console = Okta(sandbox), Console(running_browser, sandbox.url)
    for login in ("jane@acme.example", "omar@acme.example", "lee@acme.example"):
        okta.user(login)

    # a Team account, and everything in Okta that an API can do
    chimeform.write("chimeform.yaml", WORKSPACE.format(verification="{}"))
    apply(chimeform)
    chime = sandbox.client()
    (account,) = chime.list_accounts()["Accounts"]
    assert account["AccountType"] == "Team"
    assert {app["name"] for app in okta.call("GET", "apps")} == {"oidc_client", "amazon_chime"}

    # the domain: claimed on the page, its record written into the files and the DNS, verified by the service
    console.open(account["AccountId"])
    name, value = console.claim("acme.example")
    chimeform.write(
        "chimeform.yaml", WORKSPACE.format(verification=f"{{verification: {{name: {name}, value: {value}}}}}")
    )
    dns.texts[name] = [value]
    assert 'accounts.acme.domains["acme.example"].published' not in pending(chimeform)
    console.see_verified()
    apply(chimeform)
    assert [bot["DisplayName"] for bot in chime.list_bots(AccountId=account["AccountId"])["Bots"]] == ["HelpDesk (Bot)"]
    retention = chime.get_retention_settings(AccountId=account["AccountId"])["RetentionSettings"]
    assert retention["RoomRetentionSettings"] == {"RetentionDays": 365}

    # the keys of the client, as the steps say
    told = steps(chimeform, f"{IDENTITY}.sign_in.incoming_keys")
    assert "Secrets Manager chime/okta-client" in told
    console.set_up_keys(word_after("issuer URI", told), word_after("client ID", told))
    assert f"{IDENTITY}.sign_in.incoming_keys" not in pending(chimeform)

    # the access key goes from the page into the store, and chimeform hands it to Okta
    told = steps(chimeform, f"{IDENTITY}.provisioning.access_key")
    key = console.create_key()
    sandbox.client("ssm").put_parameter(Name=word_after("Parameter Store", told), Value=key, Type="SecureString")
    ran = apply(chimeform)
    assert key not in ran.all
    (account,) = chime.list_accounts()["Accounts"]
    assert account["AccountType"] == "EnterpriseOIDC"
    users = chime.list_users(AccountId=account["AccountId"])["Users"]
    assert {user["PrimaryEmail"] for user in users} == {"jane@acme.example", "omar@acme.example", "lee@acme.example"}

    # the groups get their licences; that they have them is seen, and nothing is left to do
    assert pending(chimeform) == [f'{IDENTITY}.groups["Chime Basic"].mapped', f'{IDENTITY}.groups["Chime Pro"].mapped']
    console.map_group("Chime Pro", "Pro")
    console.map_group("Chime Basic", "Basic")
    assert pending(chimeform) == []
    apply(chimeform)
    users = chime.list_users(AccountId=account["AccountId"])["Users"]
    assert {user["PrimaryEmail"]: user["LicenseType"] for user in users} == {
        "jane@acme.example": "Pro",
        "omar@acme.example": "Pro",
        "lee@acme.example": "Basic",
    }
    assert chimeform("plan", "--detailed-exitcode").code == 0

    # drift in Okta is drift
    groups = {group["profile"]["name"]: group["id"] for group in okta.call("GET", "groups")}
    okta.call("DELETE", f"groups/{groups['Chime Pro']}/users/omar@acme.example")
    ran = chimeform("plan", "--detailed-exitcode")
    assert ran.code == 2
    assert "omar@acme.example will have the licence pro" in ran.out
