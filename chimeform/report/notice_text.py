"""A notice as a message for a room of Amazon Chime or of Slack: the body that its webhook takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ..notice import Notice
from .markdown import code, escaped
from .moments import date_time
from .page import cut, harmless
from .plan_text import WHO

CHIME_BYTES = 4096
"""The most that a webhook of Amazon Chime takes [guide: troubleshooting webhook errors]. The guide does not say whether
that is the message or the whole request, so the whole request is kept below it."""

SLACK_BYTES = 32_768
"""What fits well into one message of Slack, which cuts longer ones itself."""

_WIDEST = 240
_CALLS = re.compile(r"@(?=all\b|present\b)", re.IGNORECASE)
_NO_CALL = "@\u200b"
"""An invisible character behind the sign: a bot that somebody named @All calls nobody."""

_TITLES = {
    "done": "done",
    "failed": "not all of it worked",
    "interrupted": "interrupted",
    "drifted": "something has drifted",
    "in order": "nothing has drifted",
}


@dataclass(frozen=True)
class _Dialect:
    """How a chat writes what is meant."""

    plain: Callable[[str], str]
    code: Callable[[str], str]
    strong: str
    item: str


def _slack_plain(text: str) -> str:
    """Text in which nothing is markup [Slack: Formatting text: three characters have a meaning]."""
    return harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_CHIME = _Dialect(plain=escaped, code=code, strong="**", item="- ")
_SLACK = _Dialect(
    plain=_slack_plain, code=lambda text: f"`{_slack_plain(text).replace('`', chr(39))}`", strong="*", item="• "
)


def json_body(notice: Notice) -> bytes:
    return notice.model_dump_json().encode()


def slack_body(notice: Notice) -> bytes:
    return _fitted(list(_lines(notice, _SLACK)), lambda text: _encoded({"text": text}), SLACK_BYTES)


def chime_body(notice: Notice, mention: Literal["all", "present"] | None) -> bytes:
    """`/md` makes the room read it as Markdown. Nobody is called but whom `mention` says."""
    call = f"@{mention.capitalize()} " if mention else ""

    def body(text: str) -> bytes:
        return _encoded({"Content": f"/md {call}{_CALLS.sub(_NO_CALL, text)}"})

    return _fitted(list(_lines(notice, _CHIME)), body, CHIME_BYTES)


def _encoded(document: dict[str, str]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _fitted(lines: list[str], body: Callable[[str], bytes], most: int) -> bytes:
    """As many whole lines as fit, so that no character is cut in two; the last one says how many are missing."""
    whole = body("\n".join(lines))
    kept = len(lines)
    while len(whole) > most and kept > 1:
        kept -= 1
        whole = body("\n".join([*lines[:kept], f"… and {len(lines) - kept} more lines"]))
    return whole


def _lines(notice: Notice, dialect: _Dialect) -> Iterator[str]:
    """The title, the sum, and a line for each thing that somebody may have to do something about."""

    def plain(text: str) -> str:
        return dialect.plain(cut(text, _WIDEST))

    environment = f", environment {notice.environment}" if notice.environment else ""
    ended = "not everything could be read" if _is_unread(notice) else _TITLES[notice.result]
    title = f"chimeform {notice.event} of {notice.workspace}{environment}: {ended}"
    yield f"{dialect.strong}{plain(title)}{dialect.strong}"
    yield ""
    yield plain(notice.summary)
    yield ""
    for failure in notice.failed:
        yield f"{dialect.item}{plain(f'{failure.summary} [{failure.code}]')}"
        if failure.do:
            yield f"  {plain(f'do: {failure.do}')}"
    for drifted in notice.drifted:
        who = f" ({drifted.who})" if drifted.who else ""
        head = f"{dialect.item}{drifted.happened} {dialect.code(cut(drifted.address, _WIDEST))}"
        yield f"{head}: {plain(drifted.text)}{plain(who)}"
    for wait in notice.waiting:
        since = f", since {date_time(wait.since)}" if wait.since else ""
        overdue = ", overdue" if wait.is_overdue else ""
        told = plain(f"waits for {WHO[wait.who]}: {wait.title}{since}{overdue}")
        yield f"{dialect.item}{dialect.code(cut(wait.address, _WIDEST))} {told}"
    more = sum(notice.beyond.values())
    if more:
        yield f"{dialect.item}and {more} more"


def _is_unread(notice: Notice) -> bool:
    return notice.event == "drift" and "not read" in notice.counts
