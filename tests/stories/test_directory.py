"""From an empty workspace to an account whose people come from Active Directory, with a real LDAP server over TLS."""

from __future__ import annotations

from tests import ldap_server
from tests.browser import Browser
from tests.cli.program import Program
from tests.directories import Directories
from tests.dns_server import DnsServer
from tests.ldap_server import BASE, PASSWORD, USER
from tests.sandbox_process import SandboxProcess
from tests.stories.console import Console
from tests.stories.program import apply, pending, steps, word_after

WORKSPACE = """
chimeform: 1
workspace: plant
accounts:
  plant:
    name: Acme Plant
    domains:
      plant.example: {verification}
    identity:
      directory:
        id: {directory}
        ldap:
          server: ldaps://127.0.0.1:{port}
          base: {base}
          user: {user}
          password: {{secretsmanager: chime/ldap-reader}}
          ca_file: authority.pem
      groups:
        Chime Pro: {{license: pro, members: [jane@plant.example]}}
        Chime Basic: {{license: basic}}
    bots:
      helpdesk: {{display_name: HelpDesk, domain: plant.example}}
    retention: {{rooms: 1 year, lifecycle: {{accept: [chat-deletion]}}}}
"""
IDENTITY = "accounts.plant.identity"


def test_the_whole_story(chimeform: Program, sandbox: SandboxProcess, dns: DnsServer, running_browser: Browser) -> None:
    console, directory = Console(running_browser, sandbox.url), Directories(sandbox).connector()
    sandbox.client("secretsmanager").create_secret(Name="chime/ldap-reader", SecretString=PASSWORD)
    with ldap_server.running() as server:
        chimeform.write("authority.pem", server.ca_file.read_text())
        known = {"directory": directory, "port": server.port, "base": BASE, "user": USER}
        for name in ("jane", "omar"):
            server.add_user(name, mail=f"{name}@plant.example")
        server.add_user("lee", mail="lee@plant.example", proxyAddresses=["smtp:lee@old.example"])
        server.add_group("Chime Pro", ["jane"])

        # a Team account; the directory lacks a group
        chimeform.write("chimeform.yaml", WORKSPACE.format(verification="{}", **known))
        assert PASSWORD not in apply(chimeform).all
        (account,) = sandbox.client().list_accounts()["Accounts"]
        assert account["AccountType"] == "Team"
        assert "the directory has Chime Pro" in steps(chimeform, f'{IDENTITY}.groups["Chime Basic"].exists')
        server.add_group("Chime Basic", ["omar", "lee"])
        assert f'{IDENTITY}.groups["Chime Basic"].exists' not in pending(chimeform)

        # the domain, by its TXT record
        console.open(account["AccountId"])
        name, value = console.claim("plant.example")
        record = f"{{verification: {{name: {name}, value: {value}}}}}"
        chimeform.write("chimeform.yaml", WORKSPACE.format(verification=record, **known))
        dns.texts[name] = [value]
        console.see_verified()
        apply(chimeform)
        bots = sandbox.client().list_bots(AccountId=account["AccountId"])["Bots"]
        assert [bot["DisplayName"] for bot in bots] == ["HelpDesk (Bot)"]

        # the directory is connected, as the steps say; whose address leads elsewhere is named
        chosen = word_after("under Cloud directory ID", steps(chimeform, f"{IDENTITY}.connected"))
        console.connect_directory(chosen)
        assert f"{IDENTITY}.connected" not in pending(chimeform)
        (account,) = sandbox.client().list_accounts()["Accounts"]
        assert account["AccountType"] == "EnterpriseDirectory"
        gate = f'{IDENTITY}.groups["Chime Basic"].addresses'
        assert "lee@plant.example (lee@old.example)" in steps(chimeform, gate)
        lee = next(values for dn, values in server.entries.items() if dn.startswith("CN=lee"))
        lee["proxyAddresses"] = [b"smtp:lee@plant.example"]
        assert gate not in pending(chimeform)

        # the groups get their licences, people sign in, and nothing is left to do
        console.map_group("Chime Pro", "Pro")
        console.map_group("Chime Basic", "Basic")
        assert pending(chimeform) == [f'{IDENTITY}.groups["{name}"].mapped' for name in ("Chime Basic", "Chime Pro")]
        console.sign_up("jane@plant.example", "Chime Pro")
        console.sign_up("omar@plant.example", "Chime Basic")
        assert pending(chimeform) == []
        apply(chimeform)
        assert chimeform("plan", "--detailed-exitcode").code == 0

        # somebody leaves a group there
        for values in server.entries.values():
            values.pop("member", None)
            values.pop("memberOf", None)
        assert f'{IDENTITY}.groups["Chime Pro"].members["jane@plant.example"].joined' in pending(chimeform)
