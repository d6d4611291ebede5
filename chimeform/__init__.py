"""chimeform: infrastructure as code for the administration of Amazon Chime."""

from __future__ import annotations

__version__ = "0.1.0"
