"""A small company for command line tests: one Team account with two people, meetings, a number and settings."""

from __future__ import annotations

WORKSPACE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    default_license: pro
    meetings: {call_me: true}
    users:
      jane@acme.example: {phone: "+12065550100"}
      omar@acme.example: {license: basic}
phone_numbers:
  "+12065550100": {product: business-calling}
settings:
  calling_name: Acme
"""
ENTERPRISE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    retention: {rooms: 1 year}
    bots:
      helpdesk: {display_name: HelpDesk, domain: acme.example}
"""
PEOPLE = ("jane@acme.example", "omar@acme.example")
