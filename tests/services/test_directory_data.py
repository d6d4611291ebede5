"""Groups and their members by AWS Directory Service Data, asked of the sandbox in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.language.desired import Aws, Dns
from chimeform.services.aws import AwsServices
from chimeform.services.routing import all_services
from tests.directories import Directories
from tests.sandbox_process import SandboxProcess

UNKNOWN = "d-0123456789"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess.start() as sandbox:
        yield sandbox
        assert sandbox.stderr() == "", "the sandbox has a defect: it complained"


@pytest.fixture
def ad(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Directories:
    sandbox.reset()
    for name, value in sandbox.env().items():
        monkeypatch.setenv(name, value)
    return Directories(sandbox)


def ask(directory_id: str, operation: str, name: str, aws: Aws | None = None, **more: Any) -> Mapping[str, Any]:
    # made anew for each question, so that the sandbox's address is read from this test's environment
    services = all_services(aws or Aws(), Dns(), {})
    request = {"Directory": {"id": directory_id, "ldap": None}, "Name": name, **more}
    return services.call("directory", operation, request)


def refusal(directory_id: str, operation: str = "FindGroup", name: str = "Chime Pro") -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        ask(directory_id, operation, name)
    assert caught.value.do
    return caught.value


def test_a_group_is_found_and_its_spelling_told(ad: Directories) -> None:
    ad.group("Chime Pro")
    sid = ad.ask("describe_group", SAMAccountName="Chime Pro")["SID"]
    expected = {"Groups": [{"Id": sid, "Name": "Chime Pro", "IsUnit": False}]}
    assert ask(ad.directory, "FindGroup", "Chime Pro") == expected
    assert ask(ad.directory, "FindGroup", "chime PRO") == expected


def test_a_directory_is_asked_in_its_own_region_whatever_the_workspaces_is(ad: Directories) -> None:
    ad.group("Chime Pro")
    found = ask(ad.directory, "FindGroup", "Chime Pro", Aws(region="eu-west-1"))
    assert found["Groups"][0]["Name"] == "Chime Pro"


def test_an_absent_group_and_names_near_to_it(ad: Directories) -> None:
    assert ask(ad.directory, "FindGroup", "Chime Pro") == {"Groups": []}
    for name in ("Sales", "Chime Pro US", "Chime Pro", "Chime Pro EU", "Chime Basic"):
        ad.group(name)
    ad.user("ChimePor")
    near = ["Chime Pro", "Chime Pro EU", "Chime Pro US"]
    assert ask(ad.directory, "FindGroup", "Chime Por") == {"Groups": [], "Near": near}
    assert ask(ad.directory, "FindGroup", "Finance") == {"Groups": []}


def test_near_names_are_looked_for_beyond_the_first_page_of_groups(ad: Directories) -> None:
    for at in range(250):
        ad.group(f"Other {at}")
    ad.group("Chime Pro")
    assert ask(ad.directory, "FindGroup", "Chime Por") == {"Groups": [], "Near": ["Chime Pro"]}


def test_members_are_people_with_all_their_addresses(ad: Directories) -> None:
    addresses = ["SMTP:omar@acme.example", "smtp:omar@old.example", "X500:/o=Acme/cn=omar"]
    others = {"ProxyAddresses": {"SS": addresses}, "DisplayName": {"S": "Omar Haddad"}}
    ad.ask("create_user", SAMAccountName="omar", EmailAddress="omar@acme.example", OtherAttributes=others)
    ad.user("jane", GivenName="Jane", Surname="Doe")
    ad.ask("create_user", SAMAccountName="zoe", OtherAttributes={"proxyAddresses": {"S": "smtp:zoe@acme.example"}})
    ad.ask("disable_user", SAMAccountName="jane")
    ad.group("Board", "zoe")
    ad.group("Chime Pro", "omar", "jane", "zoe", "Board")
    sids = [ad.ask("describe_user", SAMAccountName=name)["SID"] for name in ("omar", "jane", "zoe")]
    assert ask(ad.directory, "ListGroupMembers", "Chime Pro") == {
        "Members": [
            {
                "Id": sids[0],
                "Key": "omar@acme.example",
                "UserName": "omar",
                "DisplayName": "Omar Haddad",
                "Email": "omar@acme.example",
                "ProxyAddresses": ["omar@acme.example", "omar@old.example"],
                "Enabled": True,
            },
            {
                "Id": sids[1],
                "Key": "jane",
                "UserName": "jane",
                "DisplayName": "Jane Doe",
                "Email": "",
                "ProxyAddresses": [],
                "Enabled": False,
            },
            {
                "Id": sids[2],
                "Key": "zoe",
                "UserName": "zoe",
                "DisplayName": "",
                "Email": "",
                "ProxyAddresses": ["zoe@acme.example"],
                "Enabled": True,
            },
        ],
        "Groups": ["Board"],
    }


def test_large_groups_are_read_in_pages(ad: Directories) -> None:
    names = [f"user{at:02}" for at in range(50)]
    for name in names:
        ad.user(name)
    ad.group("Chime Basic", *names)
    found, pages, token = [], 0, None
    while pages == 0 or token:
        page = ask(ad.directory, "ListGroupMembers", "Chime Basic", **({"NextToken": token} if token else {}))
        found += [person["UserName"] for person in page["Members"]]
        pages, token = pages + 1, page.get("NextToken")
    assert (found, pages) == (names, 3)


def test_members_of_a_group_that_is_not_there(ad: Directories) -> None:
    error = refusal(ad.directory, "ListGroupMembers")
    assert (error.code, error.fault, error.operation) == ("CF-DIR-013", ServiceFault.ABSENT, "ListGroupMembers")


@pytest.mark.parametrize("operation", ["FindGroup", "ListGroupMembers"])
@pytest.mark.parametrize(
    ("kind", "code", "fault"),
    [
        ("simple_ad", "CF-DIR-016", ServiceFault.INVALID),
        ("connector", "CF-DIR-016", ServiceFault.INVALID),
        ("unknown", "CF-DIR-017", ServiceFault.DENIED),
    ],
)
def test_a_directory_that_has_no_data(
    ad: Directories, operation: str, kind: str, code: str, fault: ServiceFault
) -> None:
    directory_id = UNKNOWN if kind == "unknown" else getattr(ad, kind)()
    error = refusal(directory_id, operation)
    assert (error.code, error.fault, error.operation) == (code, fault, operation)
    assert directory_id in error.summary
    assert error.request_id


def test_data_access_that_is_not_enabled(ad: Directories) -> None:
    ad.sandbox.put("directories", {"directory_id": ad.directory, "data_access": False})
    error = refusal(ad.directory)
    assert (error.code, error.fault) == ("CF-DIR-015", ServiceFault.DENIED)
    assert "enable" in error.do


def test_a_directory_that_is_not_active_says_nothing_about_the_group(ad: Directories) -> None:
    ad.sandbox.put("directories", {"directory_id": ad.directory, "stage": "Impaired"})
    assert refusal(ad.directory).fault is ServiceFault.SERVICE


def test_a_permission_that_is_missing_is_named(ad: Directories) -> None:
    ad.sandbox.post("iam", {"deny": ["ds-data:DescribeGroup"]})
    error = refusal(ad.directory)
    assert (error.code, error.fault) == ("CF-AWS-403", ServiceFault.DENIED)
    assert "ds-data:DescribeGroup" in error.do


def test_a_directory_that_is_not_there_is_absent(ad: Directories) -> None:
    """Directory Service says so with the status of a bad request."""
    with pytest.raises(ServiceError) as caught:
        AwsServices(Aws()).call("ds", "DescribeDirectories", {"DirectoryIds": [UNKNOWN]})
    assert caught.value.fault is ServiceFault.ABSENT
