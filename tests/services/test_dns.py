"""TXT look-ups with a real resolver against a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chimeform.errors import ServiceError, ServiceFault, UsageError
from chimeform.language.desired import Aws, Dns
from chimeform.services.dns import DnsServices
from chimeform.services.routing import RESOLVER_VARIABLE, all_services
from tests import dns_server
from tests.dns_server import DnsServer


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with dns_server.running() as server:
        yield server


def look_up(server: DnsServer, name: str, timeout: float = 0.2) -> list[str]:
    services = DnsServices(Dns(resolver=server.address, timeout=timeout))
    found: list[str] = services.call("dns", "LookupTxt", {"Name": name})["Texts"]
    return found


def test_all_texts_at_a_name_and_long_ones_in_one_piece(server: DnsServer) -> None:
    server.texts["_amazonchime.acme.example"] = ["3f0c", "x" * 600, "v=spf1 -all"]
    assert sorted(look_up(server, "_amazonchime.acme.example")) == sorted(["3f0c", "x" * 600, "v=spf1 -all"])
    assert look_up(server, "_AmazonChime.acme.example.")[:1] != []


def test_what_does_not_exist_is_empty_and_no_error(server: DnsServer) -> None:
    server.texts["acme.example"] = []
    assert look_up(server, "acme.example") == []
    assert look_up(server, "nowhere.acme.example") == []


@pytest.mark.parametrize(
    ("mood", "fault", "code"),
    [("silent", ServiceFault.UNREACHABLE, "CF-DNS-001"), ("fails", ServiceFault.SERVICE, "CF-DNS-002")],
)
def test_no_answer_is_never_taken_for_an_empty_one(server: DnsServer, mood: str, fault: str, code: str) -> None:
    server.texts["acme.example"], server.mood = ["3f0c"], mood
    with pytest.raises(ServiceError) as failed:
        look_up(server, "acme.example")
    assert (failed.value.fault, failed.value.code) == (fault, code)
    assert server.address in failed.value.summary
    assert failed.value.do


def test_the_environment_names_another_server(server: DnsServer) -> None:
    server.texts["acme.example"] = ["3f0c"]
    nobody = Dns(resolver="192.0.2.1", timeout=0.2)
    services = all_services(Aws(), nobody, {RESOLVER_VARIABLE: server.address})
    assert services.call("dns", "LookupTxt", {"Name": "acme.example"})["Texts"] == ["3f0c"]
    with pytest.raises(UsageError) as refused:
        all_services(Aws(), nobody, {RESOLVER_VARIABLE: "not an address"})
    assert refused.value.code == "CF-DNS-003"
