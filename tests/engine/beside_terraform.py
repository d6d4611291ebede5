"""The same voice objects in Terraform's language and in chimeform's, each in two versions, and what both may not read.

Terraform's parts and its rule hang on a connector and on an application that it does not manage, so that what it plans
for one resource follows from reading that one and no other.
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.voice_stage import KEY, function_in

REGION = "eu-central-1"
THEIRS, OURS = ("+12065550100", "+12065550101"), ("+12065550102", "+12065550103")
"""The numbers that trigger the rule, in the first version and in the second."""

TERRAFORM = """
resource "aws_chime_voice_connector" "trunk" {
  name               = "theirs"
  aws_region         = "@REGION@"
  require_encryption = true
}
resource "aws_chime_voice_connector_termination" "out" {
  voice_connector_id = "@CONNECTOR@"
  calling_regions    = ["US"]
  cidr_allow_list    = ["198.51.100.0/28"]
  disabled           = @VERSION@ == 1
}
resource "aws_chime_voice_connector_termination_credentials" "pbx" {
  voice_connector_id = "@CONNECTOR@"
  dynamic "credentials" {
    for_each = @VERSION@ == 1 ? ["pbx", "old"] : ["pbx"]
    content {
      username = credentials.value
      password = "canary of ${credentials.value}"
    }
  }
}
resource "aws_chime_voice_connector_origination" "in" {
  voice_connector_id = "@CONNECTOR@"
  route {
    host     = "203.0.113.7"
    protocol = "TCP"
    priority = 1
    weight   = 5
  }
}
resource "aws_chime_voice_connector_logging" "logs" {
  voice_connector_id = "@CONNECTOR@"
  enable_sip_logs    = true
}
resource "aws_chime_voice_connector_streaming" "media" {
  voice_connector_id             = "@CONNECTOR@"
  data_retention                 = @VERSION@ == 1 ? 24 : 0
  streaming_notification_targets = ["SQS"]
}
resource "aws_chime_voice_connector_group" "renamed" {
  name = "theirs@VERSION@"
  connector {
    voice_connector_id = "@CONNECTOR@"
    priority           = 1
  }
}
resource "aws_chime_voice_connector_group" "emptied" {
  name = "theirs-emptied"
  dynamic "connector" {
    for_each = @VERSION@ == 1 ? ["@CONNECTOR@"] : []
    content {
      voice_connector_id = connector.value
      priority           = 1
    }
  }
}
resource "aws_chimesdkvoice_sip_media_application" "ivr" {
  name       = "theirs"
  aws_region = "@REGION@"
  endpoints {
    lambda_arn = "@FUNCTION@"
  }
}
resource "aws_chimesdkvoice_sip_rule" "reception" {
  name          = "theirs"
  trigger_type  = "ToPhoneNumber"
  trigger_value = @VERSION@ == 1 ? "@FIRST@" : "@SECOND@"
  target_applications {
    aws_region               = "@REGION@"
    priority                 = 1
    sip_media_application_id = "@APPLICATION@"
  }
}
resource "aws_chimesdkvoice_voice_profile_domain" "new" {
  name = "theirs"
  server_side_encryption_configuration {
    kms_key_arn = "@KEY@"
  }
}
import {
  to = aws_chimesdkvoice_voice_profile_domain.described
  id = "@DOMAIN@"
}
resource "aws_chimesdkvoice_voice_profile_domain" "described" {
  name        = "theirs-described"
  description = @VERSION@ == 1 ? "Who calls" : null
  server_side_encryption_configuration {
    kms_key_arn = "@KEY@"
  }
}
resource "aws_chimesdkvoice_global_settings" "records" {
  voice_connector {
    cdr_bucket = "records"
  }
}
"""
READS = (
    *("ListVoiceConnectors", "ListVoiceConnectorGroups", "ListSipMediaApplications", "ListSipRules"),
    *("ListVoiceProfileDomains", "ListPhoneNumbers", "ListVoiceConnectorTerminationCredentials"),
    *("GetVoiceConnector", "GetVoiceConnectorGroup", "GetSipMediaApplication", "GetSipRule", "GetVoiceProfileDomain"),
    *("GetVoiceConnectorTermination", "GetVoiceConnectorOrigination", "GetVoiceConnectorLoggingConfiguration"),
    *("GetVoiceConnectorStreamingConfiguration", "GetGlobalSettings"),
)


def words(version: int) -> dict[str, object]:
    """What stands in the place of the names in TERRAFORM, but for the ids of what it does not make itself."""
    first, second = THEIRS
    function = function_in(REGION)
    return {"VERSION": version, "REGION": REGION, "FUNCTION": function, "KEY": KEY, "FIRST": first, "SECOND": second}


def chimeform(version: int) -> dict[str, Any]:
    """The same in a workspace."""
    is_first = version == 1
    password = {"password": {"env": "PBX_PASSWORD"}}
    members = [{"connector": "trunk", "priority": 1}]
    return {
        "voice_connectors": {
            "trunk": {
                "name": "ours",
                "region": REGION,
                "termination": {
                    "calling_regions": ["US"],
                    "cidrs": ["198.51.100.0/28"],
                    "disabled": is_first,
                    "credentials": dict.fromkeys(("pbx", "old") if is_first else ("pbx",), password),
                },
                "origination": {"routes": [{"host": "203.0.113.7", "priority": 1, "weight": 5}]},
                "logging": {"sip": True},
                "streaming": {"data_retention_hours": 24 if is_first else 0, "notify": ["sqs"]},
            }
        },
        "voice_connector_groups": {
            "renamed": {"name": f"ours{version}", "connectors": members},
            "emptied": {"name": "ours-emptied", "connectors": members if is_first else []},
        },
        "phone_numbers": {number: {"product": "sip-media-application"} for number in OURS},
        "sip_media_applications": {"ivr": {"name": "ours", "region": REGION, "function": function_in(REGION)}},
        "sip_rules": {
            "reception": {
                "name": "ours",
                "trigger": {"number": OURS[version - 1]},
                "targets": [{"application": "ivr", "priority": 1}],
            }
        },
        "voice_profile_domains": {
            "new": {"name": "ours", "region": REGION, "kms_key": KEY},
            "described": {
                "name": "ours-described",
                "region": REGION,
                "kms_key": KEY,
                **({"description": "Who calls"} if is_first else {}),
            },
        },
    }
