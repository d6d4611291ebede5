"""Least privilege: what AWS has to allow for a command or a saved plan, derived from the operations of the kinds.

`permissions` knows what one operation takes, `needs` which operations there are for what is declared or recorded, and
`policy` makes documents of them. Nothing here asks a service.
"""

from __future__ import annotations
