"""The page at /console: what an administrator would see of the accounts, for a person with a browser."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Amazon Chime sandbox</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #8884}}
code{{font-size:.9em}}</style></head><body>
<h1>Accounts</h1>
<p>This is a local Amazon Chime; nothing here is real. The page only shows. What an administrator, an invited person or
a carrier does is done by requests to <code>/_sandbox/console</code>, <code>/_sandbox/people</code> and
<code>/_sandbox/carrier</code>.</p>
<table><thead><tr><th>Name</th><th>Account ID</th><th>Type</th><th>Licence</th><th>Domains</th><th>Users</th>
<th>Rooms</th><th>Bots</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def render(summary: Mapping[str, Any]) -> bytes:
    """The page for what `chime.console.summary` tells. Names come from users and are escaped."""
    rows = "\n".join(_row(account) for account in summary["Accounts"])
    return _PAGE.format(rows=rows or '<tr><td colspan="8">There is no account yet.</td></tr>').encode()


def _row(account: Mapping[str, Any]) -> str:
    users = ", ".join(f"{number} {status}" for status, number in account["Users"].items())
    domains = ", ".join(f"{item['Domain']} ({item['Status']})" for item in account["Domains"])
    cells = (
        account["Name"],
        account["AccountId"],
        account["AccountType"],
        account["DefaultLicense"],
        domains,
        users,
        account["Rooms"],
        account["Bots"],
    )
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
