"""What every shipped pack keeps: worked examples that agree, three for each benefit at least, no gap in the text."""

from __future__ import annotations

import pytest

from kechuang.policy import Outcome, load_pack, shipped_packs
from kechuang.policy.cases.examples import MIN_EXAMPLES, run_example
from kechuang.policy.encoding.trace import trace

EXAMPLES = [
    pytest.param(pack, benefit, example, id=f"{benefit.id}-{number}")
    for pack in map(load_pack, shipped_packs())
    for benefit in pack.benefits
    for number, example in enumerate(benefit.examples, start=1)
]
BENEFITS = [
    pytest.param(benefit, id=benefit.id)
    for pack in map(load_pack, shipped_packs())
    for benefit in pack.benefits
]


@pytest.mark.parametrize(("pack", "benefit", "example"), EXAMPLES)
def test_worked_example(pack, benefit, example):
    run = run_example(pack, benefit, example)

    assert run.differences == (), f"{example.place}: {example.title.zh}"


@pytest.mark.parametrize("benefit", BENEFITS)
def test_each_benefit_is_shown_granted_and_refused(benefit):
    outcomes = {example.expect.text("outcome") for example in benefit.examples}

    assert len(benefit.examples) >= MIN_EXAMPLES
    assert outcomes & {Outcome.ENTITLED, Outcome.MAY_APPLY}
    assert outcomes & {Outcome.NOT_ELIGIBLE, Outcome.UNDETERMINED, Outcome.NOT_IN_FORCE}


@pytest.mark.parametrize("benefit", BENEFITS)
def test_each_condition_cites_its_words_or_says_why_there_are_none(benefit):
    uncited = [c.key for c in benefit.conditions if c.quote is None and (c.why is None or not c.why.zh)]

    assert uncited == []


@pytest.mark.parametrize("name", shipped_packs())
def test_every_figure_boundary_word_and_department_is_accounted_for(name):
    report = trace(load_pack(name))

    assert report.to_dict()["gaps"] == 0
    assert report.ok, report.to_text()


def test_weihai_is_encoded_whole():
    pack = load_pack("weihai-2023-5")

    assert list(pack.measures) == [str(number) for number in range(1, 33)] + ["S1", "S2", "S3", "S4"]
    assert len(list(pack.benefits)) == 57
    assert all(measure.benefits or measure.duties for measure in pack.measures.values())
    assert {"I-9", "I-13", "I-14", "I-16", "I-17", "I-22", "I-24", "I-25", "I-27"} <= set(pack.readings)


def test_ceilings_of_the_text_are_never_entitlements():
    """不超过, 最高 and 上限 always encode a ceiling: an exact sum quotes none of them, except as a cap."""
    for benefit in load_pack("weihai-2023-5").benefits:
        if benefit.amount.kind == "exact" and benefit.amount.quote is not None:
            words = benefit.amount.quote.text
            assert not any(word in words for word in ("不超过", "最高补贴", "上限")), benefit.id


@pytest.mark.parametrize("name", shipped_packs())
def test_every_reading_truly_switches_something(name):
    pack = load_pack(name)
    roots = [c.node for b in pack.benefits for c in b.conditions] + [
        b.amount.node for b in pack.benefits if b.amount.node
    ]
    roots += [cap.node for b in pack.benefits for cap in (*b.amount.caps, *b.amount.total_caps)]
    used = {node.value[0] for root in roots for node in root.walk() if node.op == "reading"}
    used |= {
        node.value.reading
        for root in roots
        for node in root.walk()
        if node.op == "parameter" and node.value.reading
    }

    assert set(pack.readings) == used
