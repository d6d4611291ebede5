"""The names that rules can use, and what is behind them."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLES: Mapping[str, str] = {
    "change": "the change (`over: change`)",
    "changes": "all changes that match, as a list (`over: plan`)",
    "plan": "the plan as a whole",
    "env": "the name of the environment; empty without one",
    "values": "the values that templates see: of the files, of the environment, of `--var`",
    "settings": "the settings of the set of rules, as the workspace has them",
    "now": "the service's time, as a timestamp",
    "declared": "what the files declare of the kinds that the rule names in `declared`: by kind, as lists",
}


def variables(*, over: str, wants_declared: bool) -> tuple[str, ...]:
    """The names of what a rule can see."""
    left_out = {"changes" if over == "change" else "change", *(() if wants_declared else ("declared",))}
    return tuple(name for name in VARIABLES if name not in left_out)
