"""`chimeform policy`: the rules of a workspace over its plans, and their test cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..report.json_text import to_json
from ..report.page import harmless
from .options import Options, group

if TYPE_CHECKING:
    from ..language.rules import RuleSet
    from ..policy.cases import CaseResult

FORMATS = ("text", "json")


@group("policy")
def policy() -> None:
    """Show the rules of the workspace's own over its plans, and test them.

    Rules stand in policies/*.yaml, or are shipped and switched on with 'policies: {use: [...]}'. A plan to which a rule
    says no is refused. docs/guide/policies.md explains how they are written.
    """


@policy.command("list", formats=FORMATS)
def list_(options: Options) -> None:
    """List the rules that are in force, their exceptions, and the sets that could be switched on."""
    from ..language.policies import shipped_names

    desired = options.load()
    sets = [_set_entry(one) for one in desired.policies]
    unused = [name for name in shipped_names() if name not in {one["name"] for one in sets}]
    with options.screen() as screen:
        if options.format == "json":
            screen.result(to_json({"sets": sets, "shipped": unused}))
        else:
            screen.result("\n".join(harmless(line) for line in _list_lines(sets, unused)))


def _set_entry(one: RuleSet) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": one.about,
        "settings": dict(one.settings),
        "rules": [
            {"id": rule.id, "place": rule.place, **rule.entry.model_dump(mode="json", exclude_defaults=True)}
            for rule in one.rules
        ],
    }


def _list_lines(sets: list[dict[str, Any]], unused: list[str]) -> list[str]:
    lines = []
    for one in sets:
        lines += [one["name"], *([f"  {one['about']}"] if one["about"] else [])]
        if one["settings"]:
            lines.append(f"  settings: {', '.join(f'{key}: {value}' for key, value in one['settings'].items())}")
        for rule in one["rules"]:
            lines.append(f"  {rule.get('severity', 'error'):<8} {rule['id']}: {rule['message']}")
            for exception in rule.get("exceptions", ()):
                where = ", ".join(exception["addresses"])
                lines.append(f"           until {exception['until']} not for {where}: {exception['reason']}")
        lines.append("")
    lines += [] if sets else ["No rules: write some into policies/*.yaml, or use a set that chimeform ships.", ""]
    return lines + ([f"Shipped and not in use: {', '.join(unused)}."] if unused else [])


@policy.command("test", formats=FORMATS)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
def test(options: Options, files: tuple[Path, ...]) -> int:
    """Run test cases of the rules: those of policies/tests/*.yaml, or those of each FILE.

    A case is a plan, saved or written as a fragment, and the rules that are to refuse it or to warn. Exit code 0: every
    case went as it says; 1: one did not.
    """
    from ..policy.cases import run_cases, untested, usual_files

    desired = options.load()
    found = [options.path(file) for file in files] or usual_files(desired.root)
    results = run_cases(desired, found)
    rest = sorted(untested(desired, results))
    with options.screen() as screen:
        if options.format == "json":
            screen.result(to_json({"cases": [_case_entry(one) for one in results], "untested": rest}))
        else:
            screen.result("\n".join(harmless(line) for line in _case_lines(results, rest)))
    return 0 if all(one.is_met for one in results) else 1


def _case_entry(one: CaseResult) -> dict[str, Any]:
    return {
        "file": one.place.file,
        "line": one.place.line,
        "name": one.name,
        "ok": one.is_met,
        "missing": list(one.missing),
        "unexpected": [refusal.model_dump(mode="json") for refusal in one.unexpected],
    }


def _case_lines(results: list[CaseResult], rest: list[str]) -> list[str]:
    lines = []
    for one in results:
        lines.append(f"{'ok    ' if one.is_met else 'failed'}  {one.place.file}:{one.place.line}  {one.name}")
        lines += [f"        says nothing: {expected}" for expected in one.missing]
        lines += [f"        not expected: {refusal.waive}: {refusal.summary}" for refusal in one.unexpected]
    if rest:
        lines.append(f"No case shows what these refuse: {', '.join(rest)}.")
    failed = sum(not one.is_met for one in results)
    if not results:
        lines.append("No cases: write some into policies/tests/*.yaml.")
    elif failed:
        lines.append(f"{failed} of {len(results)} cases did not go as they say.")
    else:
        lines.append(f"{len(results)} case{'s' if len(results) != 1 else ''} went as they say.")
    return lines
