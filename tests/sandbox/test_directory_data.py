"""Directory Service Data with unmodified botocore, on the directories of AWS Directory Service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.directories import Directories, make_client
from tests.sandbox_process import ControlError, SandboxProcess

UNKNOWN = "d-0123456789"


@pytest.fixture
def ad(sandbox: SandboxProcess) -> Directories:
    return Directories(sandbox)


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str | None, int]:
    """Shape, reason and HTTP status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    assert response["Error"]["Message"]
    reason: str | None = response.get("Reason")  # type: ignore[assignment]
    return response["Error"]["Code"], reason, response["ResponseMetadata"]["HTTPStatusCode"]


def names(items: list[Any]) -> list[str]:
    return [item["SAMAccountName"] for item in items]


# Which directories answer


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unknown", ("AccessDeniedException", "DIRECTORY_AUTH", 403)),
        ("simple_ad", ("ValidationException", "INVALID_DIRECTORY_TYPE", 400)),
        ("connector", ("ValidationException", "INVALID_DIRECTORY_TYPE", 400)),
    ],
)
def test_only_a_managed_microsoft_ad_has_data(ad: Directories, kind: str, expected: tuple[str, str, int]) -> None:
    directory_id = UNKNOWN if kind == "unknown" else getattr(ad, kind)()
    assert refusal(ad.data.list_groups, DirectoryId=directory_id) == expected


def test_before_any_directory_was_made_there_is_none(sandbox: SandboxProcess) -> None:
    data = make_client(sandbox, "ds-data")
    assert refusal(data.list_groups, DirectoryId=UNKNOWN)[0] == "AccessDeniedException"


def test_a_directory_of_another_region_is_not_there(ad: Directories) -> None:
    import boto3

    elsewhere = boto3.client(
        "ds-data",
        endpoint_url=ad.sandbox.url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert refusal(elsewhere.list_groups, DirectoryId=ad.directory)[1] == "DIRECTORY_AUTH"


def test_a_deleted_directory_has_no_data(ad: Directories) -> None:
    ad.group("Chime Pro")
    make_client(ad.sandbox, "ds").delete_directory(DirectoryId=ad.directory)
    assert refusal(ad.ask, operation="list_groups") == ("AccessDeniedException", "DIRECTORY_AUTH", 403)


def test_data_access_is_disabled_and_enabled(ad: Directories) -> None:
    ad.sandbox.put("directories", {"directory_id": ad.directory, "data_access": False})
    assert refusal(ad.ask, operation="list_groups") == ("AccessDeniedException", "DATA_DISABLED", 403)
    ad.sandbox.put("directories", {"directory_id": ad.directory, "data_access": True})
    assert ad.ask("list_groups")["Groups"] == []


def test_a_directory_that_is_not_active_is_unavailable(ad: Directories) -> None:
    ad.sandbox.put("directories", {"directory_id": ad.directory, "stage": "Impaired"})
    assert ad.stage(ad.directory) == "Impaired"
    expected = ("DirectoryUnavailableException", "INVALID_DIRECTORY_STATE", 400)
    assert refusal(ad.ask, operation="list_groups") == expected


def test_the_control_surface_knows_only_directories_that_are_there(ad: Directories) -> None:
    with pytest.raises(ControlError) as caught:
        ad.sandbox.put("directories", {"directory_id": UNKNOWN, "stage": "Impaired"})
    assert caught.value.code == "NotFound"


# Groups


def test_a_group_is_described(ad: Directories) -> None:
    made = ad.ask("create_group", SAMAccountName="Chime Pro", OtherAttributes={"description": {"S": "They host"}})
    assert (made["DirectoryId"], made["SAMAccountName"]) == (ad.directory, "Chime Pro")
    found = ad.ask("describe_group", SAMAccountName="chime pro", OtherAttributes=["Description"])
    assert (found["SAMAccountName"], found["SID"]) == ("Chime Pro", made["SID"])
    assert (found["GroupType"], found["GroupScope"], found["Realm"]) == ("Security", "Global", "corp.acme.example")
    assert found["DistinguishedName"] == "CN=Chime Pro,OU=Users,OU=corp,DC=corp,DC=acme,DC=example"
    assert found["OtherAttributes"] == {"description": {"S": "They host"}}
    assert "OtherAttributes" not in ad.ask("describe_group", SAMAccountName="Chime Pro")


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("describe_group", {"SAMAccountName": "Nobody"}, "ResourceNotFoundException"),
    ("describe_group", {"SAMAccountName": "jane"}, "ResourceNotFoundException"),
    ("describe_user", {"SAMAccountName": "Sales"}, "ResourceNotFoundException"),
    ("list_group_members", {"SAMAccountName": "Nobody"}, "ResourceNotFoundException"),
    ("list_groups_for_member", {"SAMAccountName": "nobody"}, "ResourceNotFoundException"),
    ("delete_group", {"SAMAccountName": "Nobody"}, "ResourceNotFoundException"),
    ("create_group", {"SAMAccountName": "SALES"}, "ConflictException"),
    ("create_group", {"SAMAccountName": "jane"}, "ConflictException"),
    ("create_user", {"SAMAccountName": "sales"}, "ConflictException"),
    ("add_group_member", {"GroupName": "Sales", "MemberName": "jane"}, "ConflictException"),
    ("add_group_member", {"GroupName": "Sales", "MemberName": "nobody"}, "ResourceNotFoundException"),
    ("add_group_member", {"GroupName": "Nobody", "MemberName": "jane"}, "ResourceNotFoundException"),
    ("add_group_member", {"GroupName": "Sales", "MemberName": "Sales"}, "ValidationException"),
    ("remove_group_member", {"GroupName": "Sales", "MemberName": "omar"}, "ResourceNotFoundException"),
    ("list_groups", {"Realm": "other.example"}, "ValidationException"),
    ("list_groups", {"NextToken": "made-up"}, "ValidationException"),
    ("list_groups", {"MaxResults": 251}, "ValidationException"),
    ("create_group", {"SAMAccountName": "a,b"}, "ValidationException"),
    ("create_group", {"SAMAccountName": "x" * 65}, "ValidationException"),
    ("search_groups", {"SearchString": "S*", "SearchAttributes": ["SAMAccountName"]}, "ValidationException"),
]


