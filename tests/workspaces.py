"""Workspaces for tests that plan and apply: a folder whose `chimeform.yaml` is written from plain values.

JSON is YAML, so that a workspace can be built, changed and shuffled as a value. The rate is the highest that the
language allows: what limits a test is the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Blocks = Mapping[str, Any]
"""The top-level keys of a workspace file, without its head."""

HEAD: Blocks = {"chimeform": 1, "workspace": "acme", "aws": {"requests_per_second": 1000}}
NUMBERS = tuple(f"+12065550{number}" for number in range(100, 200))


def write(root: Path, blocks: Blocks) -> None:
    """Make `root` the workspace that `blocks` describe."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "chimeform.yaml").write_text(json.dumps({**HEAD, **blocks}, indent=1), encoding="utf-8")


def number(product: str = "business-calling", **fields: Any) -> dict[str, Any]:
    return {"product": product, **fields}


def people(count: int, domain: str = "acme.example") -> list[str]:
    return [f"user{place}@{domain}" for place in range(count)]


def team(name: str, emails: Sequence[str], **fields: Any) -> dict[str, Any]:
    """A Team account and the people who are invited to it."""
    return {"name": name, "users": {email: {} for email in emails}, **fields}


def company(invited: int = 4, *, numbers: int = 3) -> dict[str, Any]:
    """Every kind at once: a new Team account `branch`, and `corp`, an Enterprise account that exists already.

    Three people of corp's are expected: user0 gets a licence, user1 a number, user2 is suspended.
    """
    return {
        "accounts": {
            "branch": team(
                "Branch",
                people(invited, "branch.example"),
                default_license="basic",
                meetings={"call_me": True, "screen_sharing_control": False},
            ),
            "corp": {
                "name": "Corp",
                "default_license": "pro",
                "users": {
                    "user0@corp.example": {"license": "basic"},
                    "user1@corp.example": {"phone": NUMBERS[0]},
                    "user2@corp.example": {"suspended": True},
                },
                "bots": {
                    "helpdesk": bot("HelpDesk", events={"https": "https://bot.corp.example/chime"}),
                    "sales": bot("Sales", disabled=True),
                },
                "retention": {"rooms": "1 year", "conversations": "90 days"},
            },
        },
        "phone_numbers": {
            NUMBERS[0]: number(calling_name="Acme Sales"),
            **{name: number() for name in NUMBERS[1:numbers]},
        },
        "settings": {"calling_name": "Acme", "call_detail_records": {"bucket": "acme-cdr"}},
    }


def bot(display_name: str, domain: str = "corp.example", **fields: Any) -> dict[str, Any]:
    return {"display_name": display_name, "domain": domain, **fields}
