"""From what the house knows to what the engine reads: the case of one organisation, the table of many."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from factories import AT, make_membership, make_organisation
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.columns.casting import to_cases
from kechuang.policy.columns.population import NO_AMOUNT, NO_REASON, OUTCOMES, assess_table
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.registry.assembly import case_of, cases_of, columns_of, numbers_after
from kechuang.registry.models import Coverage, Fact, ListImport

pytestmark = pytest.mark.django_db
DECISION, LIST, VERIFIED, DECLARED = Fact.Source
ON = date(2026, 3, 2)


def fact(organisation, record, field, value, key="", source=DECLARED, **more) -> Fact:
    given = {"known_from": AT, **more}
    return Fact.objects.create(
        organisation=organisation, record=record, key=key, field=field, value=value, source=source, **given
    )


def cover(record: str, **more) -> Coverage:
    listed = ListImport.objects.create(
        record=record, file_name="名录.xlsx", file_hash="0" * 64, imported_by=make_membership(), created_at=AT
    )
    return Coverage.objects.create(record=record, list_import=listed, **{"known_from": AT, **more})


def test_facts_become_typed_and_records_carry_the_fields_of_their_keys():
    one = make_organisation(name="海滨公司", district="371002")
    fact(one, "subject", "registered_on", "2019-05-06")
    fact(one, "years", "rd_spend", 90_000_000, key="2025")
    fact(one, "years", "above_scale", True, key="2025")
    fact(one, "loans", "rate", "87/2000", key="L-1|x", source=LIST)
    fact(one, "loans", "rate", "87/2000", key="L-1", source=LIST)

    case = case_of(one, AT)

    assert case["name"] == "海滨公司"
    assert case["registered_on"] == date(2019, 5, 6)
    assert case["years"] == [{"year": 2025, "rd_spend": 90_000_000, "above_scale": True}]
    assert {"number": "L-1", "rate": Fraction(87, 2000)} in case["loans"]
    assert "statuses" not in case, "nothing is known of them"


def test_of_several_sources_the_first_in_order_prevails_for_each_field():
    one = make_organisation()
    for value, source in ((1, DECLARED), (2, VERIFIED), (3, LIST)):
        fact(one, "years", "rd_spend", value, key="2025", source=source)
    fact(one, "years", "sales", 7, key="2025", source=DECLARED)

    assert case_of(one, AT)["years"] == [{"year": 2025, "rd_spend": 3, "sales": 7}]


def test_a_source_that_says_there_is_none_silences_those_after_it_only():
    one = make_organisation()
    fact(one, "loans", "", False, source=VERIFIED)
    fact(one, "loans", "purpose", "x", key="A", source=DECLARED)

    assert case_of(one, AT)["loans"] == []

    fact(one, "loans", "rate", "1/20", key="B", source=LIST)

    assert case_of(one, AT)["loans"] == [{"number": "B", "rate": Fraction(1, 20)}]


def test_a_complete_list_makes_unknown_none_from_its_time_on():
    one = make_organisation()
    cover("statuses", known_from=AT + timedelta(days=1))

    assert "statuses" not in case_of(one, AT)
    assert case_of(one, AT + timedelta(days=1))["statuses"] == []


def test_facts_count_from_when_they_are_known_until_they_are_superseded():
    one = make_organisation()
    later = AT + timedelta(days=3)
    fact(one, "years", "rd_spend", 1, key="2025", known_to=later)
    fact(one, "years", "rd_spend", 2, key="2025", known_from=later)

    assert case_of(one, AT)["years"][0]["rd_spend"] == 1
    assert case_of(one, later)["years"][0]["rd_spend"] == 2
    assert "years" not in case_of(one, AT - timedelta(seconds=1))


def test_a_fact_counts_on_the_days_on_which_it_is_valid_unless_its_record_is_dated_itself():
    one = make_organisation()
    fact(one, "subject", "size", "small", valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 2))
    fact(one, "years", "sales", 5, key="2024", valid_from=date(2024, 1, 1), valid_to=date(2024, 12, 31))

    assert case_of(one, AT)["size"] == "small"
    assert "size" not in case_of(one, AT, on=date(2026, 3, 3))
    assert case_of(one, AT)["years"] == [{"year": 2024, "sales": 5}]


def test_a_part_of_a_key_stated_later_completes_it_unless_another_record_has_that_key():
    one, other = make_organisation(), make_organisation()
    for each in (one, other):
        fact(each, "carriers", "level", "municipal", key="海滨空间|maker_space|")
    fact(other, "carriers", "name", "海滨空间", key="海滨空间|maker_space|municipal")

    whole = {"name": "海滨空间", "kind": "maker_space", "level": "municipal"}
    assert case_of(one, AT)["carriers"] == [whole]
    assert case_of(other, AT)["carriers"] == [{"name": "海滨空间", "kind": "maker_space"}, whole]


def test_what_the_vocabulary_cannot_read_is_unknown():
    one = make_organisation()
    fact(one, "subject", "size", "gigantic")
    fact(one, "years", "rd_spend", -5, key="2025")
    fact(one, "years", "sales", 10**16, key="2025")
    fact(one, "years", "employees", "", key="2025")

    case = case_of(one, AT)

    assert "size" not in case
    assert case["years"] == [{"year": 2025}]


def test_an_organisation_is_read_as_it_stood_at_the_time():
    one = make_organisation(name="旧名公司", kind="enterprise")
    one.name, one.kind = "新名研究院", "institution"
    one.save()

    before, now = case_of(one, AT), case_of(one, datetime(2099, 1, 1, tzinfo=UTC))

    assert (before["name"], before["kind"]) == ("旧名公司", "enterprise")
    assert (now["name"], now["kind"]) == ("新名研究院", "institution")


def test_many_cases_cost_as_many_queries_as_one(django_assert_num_queries):
    several = [make_organisation().pk for _ in range(5)]

    with django_assert_num_queries(1):
        cases_of(several, AT)


SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_table_of_random_facts_says_what_their_cases_say_and_is_assessed_alike(seed):
    rng = Random(seed)
    pack = load_pack()
    organisations = [make_organisation(district=rng.choice(["", "371002"])) for _ in range(25)]
    for kind in pack.vocabulary.related:
        if rng.random() < 0.3:
            cover(kind.name)
    Fact.objects.bulk_create(
        one for each in organisations for one in random_facts(rng, each, pack.vocabulary)
    )

    numbers, table = columns_of(numbers_after(0, 100), AT, ON, pack.vocabulary)
    cases = cases_of(numbers, AT, ON, pack.vocabulary)

    assert list(to_cases(table, pack.vocabulary)) == [cases[number] for number in numbers]
    bound = bind(pack, ON)
    found = assess_table(pack, table, ON).benefits
    for row, number in enumerate(numbers):
        for key, result in assess_bound(bound, cases[number]).results.items():
            column = found[key]
            because, amount = int(column.because[row]), int(column.amount[row])
            assert (
                OUTCOMES[column.outcome[row]],
                None if because == NO_REASON else column.reasons[because],
                None if amount == NO_AMOUNT else amount,
            ) == (result.outcome, result.because, result.amount)


def random_facts(rng, organisation, vocabulary):
    """Facts of every kind and source, some odd, some superseded, some of other days."""
    seen = set()
    for kind in vocabulary.records.values():
        if rng.random() < 0.4:
            continue
        keys = [""] if kind.name == "subject" else random_keys(rng, kind, vocabulary)
        for key in keys:
            for name in rng.sample(list(kind.fields), min(4, len(kind.fields))):
                for source in rng.sample(list(Fact.Source), rng.randint(1, 2)):
                    seen.add((kind.name, key, name, source))
        if kind.name != "subject" and rng.random() < 0.3:
            seen.add((kind.name, rng.choice(["", *keys]), "", rng.choice(list(Fact.Source))))
    for record, key, name, source in sorted(seen):
        value = rng.random() < 0.3 if not name else random_value(rng, vocabulary, record, name)
        yield Fact(
            organisation=organisation, record=record, key=key, field=name, value=value, source=source,
            known_from=AT + timedelta(days=rng.choice([0, 0, 0, 1])),
            valid_from=rng.choice([None, None, ON, ON + timedelta(days=1)]),
            valid_to=rng.choice([None, None, ON, ON - timedelta(days=1)]),
        )  # fmt: skip


def random_keys(rng, kind, vocabulary):
    if kind.name == "years":
        return rng.sample(["2022", "2023", "2024", "2025"], 2)
    if not kind.key:
        return rng.sample(["1", "2", "10"], 2)
    drawn = []
    for _ in range(rng.randint(1, 4)):
        parts = [
            str(random_value(rng, vocabulary, kind.name, name)) if rng.random() < 0.8 else ""
            for name in kind.key
        ]
        drawn.append("|".join(parts))
    return sorted({key for key in drawn if key.strip("|")})


def random_value(rng, vocabulary, record, name):
    type_ = vocabulary.records[record].fields[name].type
    if rng.random() < 0.05:
        return rng.choice(["", "odd", -1, 1.5, True, "2025-02-30"])
    plain = {
        "money": rng.choice([0, 5_000_000_00, 90_000_000]),
        "number": rng.choice([2024, 2025, 3]),
        "rate": rng.choice(["1/20", "87/2000", "1"]),
        "date": rng.choice(["2024-05-06", "2025-12-31"]),
        "boolean": rng.random() < 0.7,
        "text": rng.choice(["甲", '乙,"x"\n行']),
    }
    if type_ in plain:
        return plain[type_]
    return rng.choice(list(vocabulary.codes[type_.removeprefix("code:")]))


def test_the_city_is_read_in_parts_by_number():
    several = [make_organisation() for _ in range(5)]
    fact(several[3], "years", "sales", 9, key="2025")

    first = numbers_after(0, 3)
    rest, table = columns_of(numbers_after(first[-1], 3), AT)

    assert first + rest == [one.pk for one in several]
    assert table.column("years").to_pylist()[0][0]["sales"] == 9


def test_only_the_wanted_kinds_of_records_are_read():
    one = make_organisation()
    fact(one, "years", "sales", 9, key="2025")
    fact(one, "loans", "rate", "1/20", key="A")
    cover("statuses")

    _, table = columns_of([one.pk], AT, kinds=["loans"])

    assert table.column("loans").to_pylist()[0][0]["number"] == "A"
    assert table.column("years").to_pylist() == table.column("statuses").to_pylist() == [None]


def test_no_organisations_make_an_empty_table():
    numbers, table = columns_of([], AT)

    assert numbers == []
    assert table.num_rows == 0
