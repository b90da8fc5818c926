"""Runs the worked examples of a pack: facts on a date, and what must come out.

The same run serves the tests and `pack check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.language.values import read_literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kechuang.policy.cases.outcome import Result
    from kechuang.policy.encoding.pack import Benefit, Example, Pack

MIN_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """One worked example and how its result differs from what was expected (empty: it agrees)."""

    benefit: Benefit
    example: Example
    result: Result | None
    differences: tuple[str, ...]


def lacking_examples(benefit: Benefit) -> Iterator[str]:
    """What is wrong with the number and kinds of a benefit's examples: one granted, one refused, three in all."""
    outcomes = [example.expect.text("outcome") for example in benefit.examples]
    if len(outcomes) < MIN_EXAMPLES:
        yield f"{benefit.id} has {len(outcomes)} worked example(s), expected at least {MIN_EXAMPLES}"
    if not {Outcome.ENTITLED.value, Outcome.MAY_APPLY.value} & set(outcomes):
        yield f"{benefit.id} has no worked example that is granted; add one"
    if Outcome.NOT_ELIGIBLE.value not in outcomes:
        yield f"{benefit.id} has no worked example that is refused; add one"


def run_examples(pack: Pack) -> Iterator[ExampleRun]:
    """Run every worked example of the pack."""
    for benefit in pack.benefits:
        for example in benefit.examples:
            yield run_example(pack, benefit, example)


def run_example(pack: Pack, benefit: Benefit, example: Example) -> ExampleRun:
    """Run one worked example."""
    before = len(example.facts.problems.found)
    facts = read_facts_section(example.facts, pack.vocabulary)
    faults = example.facts.problems.found[before:]
    del example.facts.problems.found[before:]
    if faults:
        return ExampleRun(benefit, example, None, tuple(f"facts: {fault.message}" for fault in faults))
    try:
        bound = bind(pack, example.on, example.year, example.readings)
    except ValueError as error:
        return ExampleRun(benefit, example, None, (str(error),))
    result = assess_bound(bound, facts, frozenset({benefit.id})).results[benefit.id]
    try:
        differences = tuple(_differences(example, result))
    except ValueError as error:
        differences = (f"expect: {error}",)
    return ExampleRun(benefit, example, result, differences)


def _differences(example: Example, result: Result) -> Iterator[str]:
    expect = example.expect
    outcome = expect.text("outcome")
    if outcome not in {member.value for member in Outcome}:
        yield f"expect.outcome '{outcome}' is none of {', '.join(Outcome)}"
    elif result.outcome != outcome:
        yield f"expected {outcome}, found {result.outcome}{_told(result)}"
    if expect.has("because") and expect.text("because") != result.because:
        yield f"expected because {expect.text('because')}, found {result.because}"
    if expect.has("amount"):
        wanted = read_literal(expect.text("amount")).value
        if wanted != result.amount:
            yield f"expected {expect.text('amount')} ({wanted} fen), found {result.amount} fen"
    if expect.has("short"):
        wanted = read_literal(expect.text("short")).value
        found = None if result.short is None else result.short.gap
        if wanted != found:
            yield f"expected a shortfall of {expect.text('short')} ({wanted}), found {found}"
    if expect.has("missing"):
        paths = {missing.path for missing in result.missing}
        if set(expect.texts("missing")) != paths:
            wanted_paths = ", ".join(sorted(expect.texts("missing")))
            yield f"expected missing {wanted_paths}, found {', '.join(sorted(paths)) or 'none'}"


def _told(result: Result) -> str:
    told = [f"because {result.because}"] if result.because else []
    told += (
        [f"missing {', '.join(sorted({missing.path for missing in result.missing}))}"]
        if result.missing
        else []
    )
    return f" ({'; '.join(told)})" if told else ""
