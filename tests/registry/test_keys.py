"""Keys name a record the same way whoever speaks of it, and tell its fields back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import is_code
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry import keys

KINDS = [kind for kind in load_vocabulary().related if keys.parts_of(kind)]


def test_every_kind_of_record_has_something_that_tells_its_records_apart():
    assert len(KINDS) == len(load_vocabulary().related)


@pytest.mark.parametrize(
    ("record", "values", "key"),
    [
        ("subject", {"size": "small"}, ""),
        ("years", {"year": 2024, "sales": 5}, "2024"),
        ("contracts", {"number": "HT|2025\\1", "year": 2025}, "HT\\|2025\\\\1|2025"),
        ("statuses", {"kind": "srdi", "granted_on": date(2025, 6, 1)}, "srdi||2025"),
        ("events", {"name": "对接会", "held_on": date(2025, 6, 1)}, "对接会|2025-06-01"),
    ],
)
def test_a_key_joins_what_tells_records_apart(record, values, key):
    assert keys.key_of(record, values) == key


def test_a_record_without_anything_to_tell_it_by_is_refused():
    with pytest.raises(Refused, match="give at least one") as refused:
        keys.key_of("statuses", {"number": "GR202537000001"})

    assert refused.value.field == "kind"


def test_a_key_that_would_not_fit_is_refused():
    with pytest.raises(Refused, match="shorten"):
        keys.key_of("bases", {"name": "长" * 300, "year": 2025})


@pytest.mark.parametrize("key", ["", "abc", "2024|1"])
def test_a_text_that_is_no_key_of_the_kind_is_not_read(key):
    with pytest.raises(ValueError, match="expected"):
        keys.values_of("years", key)


def test_a_plain_number_may_name_a_record_of_a_kind_without_key():
    assert keys.values_of("trainings", "1") == {}


def values_for(kind):
    """Values for the key fields of a kind, each known or not, at least one known."""
    vocabulary = load_vocabulary()
    drawn = {}
    for name in keys.key_fields(kind):
        type_ = kind.fields[name].type
        if is_code(type_):
            value = st.sampled_from(list(vocabulary.codes[type_.removeprefix("code:")]))
        elif type_ == "number":
            value = st.integers(2000, 2099)
        elif type_ == "date":
            value = st.dates(date(2000, 1, 1), date(2099, 12, 31))
        else:
            value = st.text("甲乙|\\ab1 ", min_size=1, max_size=20)
        drawn[name] = st.none() | value
    return st.fixed_dictionaries(drawn).filter(lambda found: any(found.values()))


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), values_for(kind))))
def test_a_key_tells_back_the_fields_it_was_made_of(case):
    kind, values = case
    key = keys.key_of(kind.name, values)

    found = keys.values_of(kind.name, key)

    whole = {part for part in keys.parts_of(kind) if not part.endswith(keys.YEAR_OF)}
    assert found == {name: value for name, value in values.items() if name in whole and value is not None}
    assert keys.key_of(kind.name, {**values, **found}) == key
