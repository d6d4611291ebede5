"""AWS Directory Service Data: the users and groups of Managed Microsoft ADs, which moto does not play.

The directories themselves are those of AWS Directory Service, as moto plays it. They are gone after a
restart, and what they held cannot be reached then.
"""

from __future__ import annotations

from chimeform.sandbox.directory_data.operations import OPERATIONS

__all__ = ["OPERATIONS"]
