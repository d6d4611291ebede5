"""AWS with every call that left counted: what one listing for many saves is seen here, and in no log of the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chimeform.services.aws import Services


@dataclass
class Counted:
    """AWS behind all borders; `sent` by service, with its Region, and operation."""

    aws: Services
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sent[service, operation] += 1
        return self.aws.call(service, operation, request)

    def time(self) -> datetime:
        return self.aws.time()
