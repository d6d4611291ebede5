"""What waits as text: the commands that it names can be pasted into a shell."""

from __future__ import annotations

import shlex

import pytest

from chimeform.address import Address
from chimeform.report.pending_text import quoted


@pytest.mark.parametrize("name", ["acme", "jane@acme.example", "it's", "x'; touch taken; '", "$(id)`id`"])
def test_an_address_is_one_word_of_a_command_whatever_is_in_it(name: str) -> None:
    address = str(Address(("accounts", name)))
    assert shlex.split(f"chimeform pending done {quoted(address)}")[3:] == [address]