def test_refusals(ad: Directories) -> None:
    ad.user("jane")
    ad.user("omar")
    ad.group("Sales", "jane")
    # What botocore would refuse itself must reach the service.
    unchecked = ad.sandbox.client("ds-data", parameter_validation=False)
    for operation, params, shape in REFUSALS:
        refused = refusal(getattr(unchecked, operation), DirectoryId=ad.directory, **params)[0]
        assert (operation, params, refused) == (operation, params, shape)


def test_the_realm_is_the_directorys_without_regard_to_case(ad: Directories) -> None:
    ad.group("Sales")
    assert names(ad.ask("list_groups", Realm="CORP.acme.example")["Groups"]) == ["Sales"]


def test_groups_are_listed_in_pages(ad: Directories) -> None:
    for at in range(5):
        ad.group(f"G{at}")
    pages = [
        names(page["Groups"])
        for page in ad.data.get_paginator("list_groups").paginate(
            DirectoryId=ad.directory, PaginationConfig={"PageSize": 2}
        )
    ]
    assert pages == [["G0", "G1"], ["G2", "G3"], ["G4"]]


@pytest.mark.parametrize(
    ("attributes", "text", "found"),
    [
        (["SAMAccountName"], "chime pro", ["Chime Pro"]),
        (["samaccountname"], "Chime", []),
        (["description"], "they host", ["Chime Pro"]),
        (["mail", "description"], "they listen", ["Chime Basic"]),
    ],
)
def test_groups_are_searched_by_whole_values(
    ad: Directories, attributes: list[str], text: str, found: list[str]
) -> None:
    for name, said in (("Chime Pro", "They host"), ("Chime Basic", "They listen")):
        ad.ask("create_group", SAMAccountName=name, OtherAttributes={"description": {"S": said}})
    answer = ad.ask("search_groups", SearchString=text, SearchAttributes=attributes)
    assert names(answer["Groups"]) == found


def test_groups_of_two_directories_are_apart(ad: Directories) -> None:
    ad.group("Sales")
    other = ad.microsoft_ad("other.example")
    assert ad.data.list_groups(DirectoryId=other)["Groups"] == []


def test_a_deleted_group_is_gone_with_its_memberships(ad: Directories) -> None:
    ad.user("jane")
    ad.group("Sales", "jane")
    ad.ask("delete_group", SAMAccountName="Sales")
    assert ad.ask("list_groups")["Groups"] == []
    assert ad.ask("list_groups_for_member", SAMAccountName="jane")["Groups"] == []


def test_a_group_is_changed(ad: Directories) -> None:
    ad.ask("create_group", SAMAccountName="Sales", OtherAttributes={"description": {"S": "old"}})
    ad.ask(
        "update_group", SAMAccountName="Sales", GroupType="Distribution", OtherAttributes={"DESCRIPTION": {"S": "new"}}
    )
    found = ad.ask("describe_group", SAMAccountName="Sales", OtherAttributes=["description"])
    assert (found["GroupType"], found["OtherAttributes"]) == ("Distribution", {"DESCRIPTION": {"S": "new"}})
    ad.ask("update_group", SAMAccountName="Sales", UpdateType="REMOVE", OtherAttributes={"description": {"S": "new"}})
    assert "OtherAttributes" not in ad.ask("describe_group", SAMAccountName="Sales", OtherAttributes=["description"])


# Members


def test_members_are_people_and_groups(ad: Directories) -> None:
    ad.user("jane")
    ad.group("Sales")
    ad.group("All", "jane", "Sales")
    answer = ad.ask("list_group_members", SAMAccountName="all")
    assert [(item["MemberType"], item["SAMAccountName"]) for item in answer["Members"]] == [
        ("USER", "jane"),
        ("GROUP", "Sales"),
    ]
    assert names(ad.ask("list_groups_for_member", SAMAccountName="Sales")["Groups"]) == ["All"]
    ad.ask("remove_group_member", GroupName="All", MemberName="jane")
    assert names(ad.ask("list_group_members", SAMAccountName="All")["Members"]) == ["Sales"]


