"""What both ways into a directory have in common: names of groups, addresses of people."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from ..errors import ServiceError, ServiceFault

_SMTP = "smtp:"
_MOST = 3
_LIKENESS = 0.6


def nearest(name: str, others: Iterable[str]) -> list[str]:
    """Up to three of `others` that look like `name`, the likest first."""
    wanted = _plain(name)
    rated = [(SequenceMatcher(None, wanted, _plain(other)).ratio(), other) for other in set(others)]
    return [other for likeness, other in sorted(rated, key=lambda item: (-item[0], item[1])) if likeness >= _LIKENESS][
        :_MOST
    ]


def smtp_addresses(proxy_addresses: Iterable[str]) -> list[str]:
    """The e-mail addresses among `proxyAddresses`: `SMTP:` marks the primary one, `smtp:` the others, `X500:` and
    the like no address of Amazon Chime's."""
    return sorted(text[len(_SMTP) :] for text in proxy_addresses if text[: len(_SMTP)].lower() == _SMTP)


def no_group(operation: str, where: str, name: str) -> ServiceError:
    return ServiceError(
        f"{operation}: there is no group {name!r} in {where}",
        operation=operation,
        fault=ServiceFault.ABSENT,
        why="the name has to be exactly that of a group",
        do="correct the name, or make the group",
        code="CF-DIR-013",
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
