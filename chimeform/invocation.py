"""What a use case is called with: the surroundings of the program, what the user asked for, and who follows the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .events import Event
from .language.desired import Desired
from .planner import Selection
from .services.aws import Services
from .services.pacing import MOST_AT_ONCE
from .services.routing import all_services


@dataclass(frozen=True)
class Surroundings:
    """What comes from outside: the clock, fresh ids, who and where we are, and how services are reached."""

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    who: str
    where: str
    process_env: Mapping[str, str] = field(default_factory=dict)
    services: Callable[[Desired], Services] = lambda desired: all_services(desired.aws, desired.dns, {}, desired.root)


@dataclass(frozen=True)
class Request:
    """What the user asked for, apart from the verb."""

    root: Path
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    parallelism: int = MOST_AT_ONCE


def unheard(event: Event) -> None:
    """For callers who do not want to follow a run."""
    del event


def one_at_a_time(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """Workers tell of throttling while the run tells of everything else; nobody who listens has to know."""
    speaking = threading.Lock()

    def tell(event: Event) -> None:
        with speaking:
            emit(event)

    return tell


@dataclass(frozen=True)
class Watch:
    """Somebody who follows a run and may stop it."""

    emit: Callable[[Event], None]
    stop: threading.Event = field(default_factory=threading.Event)
