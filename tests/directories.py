"""Directories of AWS Directory Service in a sandbox, and what tests put into them."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.sandbox_process import SandboxProcess


class Directories:
    """`data` is boto3's ds-data client, `directory` a Managed Microsoft AD."""

    def __init__(self, sandbox: SandboxProcess, region: str = "us-east-1") -> None:
        self.sandbox = sandbox
        self.region = region
        self.data = make_client(sandbox, "ds-data", region)
        self._ds = make_client(sandbox, "ds", region)
        self._vpc = self._make_network()
        self.directory = self.microsoft_ad()

    def microsoft_ad(self, name: str = "corp.acme.example") -> str:
        made = self._ds.create_microsoft_ad(Name=name, Password="Passw0rd!x", VpcSettings=self._vpc)
        directory_id: str = made["DirectoryId"]
        return directory_id

    def simple_ad(self) -> str:
        made = self._ds.create_directory(
            Name="small.acme.example", Password="Passw0rd!x", Size="Small", VpcSettings=self._vpc
        )
        directory_id: str = made["DirectoryId"]
        return directory_id

    def connector(self) -> str:
        settings = {**self._vpc, "CustomerDnsIps": ["10.0.0.2"], "CustomerUserName": "admin"}
        made = self._ds.connect_directory(
            Name="old.acme.example", Password="Passw0rd!x", Size="Small", ConnectSettings=settings
        )
        directory_id: str = made["DirectoryId"]
        return directory_id

    def stage(self, directory_id: str) -> str:
        described = self._ds.describe_directories(DirectoryIds=[directory_id])["DirectoryDescriptions"]
        stage: str = described[0]["Stage"]
        return stage

    def group(self, name: str, *members: str) -> None:
        self.data.create_group(DirectoryId=self.directory, SAMAccountName=name)
        for member in members:
            self.data.add_group_member(DirectoryId=self.directory, GroupName=name, MemberName=member)

    def user(self, name: str, **more: str) -> None:
        self.data.create_user(DirectoryId=self.directory, SAMAccountName=name, **more)

    def ask(self, operation: str, **params: Any) -> Any:
        return getattr(self.data, operation)(DirectoryId=self.directory, **params)

    def _make_network(self) -> dict[str, Any]:
        ec2 = make_client(self.sandbox, "ec2", self.region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"{self.region}{zone}")
            for at, zone in enumerate("ab")
        ]
        return {"VpcId": vpc, "SubnetIds": [subnet["Subnet"]["SubnetId"] for subnet in subnets]}


@cache
def make_client(sandbox: SandboxProcess, service: str, region: str = "us-east-1") -> Any:
    # Making a client reads the whole service model: one for all tests of a sandbox.
    return sandbox.client(service, region=region)
