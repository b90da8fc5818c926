"""Forms generated from the vocabulary read what people write, exactly, or say what to do."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from django.http import QueryDict
from django.utils.translation import override

from forms import sent_untouched
from kechuang.policy.language.values import code_list, is_code
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.forms import Asked, fact_form, key_form

SPEND = Asked("years", "rd_spend", "2025")


def given(asked, **typed):
    """A form about one fact with what was typed; `unit` beside a sum."""
    data = QueryDict(mutable=True)
    if "unit" in typed:
        data.update({f"{asked.name}_0": typed["text"], f"{asked.name}_1": typed["unit"]})
    else:
        data[asked.name] = typed["text"]
    return fact_form([asked], data)


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("120", "万元", 120_000_000),
        ("1,200,000.50", "元", 120_000_050),
        ("１２０万元", "元", 120_000_000),
        ("0.0001", "万元", 100),
        ("1.2亿", "万元", 12_000_000_000),
        ("", "万元", None),
    ],
)
def test_a_sum_is_read_in_the_unit_that_is_written_or_chosen(text, unit, fen):
    form = given(SPEND, text=text, unit=unit)

    assert form.is_valid(), form.errors
    assert form.cleaned_data[SPEND.name] == fen


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (Asked("years", "above_scale", "2025"), "yes", True),
        (Asked("years", "above_scale", "2025"), "no", False),
        (Asked("years", "above_scale", "2025"), "", None),
        (Asked("years", "employees", "2025"), "1,200", 1200),
        (Asked("subject", "registered_on"), "2019年5月6日", date(2019, 5, 6)),
        (Asked("subject", "size"), "small", "small"),
        (Asked("loans", "rate", "D-1"), "4.35", Fraction(435, 10_000)),
    ],
)
def test_every_other_type_is_read_as_people_write_it(asked, text, value):
    form = given(asked, text=text)

    assert form.is_valid(), form.errors
    assert form.cleaned_data[asked.name] == value


def test_what_cannot_be_read_is_said_beside_the_question():
    form = given(SPEND, text="很多", unit="万元")

    assert not form.is_valid()
    (said,) = form.errors[SPEND.name]
    assert said.startswith(
        "2025 年研发投入（统计口径）：现为“很多”；应为金额，如 120万元、3500.50元，精确到分"
    )
    assert said.endswith("请改正，不知道的留空")
    assert 'value="很多"' in str(form[SPEND.name])  # nothing typed is lost


@pytest.mark.parametrize(
    ("fen", "number", "unit"), [(120_000_000, "120", "万元"), (12_345, "123.45", "元"), (0, "0", "万元")]
)
def test_a_known_sum_is_shown_as_people_write_it(fen, number, unit):
    asked = Asked("years", "rd_spend", "2025", fen)

    shown = str(fact_form([asked])[asked.name])

    assert f'value="{number}"' in shown
    assert f'value="{unit}" selected' in shown


def test_answers_become_statements_and_what_differs_from_what_was_shown_is_told():
    sales, staff = Asked("years", "sales", "2025", 500), Asked("years", "employees", "2025", 12)
    added = Asked("years", "above_scale", "2025", value=True)  # by a colleague, after the form was shown
    data = QueryDict(mutable=True)
    data.update({f"{SPEND.name}_0": "120", f"{SPEND.name}_1": "万元", f"was:{SPEND.name}": "null"})
    data.update(
        {f"{sales.name}_0": "", f"was:{sales.name}": "500", staff.name: "12", f"was:{staff.name}": "12"}
    )
    form = fact_form([SPEND, sales, staff, added], data)

    assert form.is_valid()
    assert [(one.record, one.key, one.field, one.value) for one in form.statements()] == [
        ("years", "2025", "rd_spend", 120_000_000),
        ("years", "2025", "employees", 12),
    ]
    assert [name for name in form.asked if form.differs(name)] == [SPEND.name, sales.name]


EXAMPLES = {
    "money": 123_456_700,
    "date": date(2025, 5, 6),
    "rate": Fraction(435, 10_000),
    "number": 1200,
    "boolean": False,
    "text": "某某",
}


@pytest.mark.parametrize("tongue", ["zh-hans", "en"])
def test_a_form_that_nobody_touched_says_what_stands_whatever_the_language(tongue):
    vocabulary = load_vocabulary()
    asked = []
    for record, kind in vocabulary.records.items():
        for name, about in kind.fields.items():
            codes = vocabulary.codes[code_list(about.type)] if is_code(about.type) else None
            value = next(iter(codes)) if codes else EXAMPLES.get(about.type, "某某")
            asked.append(Asked(record, name, "2025" if record == "years" else "", value))

    with override(tongue):
        data = QueryDict(mutable=True)
        data.update(sent_untouched(fact_form(asked).as_p()) | {f"was:{one.name}": one.was for one in asked})
        form = fact_form(asked, data)

        assert form.is_valid(), form.errors
        assert [name for name in form.asked if form.differs(name)] == []
    assert len(asked) > 150


def test_a_new_record_is_asked_for_what_tells_it_from_others():
    assert [one.field for one in key_form("statuses").asked.values()] == ["kind", "level", "granted_on"]
    assert str(SPEND.question.zh) == "2025 年的研发投入是多少？"