def test_members_are_listed_in_pages(ad: Directories) -> None:
    people = [f"user{at}" for at in range(5)]
    for name in people:
        ad.user(name)
    ad.group("Sales", *people)
    paginator = ad.data.get_paginator("list_group_members")
    found = paginator.paginate(DirectoryId=ad.directory, SAMAccountName="Sales", PaginationConfig={"PageSize": 2})
    assert [names(page["Members"]) for page in found] == [people[:2], people[2:4], people[4:]]


# Users


def test_a_user_is_described_searched_and_disabled(ad: Directories) -> None:
    addresses = {"proxyAddresses": {"SS": ["SMTP:jane@acme.example", "smtp:doe@acme.example"]}}
    ad.ask(
        "create_user",
        SAMAccountName="jane",
        EmailAddress="jane@acme.example",
        GivenName="Jane",
        Surname="Doe",
        OtherAttributes=addresses,
    )
    found = ad.ask("describe_user", SAMAccountName="JANE", OtherAttributes=["proxyAddresses"])
    assert (found["EmailAddress"], found["GivenName"], found["Surname"]) == ("jane@acme.example", "Jane", "Doe")
    assert (found["UserPrincipalName"], found["Enabled"]) == ("jane@corp.acme.example", True)
    assert found["OtherAttributes"] == addresses
    by_proxy = ad.ask("search_users", SearchString="smtp:doe@acme.example", SearchAttributes=["proxyAddresses"])
    assert names(by_proxy["Users"]) == ["jane"]
    ad.ask("disable_user", SAMAccountName="jane")
    assert [user["Enabled"] for user in ad.ask("list_users")["Users"]] == [False]
    ad.ask("update_user", SAMAccountName="jane", Surname="Roe")
    assert ad.ask("describe_user", SAMAccountName="jane")["Surname"] == "Roe"
    ad.ask("delete_user", SAMAccountName="jane")
    assert ad.ask("list_users")["Users"] == []


# What all services of the sandbox have


def test_a_client_token_makes_a_write_repeatable_for_eight_hours(ad: Directories) -> None:
    first = ad.ask("create_group", SAMAccountName="Sales", ClientToken="once")
    assert ad.ask("create_group", SAMAccountName="Sales", ClientToken="once")["SID"] == first["SID"]
    assert (
        refusal(ad.ask, operation="create_group", SAMAccountName="Other", ClientToken="once")[0] == "ConflictException"
    )
    ad.sandbox.advance(8 * 3600)
    assert (
        refusal(ad.ask, operation="create_group", SAMAccountName="Sales", ClientToken="once")[0] == "ConflictException"
    )
    assert ad.ask("create_group", SAMAccountName="Other", ClientToken="once")["SAMAccountName"] == "Other"


def test_calls_are_counted_and_faults_speak_the_services_words(ad: Directories) -> None:
    ad.sandbox.add_faults({"operation": "DescribeGroup", "kind": "throttle", "times": 1})
    ad.group("Sales")
    assert refusal(ad.ask, operation="describe_group", SAMAccountName="Sales")[::2] == ("ThrottlingException", 429)
    ad.sandbox.add_faults({"operation": "DescribeGroup", "kind": "error", "times": 1})
    assert refusal(ad.ask, operation="describe_group", SAMAccountName="Sales")[::2] == ("InternalServerException", 500)
    assert ad.ask("describe_group", SAMAccountName="Sales")["SAMAccountName"] == "Sales"
    assert ad.sandbox.calls() == {"CreateGroup": 1, "DescribeGroup": 3}


def test_iam_denies_by_the_services_own_actions(ad: Directories) -> None:
    ad.sandbox.post("iam", {"deny": ["ds-data:CreateGroup"]})
    assert refusal(ad.ask, operation="create_group", SAMAccountName="Sales")[::2] == ("AccessDeniedException", 403)
    assert ad.ask("list_groups")["Groups"] == []
    ad.sandbox.post("iam", {"allow": ["chime:*"]})
    assert refusal(ad.ask, operation="list_groups")[0] == "AccessDeniedException"


def test_a_reset_forgets_the_directories_and_what_was_in_them(ad: Directories) -> None:
    ad.group("Sales")
    ad.sandbox.reset()
    assert refusal(ad.ask, operation="list_groups")[1] == "DIRECTORY_AUTH"
    assert ad.sandbox.get("health")["services"]["ds-data"] == 17


def test_the_same_seed_gives_the_same_relative_identifiers(ad: Directories) -> None:
    seen = []
    for _ in range(2):
        ad.sandbox.reset(seed=5)
        again = Directories(ad.sandbox)
        again.group("Sales")
        seen.append(again.ask("describe_group", SAMAccountName="Sales")["SID"].rpartition("-")[2])
    assert seen[0] == seen[1]
