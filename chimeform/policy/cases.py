"""Test cases of rules: a plan, saved or written as a fragment, and what the rules have to say to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..diagnostics import Diagnostic, Findings, Position, nearest
from ..errors import InvalidWorkspace, StalePlan
from ..language.desired import Desired
from ..language.document import locate
from ..language.guardrails import Moment
from ..language.policies import checked
from ..language.rules import RuleAction
from ..language.source import Source, read
from ..language.text import decode
from ..plan import Action, Cause, LedgerStamp, Plan, PlannedChange, PlannedConsequence, PlannedField, Refusal, Seen
from ..resources import kind_at
from .facts import Outside, declared_facts, outside
from .judging import judge_plan

USUAL = "policies/tests/*.yaml"
_NOON = "2026-01-01T12:00:00Z"


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CaseField(_Block):
    before: Any = Field(None, description="The live value; left out where there is none.")
    after: Any = Field(None, description="The wanted value; left out where there is to be none.")


class CaseConsequence(_Block):
    name: str = Field(description="The name that `--accept` takes.")
    severity: Literal["notice", "caution", "destructive", "irreversible"] = Field(description="How bad it is.")


class CaseChange(_Block):
    """A change as a fragment of a plan: what is left out is as in a change without anything special."""

    address: str = Field(description="The address; it says the kind.")
    action: RuleAction = Field(description="What is to become of it.")
    waits: bool = Field(False, description="Whether nothing of it can be done before a gate opens.")
    exists: bool | None = Field(None, description="Whether there is a live object; not written: unless it is created.")
    protected: bool = Field(False, description="Whether the files protect it.")
    fields: dict[str, CaseField] = Field(default_factory=dict, description="The fields that differ, by name.")
    before: dict[str, Any] = Field(default_factory=dict, description="Live values that do not differ.")
    consequences: tuple[CaseConsequence, ...] = Field((), strict=False, description="What it means for people.")


class Expected(_Block):
    """A rule that is to say no to one address."""

    rule: str = Field(description="The rule, by its full name.")
    address: str = Field(description="The address of the change.")


Expectations = Annotated[tuple[str | Expected, ...], Field(strict=False)]


class Case(_Block):
    """A plan, what rules see beside it, and what they have to say. Nothing is expected that is not written."""

    plan: str | None = Field(None, description="A saved plan, named from this file's folder; in place of `changes`.")
    changes: tuple[CaseChange, ...] = Field((), strict=False, description="The changes of the plan.")
    purpose: Literal["apply", "destroy"] = Field("apply", description="What the plan is for.")
    environment: str | None = Field(None, description="The environment.")
    values: dict[str, str | bool | int | float] = Field(
        default_factory=dict, description="Values beside those of the workspace, as with `--var`."
    )
    declared: dict[str, dict[str, Any]] | None = Field(
        None, description="What the files declare: address and values. Not written: as the workspace has it."
    )
    now: Moment = Field(_NOON, description="The service's time.")
    refused: Expectations = Field((), description="The rules that refuse; each anywhere, or at one address.")
    warned: Expectations = Field((), description="The rules that warn; each anywhere, or at one address.")


class CaseFile(_Block):
    """Test cases of rules, by their names."""

    cases: dict[Annotated[str, Field(min_length=1)], Case] = Field(min_length=1, description="The cases.")


@dataclass(frozen=True)
class CaseResult:
    """How a case went. `missing` are expectations that nothing met, `unexpected` is what nobody expected."""

    place: Position
    name: str
    missing: tuple[str, ...]
    unexpected: tuple[Refusal, ...]
    said: frozenset[str]
    """The rules that said no."""

    @property
    def is_met(self) -> bool:
        return not self.missing and not self.unexpected


def run_cases(desired: Desired, files: Iterable[Path]) -> list[CaseResult]:
    """Run the cases of these files with the rules of the workspace. Raises `InvalidWorkspace` for what is no case."""
    findings, texts, results = Findings(), {}, []
    for file in files:
        name = file.relative_to(desired.root).as_posix() if file.is_relative_to(desired.root) else str(file)
        text, is_sound = decode(name, file.read_bytes(), findings)
        texts[name] = text
        source = read(text, findings) if is_sound else None
        if source is None:
            continue
        cases: CaseFile | None = checked(CaseFile, source, findings)
        for title, case in cases.cases.items() if cases else ():
            if (result := _Bench(desired, file, source, title, case, findings).run()) is not None:
                results.append(result)
    if findings.has_errors:
        raise InvalidWorkspace(findings.in_order(), sources=texts)
    return results


@dataclass(frozen=True)
class _Bench:
    """One case and where it stands."""

    desired: Desired
    file: Path
    source: Source
    title: str
    case: Case
    findings: Findings

    def run(self) -> CaseResult | None:
        self._check_rules()
        plan = self._saved() if self.case.plan is not None else self._fragment()
        if plan is None:
            return None
        verdict = judge_plan(plan, self.desired.policies, self._outside())
        missing, unexpected = [], []
        for expected, said in ((self.case.refused, verdict.refusals), (self.case.warned, verdict.warnings)):
            missing += [_words(one) for one in expected if not any(_meets(refusal, one) for refusal in said)]
            unexpected += [refusal for refusal in said if not any(_meets(refusal, one) for one in expected)]
        said_no = frozenset(
            str(one.waive) for one in (*verdict.refusals, *verdict.warnings) if one.code == "CF-POL-001"
        )
        return CaseResult(self._place(), self.title, tuple(missing), tuple(unexpected), said_no)

    def _outside(self) -> Outside:
        now = datetime.fromisoformat(self.case.now)
        found = outside(self.desired, now if now.tzinfo else now.replace(tzinfo=UTC))
        if self.case.declared is not None:
            declared: dict[str, list[dict[str, Any]]] = {}
            for text, values in self.case.declared.items():
                if kind := self._kind(text, "declared", text):
                    declared.setdefault(kind, []).append(declared_facts(Address.parse(text), values))
            found = replace(found, declared=declared)
        return replace(found, values={**found.values, **self.case.values})

    # ---- the plan

    def _fragment(self) -> Plan | None:
        changes = [self._change(one, place) for place, one in enumerate(self.case.changes)]
        return Plan(
            workspace=self.desired.workspace,
            environment=self.case.environment,
            purpose=self.case.purpose,
            ledger=LedgerStamp(lineage="", serial=0),
            changes=tuple(one for one in changes if one is not None),
        )

    def _change(self, one: CaseChange, place: int) -> PlannedChange | None:
        kind = self._kind(one.address, "changes", place, "address")
        if kind is None:
            return None
        intended = Action(one.action)
        exists = intended is not Action.CREATE if one.exists is None else one.exists
        live = {name: field.before for name, field in one.fields.items() if field.before is not None}
        return PlannedChange(
            address=one.address,
            kind=kind,
            action=Action.WAIT if one.waits else intended,
            intended=intended,
            reason="is written in a case",
            fields=tuple(
                PlannedField(
                    name=name,
                    before=field.before,
                    after=field.after,
                    before_text=str(field.before),
                    after_text=str(field.after),
                    cause=Cause.OURS,
                )
                for name, field in one.fields.items()
            ),
            consequences=tuple(
                PlannedConsequence(name=each.name, severity=each.severity, text=each.name, source="a case")
                for each in one.consequences
            ),
            protect=one.protected,
            seen=Seen(exists=exists, values={**one.before, **live}),
        )

    def _saved(self) -> Plan | None:
        assert self.case.plan is not None
        try:
            return Plan.from_json((self.file.parent / self.case.plan).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, StalePlan) as error:
            reason = error.summary if isinstance(error, StalePlan) else "it cannot be read"
            self._complain(f"the plan {self.case.plan!r} cannot be used: {reason}", "name a saved plan", "plan")
            return None

    # ---- what can be wrong

    def _kind(self, text: str, *path: str | int) -> str | None:
        try:
            kind = kind_at(Address.parse(text).parts)
        except ValueError:
            kind = None
        if kind is None:
            self._complain(f"nothing can stand at {text!r}", "copy an address from a plan", *path)
        return kind.kind if kind else None

    def _check_rules(self) -> None:
        known = [rule.id for one in self.desired.policies for rule in one.rules]
        for key, expected in (("refused", self.case.refused), ("warned", self.case.warned)):
            for place, one in enumerate(expected):
                rule = one if isinstance(one, str) else one.rule
                if rule not in known:
                    guess = nearest(rule, known)
                    do = f"did you mean {guess!r}?" if guess else "'chimeform policy list' shows the rules"
                    self._complain(f"there is no rule {rule!r}", do, key, place)

    def _complain(self, summary: str, do: str, *path: str | int) -> None:
        why = "a case that does not say what it means proves nothing"
        self.findings.add(Diagnostic("CF-POL-008", f"{self.title}: {summary}", self._place(*path), why=why, do=do))

    def _place(self, *path: str | int) -> Position:
        find = partial(locate, self.source, self.source.value)
        return find(("cases", self.title, *path)) if path else find(("cases", self.title), key=True)


def _meets(refusal: Refusal, expected: str | Expected) -> bool:
    """A rule that failed has refused too, but it has not judged: no case can expect that."""
    if refusal.code != "CF-POL-001":
        return False
    if isinstance(expected, str):
        return refusal.waive == expected
    return (refusal.waive, refusal.address) == (expected.rule, expected.address)


def _words(expected: str | Expected) -> str:
    return expected if isinstance(expected, str) else f"{expected.rule} at {expected.address}"


def usual_files(root: Path) -> Sequence[Path]:
    return sorted(root.glob(USUAL))


def untested(desired: Desired, results: Sequence[CaseResult]) -> Iterator[str]:
    """Rules of the workspace's own that say no in no case."""
    said = frozenset[str]().union(*(result.said for result in results))
    return (
        rule.id
        for one in desired.policies
        for rule in one.rules
        if not one.name.startswith("chimeform/") and rule.id not in said
    )
