"""What both tools are asked for: the same objects, once in Terraform's language and once in chimeform's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

_PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    chimesdkvoice = "@URL@/chime-sdk-voice"
    sts           = "@URL@"
  }
}
"""


@dataclass(frozen=True)
class Pair:
    """One sort of object in both languages. `name` is what differs between two objects and between two versions."""

    title: str
    resource: str
    collection: str
    hcl: str
    yaml: dict[str, Any]

    def terraform(self, url: str, count: int, version: str) -> str:
        blocks = (
            f'resource "{self.resource}" "object{number}" {{\n  name = "{_name(number, version)}"\n{self.hcl}}}\n'
            for number in range(count)
        )
        return _PROVIDER.replace("@URL@", url) + "".join(blocks)

    def chimeform(self, count: int, version: str) -> str:
        """YAML that is JSON: nothing is gained by either form."""
        objects = {f"object{number}": {"name": _name(number, version), **self.yaml} for number in range(count)}
        workspace = {
            "chimeform": 1,
            "workspace": "side-by-side",
            "guardrails": {"max_deletes": count, "max_delete_percent": 100},
            self.collection: objects,
        }
        return json.dumps(workspace, indent=1)


def _name(number: int, version: str) -> str:
    return f"{version}-{number:05}"


PAIRS = {
    "connectors": Pair(
        "voice connectors",
        "aws_chime_voice_connector",
        "voice_connectors",
        "  require_encryption = true\n",
        {"require_encryption": True},
    ),
    "profile-domains": Pair(
        "voice profile domains",
        "aws_chimesdkvoice_voice_profile_domain",
        "voice_profile_domains",
        f'  server_side_encryption_configuration {{\n    kms_key_arn = "{_KEY}"\n  }}\n',
        {"kms_key": _KEY},
    ),
}
