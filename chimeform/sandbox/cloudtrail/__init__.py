"""AWS CloudTrail: who did what to Amazon Chime, and when. moto plays trails; it has no LookupEvents.

Recorded is every call of the two Chime services and every move at the console. What each was is kept raw, and made
into an event when somebody looks, so that a call costs next to nothing.
"""

from __future__ import annotations

from chimeform.sandbox.cloudtrail.lookup import OPERATIONS, REFUSALS

__all__ = ["OPERATIONS", "REFUSALS"]
