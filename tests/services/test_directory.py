"""Groups and their members over LDAP, asked of a real server that speaks TLS."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.language.desired import Aws, Dns
from chimeform.services.aws import AwsServices, Services
from chimeform.services.directory import DirectoryServices
from chimeform.services.routing import all_services
from tests import ldap_server
from tests.certificates import write_certificates
from tests.ldap_server import BASE, PASSWORD, USER, LdapServer


@pytest.fixture
def server() -> Iterator[LdapServer]:
    with ldap_server.running() as server:
        yield server


def services(**env: str) -> Services:
    return all_services(Aws(), Dns(), env or {"LDAP_PASSWORD": PASSWORD})


def ask(operation: str, name: str, block: Mapping[str, Any], by: Services | None = None) -> Mapping[str, Any]:
    request = {"Directory": {"id": "d-1234567890", "ldap": block}, "Name": name}
    return (by or services()).call("directory", operation, request)


def find(server: LdapServer, name: str) -> Mapping[str, Any]:
    return ask("FindGroup", name, server.block())


def members(server: LdapServer, name: str) -> Mapping[str, Any]:
    return ask("ListGroupMembers", name, server.block())


def refusal(block: Mapping[str, Any], operation: str = "FindGroup", by: Services | None = None) -> ServiceError:
    """The error of a question, in which no password stands."""
    with pytest.raises(ServiceError) as caught:
        ask(operation, "Chime Pro", block, by)
    error = caught.value
    assert (error.operation, bool(error.why), bool(error.do)) == (operation, True, True)
    assert PASSWORD not in f"{error.summary}{error.why}{error.do}{''.join(traceback.format_exception(error))}"
    return error


# Groups


def test_a_group_is_found_and_its_spelling_told(server: LdapServer) -> None:
    server.add_group("Chime Pro", rid=1234)
    group = {"Id": "S-1-5-21-1004336348-1177238915-682003330-1234", "Name": "Chime Pro", "IsUnit": False}
    assert find(server, "Chime Pro") == {"Groups": [group]}
    assert find(server, "CHIME pro") == {"Groups": [group]}


def test_what_is_no_group_is_not_found(server: LdapServer) -> None:
    server.add_user("Chime Pro")
    assert find(server, "Chime Pro") == {"Groups": []}


def test_an_account_name_goes_before_a_common_name(server: LdapServer) -> None:
    server.add_group("pro-2019", cn="Chime Pro")
    assert find(server, "chime pro")["Groups"][0]["Name"] == "Chime Pro"
    server.add_group("Chime Pro", cn="Everybody with Pro", rid=77)
    assert find(server, "chime pro")["Groups"][0]["Id"].endswith("-77")


def test_a_common_name_of_several_groups_names_none(server: LdapServer) -> None:
    places = [server.add_group(f"pro-{at}", cn="Chime Pro", place=f"OU=Site {at},{BASE}") for at in range(2)]
    error = refusal(server.block())
    assert (error.code, error.fault) == ("CF-DIR-014", ServiceFault.INVALID)
    assert all(place in error.why for place in places)
    assert find(server, "pro-1")["Groups"][0]["Name"] == "pro-1"


def test_an_organisational_unit_is_told_where_there_is_no_group(server: LdapServer) -> None:
    server.add_unit("Chime Pro")
    server.add_group("Chime Pros")
    found = find(server, "chime pro")
    assert (found["Groups"][0]["Name"], found["Groups"][0]["IsUnit"], found["Near"]) == (
        "Chime Pro",
        True,
        ["Chime Pros"],
    )
    server.add_group("Chime Pro")
    assert find(server, "Chime Pro")["Groups"][0]["IsUnit"] is False


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Chime Por", ["Chime Pro", "Chime Pro EU", "Chime Pro US"]),
        ("ChimePro", ["Chime Pro", "Chime Pro EU", "Chime Pro US"]),
        ("Pro Chime EU", ["Chime Pro EU"]),
        ("Sals", ["Sales"]),
        ("Finance", []),
    ],
)
def test_near_names_are_up_to_three_the_likest_first(server: LdapServer, asked: str, near: list[str]) -> None:
    for name in ("Sales", "Chime Pro US", "Chime Pro", "Chime Basic", "Chime Pro EU", "Domain Admins"):
        server.add_group(name)
    server.add_user("Chime Porter")
    found = find(server, asked)
    assert found["Groups"] == []
    assert found.get("Near", []) == near


@pytest.mark.parametrize("name", ["R*D", "Sales (all)", "A\\B", "Größe, Farbe", "a)(objectClass=*", "#1 + more"])
def test_a_name_is_text_and_never_a_filter(server: LdapServer, name: str) -> None:
    server.add_user("jane")
    server.add_group("RandD", ["jane"])
    assert find(server, name)["Groups"] == []
    server.add_group(name, ["jane"])
    assert find(server, name)["Groups"][0]["Name"] == name
    assert [person["UserName"] for person in members(server, name)["Members"]] == ["jane"]


# Members


def test_members_are_people_with_all_their_addresses(server: LdapServer) -> None:
    addresses = ["SMTP:omar@acme.example", "smtp:omar@old.example", "X500:/o=Acme/cn=omar", "sip:omar@acme.example"]
    server.add_user("omar", rid=2000, displayName="Omar Haddad", mail="omar@acme.example", proxyAddresses=addresses)
    server.add_user("Jane", rid=2001, cn="Jane Doe", userAccountControl=514)
    server.add_user("printer$", kind="computer")
    server.add_user("zoe")
    server.add_group("Board", ["zoe"])
    server.add_group("Chime Pro", ["omar", "Jane", "printer$", "Board"])
    assert members(server, "chime pro") == {
        "Members": [
            {
                "Id": "S-1-5-21-1004336348-1177238915-682003330-2001",
                "Key": "Jane",
                "UserName": "Jane",
                "DisplayName": "Jane Doe",
                "Email": "",
                "ProxyAddresses": [],
                "Enabled": False,
            },
            {
                "Id": "S-1-5-21-1004336348-1177238915-682003330-2000",
                "Key": "omar@acme.example",
                "UserName": "omar",
                "DisplayName": "Omar Haddad",
                "Email": "omar@acme.example",
                "ProxyAddresses": ["omar@acme.example", "omar@old.example"],
                "Enabled": True,
            },
        ],
        "Groups": ["Board"],
    }


def test_people_whose_primary_group_it_is_are_members(server: LdapServer) -> None:
    server.add_user("jane")
    server.add_user("omar", primaryGroupID=1600)
    server.add_group("Domain Users", rid=ldap_server.DOMAIN_USERS)
    assert [person["UserName"] for person in members(server, "Domain Users")["Members"]] == ["jane"]


def test_large_groups_are_read_in_pages(server: LdapServer) -> None:
    names = [f"user{at:04}" for at in range(2500)]
    for name in names:
        server.add_user(name, mail=f"{name}@acme.example")
    server.add_group("Chime Basic", names)
    assert server.page < len(names), "the server gives fewer entries than there are, so only pages reach them all"
    found = members(server, "Chime Basic")["Members"]
    assert [person["Email"] for person in found] == [f"{name}@acme.example" for name in names]


def test_many_addresses_of_one_person_are_read_to_the_last(server: LdapServer) -> None:
    server.values_at_once = 3
    server.add_user("jane", proxyAddresses=[f"smtp:jane{at}@acme.example" for at in range(10)])
    server.add_group("Chime Pro", ["jane"])
    assert len(members(server, "Chime Pro")["Members"][0]["ProxyAddresses"]) == 10


def test_servers_of_other_domains_are_not_asked(server: LdapServer) -> None:
    server.references = ["ldap://127.0.0.1:9/DC=other,DC=example"]
    server.add_user("jane")
    server.add_group("Chime Pro", ["jane"])
    assert len(members(server, "Chime Pro")["Members"]) == 1


def test_an_organisational_unit_has_no_members(server: LdapServer) -> None:
    unit = server.add_unit("Chime Pro")
    server.add_user("jane", place=unit)
    assert members(server, "Chime Pro") == {"Members": [], "Groups": []}


def test_members_of_a_group_that_is_not_there(server: LdapServer) -> None:
    error = refusal(server.block(), "ListGroupMembers")
    assert (error.code, error.fault) == ("CF-DIR-013", ServiceFault.ABSENT)


# The connection


def test_starttls_comes_before_the_password() -> None:
    with ldap_server.running(is_tls=False) as server:
        server.add_group("Chime Pro")
        assert find(server, "Chime Pro")["Groups"][0]["Name"] == "Chime Pro"
        server.offers_starttls = False
        server.binds.clear()
        error = refusal(server.block())
        assert (error.code, error.fault, server.binds) == ("CF-DIR-005", ServiceFault.INVALID, [])


@pytest.mark.parametrize("is_tls", [True, False])
def test_a_certificate_of_another_name_is_refused(is_tls: bool) -> None:
    with ldap_server.running(["dc1.corp.acme.example"], is_tls=is_tls) as server:
        error = refusal(server.block())
    assert (error.code, error.fault, server.binds) == ("CF-DIR-004", ServiceFault.INVALID, [])
    assert "not valid for '127.0.0.1'" in error.summary


@pytest.mark.parametrize("is_tls", [True, False])
@pytest.mark.parametrize("trusted", ["the system's", "another"])
def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, is_tls: bool, trusted: str) -> None:
    write_certificates(tmp_path, ["127.0.0.1"])
    ca_file = None if trusted == "the system's" else str(tmp_path / "ca.pem")
    with ldap_server.running(is_tls=is_tls) as server:
        error = refusal(server.block(ca_file=ca_file))
    assert (error.code, error.fault, server.binds) == ("CF-DIR-003", ServiceFault.INVALID, [])


def test_a_server_without_tls_gets_no_password() -> None:
    with ldap_server.running(is_tls=False) as server:
        error = refusal(server.block(server=f"ldaps://127.0.0.1:{server.port}"))
    assert (error.code, error.fault, server.binds) == ("CF-DIR-005", ServiceFault.INVALID, [])


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ({"server": "ldap://dc1.acme.example"}, "CF-DIR-006"),
        ({"server": "ldap://dc1.acme.example", "starttls": False}, "CF-DIR-006"),
        ({"server": "dc1.acme.example"}, "CF-DIR-007"),
        ({"server": "https://dc1.acme.example"}, "CF-DIR-007"),
        ({"server": "ldaps://dc1.acme.example:ldaps"}, "CF-DIR-007"),
        ({"server": "ldaps://dc1.acme.example/DC=acme"}, "CF-DIR-007"),
        ({"server": "ldaps://"}, "CF-DIR-007"),
        ({"ca_file": "/nowhere/ca.pem"}, "CF-DIR-007"),
        ({"ca_file": __file__}, "CF-DIR-007"),
    ],
)
def test_what_cannot_be_asked_safely_is_not_asked(block: dict[str, Any], code: str) -> None:
    usual = {"server": "ldaps://127.0.0.1:9", "base": BASE, "user": USER, "password": {"env": "LDAP_PASSWORD"}}
    error = refusal({**usual, **block})
    assert (error.code, error.fault) == (code, ServiceFault.INVALID)


def test_nobody_listening_and_nobody_of_that_name(server: LdapServer) -> None:
    for address in ("127.0.0.1:9", "nowhere.invalid"):
        error = refusal(server.block(server=f"ldaps://{address}"))
        assert (error.code, error.fault) == ("CF-DIR-001", ServiceFault.UNREACHABLE)
        assert address in error.summary


@pytest.mark.parametrize("mood", ["silent", "deaf"])
def test_silence_says_nothing_about_the_group(server: LdapServer, mood: str) -> None:
    server.mood = mood
    error = refusal(server.block(timeout=0.5))
    assert (error.code, error.fault) == ("CF-DIR-002", ServiceFault.UNREACHABLE)


def test_a_server_that_never_shakes_hands(server: LdapServer) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        error = refusal(server.block(server=f"ldaps://127.0.0.1:{mute.getsockname()[1]}", timeout=1))
    assert (error.code, error.fault) == ("CF-DIR-002", ServiceFault.UNREACHABLE)


def test_a_connection_that_breaks_off(server: LdapServer) -> None:
    server.mood = "breaks off"
    error = refusal(server.block())
    assert (error.code, error.fault) == ("CF-DIR-001", ServiceFault.UNREACHABLE)
    assert "broke off" in error.summary


# Who asks


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("52e", "the password is wrong"),
        ("775", "locked"),
        ("532", "expired"),
        ("533", "disabled"),
        ("9", "invalidCred"),
    ],
)
def test_a_refused_bind_says_what_the_directory_says(server: LdapServer, data: str, why: str) -> None:
    server.refusals[USER] = data
    error = refusal(server.block())
    assert (error.code, error.fault) == ("CF-DIR-008", ServiceFault.DENIED)
    assert why in error.summary


def test_a_wrong_password_is_tried_once_however_many_ask(server: LdapServer) -> None:
    by = services(LDAP_PASSWORD="wrong")
    with ThreadPoolExecutor(8) as threads:
        errors = list(threads.map(lambda _: refusal(server.block(), by=by).code, range(16)))
    assert (set(errors), server.binds) == ({"CF-DIR-008"}, [USER])


def test_an_empty_password_is_not_sent(server: LdapServer) -> None:
    """A directory takes a bind without a password for an anonymous one, and answers "success"."""

    class Hollow:
        def read(self, place: Mapping[str, Any], /) -> str:
            return ""

    error = refusal(server.block(), by=DirectoryServices(AwsServices(Aws()), Hollow()))
    assert (error.code, server.binds) == ("CF-DIR-008", [])


def test_a_missing_password_is_no_missing_group(server: LdapServer) -> None:
    with pytest.raises(ServiceError) as caught:
        ask("FindGroup", "Chime Pro", server.block(), services(OTHER_PASSWORD=PASSWORD))
    assert (caught.value.code, caught.value.fault) == ("CF-SEC-002", ServiceFault.INVALID)


# What a search ends with


def test_a_base_that_is_not_there_is_no_missing_group(server: LdapServer) -> None:
    error = refusal(server.block(base="DC=other,DC=example"))
    assert (error.code, error.fault) == ("CF-DIR-009", ServiceFault.INVALID)
    assert "DC=other,DC=example" in error.summary


@pytest.mark.parametrize(
    ("result", "code", "fault"),
    [
        (3, "CF-DIR-002", ServiceFault.UNREACHABLE),
        (4, "CF-DIR-010", ServiceFault.LIMIT),
        (10, "CF-DIR-009", ServiceFault.INVALID),
        (11, "CF-DIR-010", ServiceFault.LIMIT),
        (34, "CF-DIR-009", ServiceFault.INVALID),
        (50, "CF-DIR-011", ServiceFault.DENIED),
        (51, "CF-DIR-012", ServiceFault.SERVICE),
        (80, "CF-DIR-012", ServiceFault.SERVICE),
    ],
)
def test_each_result_has_a_class(server: LdapServer, result: int, code: str, fault: ServiceFault) -> None:
    server.result = result
    error = refusal(server.block())
    assert (error.code, error.fault) == (code, fault)
