"""Whatever stands in a file: it is read or refused with a sentence, and every row is counted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kechuang.exchange.cells import Cell, Column, read_cell
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.plain import intake_of, read_json_text
from kechuang.exchange.tables import to_cases, to_table
from kechuang.policy.language.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
FIELDS = [field for kind in VOCABULARY.records.values() for field in kind.fields.values()]
NAMES = sorted({*VOCABULARY.records, *(field.name for field in FIELDS)})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WRITTEN = SCALARS | st.sampled_from(
    ["120万元", "1.2亿", "4.35%", "2024-02-30", "２０２４年", "enterprise", "是", "1:0", "-", "9" * 30]
)
ANYTHING = st.recursive(
    WRITTEN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
)


@given(st.lists(ANYTHING, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_plain_data_is_read_or_refused_and_counted(data):
    intake = intake_of(data, VOCABULARY)

    assert intake.size + intake.subjects_refused == len(data)
    assert intake.rows_in == intake.rows_used + intake.rows_refused
    assert all(
        fault.sentence("zh") and fault.sentence("en") for one in intake.refused for fault in one.faults
    )
    assert to_cases(to_table(intake.cases, VOCABULARY), VOCABULARY) == list(intake.cases)


@given(st.text(max_size=60) | st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_json_or_said_not_to_be(text):
    try:
        said: object = read_json_text(text, VOCABULARY)
    except UnusableFileError as error:
        said = error.words

    assert said


@given(st.sampled_from(FIELDS), WRITTEN, st.booleans(), st.sampled_from([None, "元", "万元", "%"]))
@settings(max_examples=1000, deadline=None)
def test_any_cell_is_a_value_of_its_type_or_refused(field, raw, percent, unit):
    codes = {"enterprise": "enterprise"} if field.type.startswith("code:") else None
    shape = unit if (unit == "%") == (field.type == "rate") else None
    try:
        value, _ = read_cell(Cell(raw, percent=percent), Column("", field, shape, codes))
    except (ValueError, OverflowError):
        return

    record = {} if value is None else {field.name: value}
    owner = next(
        kind for kind in VOCABULARY.records.values() if any(known is field for known in kind.fields.values())
    )
    case = record if owner.name == "subject" else {owner.name: [record]}
    if value != "enterprise":
        assert to_cases(to_table([case], VOCABULARY), VOCABULARY) == [case]
