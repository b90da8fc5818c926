"""A synthetic city: deterministic, shaped as the vocabulary says, codes well-formed, figures plausible."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kechuang.policy.columns.columns import arrow_schema, check_schema
from kechuang.policy.language.values import DATE, MAX_MONEY_FEN, MONEY
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.population.catalogue import plan_for
from kechuang.population.city import CHUNK
from kechuang.population.draws import add_years
from kechuang.population.generate import generate, write_parquet
from kechuang.reference.divisions import division
from kechuang.reference.industries import industry
from kechuang.reference.sizes import enterprise_size, size_row
from kechuang.reference.uscc import body_warning, check_uscc

SEED, YEAR, ON = 7, 2023, date(2024, 6, 1)
WAN = 1_000_000
UNREGISTERED = {"person", "team"}


@pytest.fixture(scope="module")
def city():
    """A city of two chunks and a bit."""
    return generate(2 * CHUNK + 5, SEED, YEAR, ON)


@pytest.fixture(scope="module")
def rows(city):
    return city.slice(0, 4000).to_pylist()


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


def records(city, name):
    """All records of one kind, as a struct array."""
    return city[name].combine_chunks().flatten()


def test_the_same_arguments_give_the_same_city(city):
    assert generate(2 * CHUNK + 5, SEED, YEAR, ON).equals(city, check_metadata=True)


def test_another_seed_gives_another_city(city):
    assert not generate(100, SEED + 1, YEAR, ON).equals(city.slice(0, 100))


def test_a_larger_city_begins_with_the_smaller_one(city):
    assert generate(300, SEED, YEAR, ON).equals(city.slice(0, 300))


def test_it_has_the_columns_of_the_vocabulary(city, vocabulary):
    assert city.num_rows == 2 * CHUNK + 5
    assert city.schema.equals(arrow_schema(vocabulary))
    assert check_schema(city.schema, vocabulary) == []
    city.validate(full=True)


def test_it_says_that_it_is_synthetic(city):
    assert city.schema.metadata[b"kechuang.synthetic"] == b"true"
    assert all(name.startswith("样例") for name in city["name"].slice(0, 1000).to_pylist())


def test_an_empty_city_has_its_columns(vocabulary):
    assert generate(0, SEED, YEAR, ON).schema.equals(arrow_schema(vocabulary))


@pytest.mark.parametrize("arguments", [(-1, 0), (1, -1)])
def test_negative_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="expected no negative number"):
        generate(*arguments, YEAR, ON)


def test_every_record_kind_and_every_kind_of_subject_occurs(city, vocabulary):
    for kind in vocabulary.related:
        assert len(records(city, kind.name)) > 0, kind.name
    assert set(pc.unique(city["kind"]).to_pylist()) == set(vocabulary.codes["subject_kind"])


def test_every_fact_is_given_somewhere(city, vocabulary):
    for kind in vocabulary.related:
        of_kind = records(city, kind.name)
        for name in kind.fields:
            assert of_kind.field(name).null_count < len(of_kind), f"{kind.name}.{name}"


def test_credit_codes_are_valid_and_unique(city):
    codes = city["uscc"].to_pylist()
    kinds = city["kind"].to_pylist()
    assert len(set(codes)) == len(codes)
    for code, kind in zip(codes, kinds, strict=True):
        if kind not in UNREGISTERED:
            assert check_uscc(code) == code
            assert body_warning(code) is None
            assert division(code[2:8]).standard != "local"


def test_areas_and_industries_are_real(rows):
    assert {division(row["district"]).kind for row in rows if row["district"]} == {
        "district",
        "county_city",
        "zone",
    }
    codes = {row["industry"] for row in rows if row["kind"] == "enterprise"}
    assert {industry(code).section for code in codes} > set("ACEFGHIKLMNOR")


def test_sizes_are_those_of_the_standard(rows):
    compared = 0
    for row in rows:
        if row["kind"] != "enterprise" or row["size"] is None or not row["years"]:
            continue
        latest = row["years"][0]
        if any(latest[name] is None for name in ("employees", "sales", "assets")):
            continue
        figures = (latest["employees"], latest["sales"], latest["assets"])
        assert row["size"] == enterprise_size(size_row(row["industry"]), *figures)
        compared += 1
    assert compared > 3000


def test_most_enterprises_are_small_and_a_few_are_large(city):
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(city["size"]).to_pylist()}
    sized = counts["micro"] + counts["small"] + counts["medium"] + counts["large"]
    assert counts["micro"] + counts["small"] > 0.8 * sized
    assert 0 < counts["large"] < counts["medium"] < counts["small"]


def test_years_run_back_from_the_assessed_year_without_a_gap(rows):
    for row in rows:
        years = [annual["year"] for annual in row["years"] or []]
        assert years == list(range(YEAR, YEAR - len(years), -1))
        if row["kind"] == "enterprise" and row["registered_on"] and row["years"] is not None:
            assert len(years) == min(4, max(0, YEAR - row["registered_on"].year + 1))


def growth(rows, name):
    """This year's and last year's figure where both are known."""
    for row in rows:
        annuals = (row["years"] or [])[:2]
        if len(annuals) == 2 and None not in (annuals[0][name], annuals[1][name]):
            yield annuals[0][name], annuals[1][name]


def test_figures_grow_plausibly(rows):
    ratios = [now / before for now, before in growth(rows, "sales") if before]
    assert 1.0 < np.median(ratios) < 1.15
    assert np.quantile(ratios, 0.99) < 3


def test_some_cases_lie_exactly_on_the_line(rows):
    spends = list(growth(rows, "rd_spend"))
    assert sum(now * 10 == before * 11 and before > 0 for now, before in spends) >= 10
    assert sum(now - before == 100 * WAN for now, before in spends) >= 10
    assert sum(now > 0 == before for now, before in spends) >= 10


def test_some_sums_lie_exactly_on_the_line(city):
    assert pc.sum(pc.equal(records(city, "landings").field("workload"), 100 * WAN)).as_py() > 0
    assert pc.sum(pc.equal(records(city, "loans").field("principal"), 3000 * WAN)).as_py() > 0


def test_three_years_of_exactly_ten_per_cent_occur(rows):
    def exact(annuals):
        sales = [annual["sales"] for annual in annuals]
        return None not in sales and all(now * 10 == before * 11 for now, before in pairwise(sales))

    assert sum(len(row["years"] or []) == 4 and exact(row["years"]) for row in rows) >= 10


def test_some_facts_are_unknown_and_most_are_known(city, vocabulary):
    for kind in vocabulary.related:
        assert 0 < city[kind.name].null_count < 0.05 * city.num_rows
    spend = records(city, "years").field("rd_spend")
    assert 0.01 < spend.null_count / len(spend) < 0.1


def test_keys_do_not_repeat_within_a_subject(rows, vocabulary):
    for kind in vocabulary.related:
        for row in rows if kind.key else []:
            keys = [tuple(record[name] for name in kind.key) for record in row[kind.name] or []]
            whole = [key for key in keys if None not in key]
            assert len(set(whole)) == len(whole), (kind.name, row["uscc"])


def test_interest_belongs_to_a_loan_on_file(rows):
    seen = 0
    for row in rows:
        loans = {loan["number"]: loan for loan in row["loans"] or []}
        for interest in row["interests"] or []:
            loan = loans[interest["number"]]
            if None not in (interest["principal"], loan["principal"]):
                assert interest["principal"] == loan["principal"]
            assert interest["kind"] == loan["kind"]
            seen += 1
    assert seen > 100


def test_sums_and_dates_are_within_bounds(city, vocabulary):
    for kind in vocabulary.related:
        of_kind = records(city, kind.name)
        for field in kind.fields.values():
            values = of_kind.field(field.name).drop_null()
            if field.type == MONEY:
                assert 0 <= pc.min(values).as_py() <= pc.max(values).as_py() <= MAX_MONEY_FEN
            if field.type == DATE:
                assert pc.min(values).as_py() > date(1970, 1, 1)
                assert pc.max(values).as_py() <= date(2099, 12, 31)


def test_what_has_not_happened_yet_is_not_on_file(city):
    contracts = records(city, "contracts")
    assert pc.max(contracts.field("filed_on")).as_py() <= ON
    certificates = records(city, "statuses")
    assert pc.max(certificates.field("granted_on")).as_py() <= ON
    assert (
        pc.min(certificates.field("expires_on")).as_py()
        < ON
        < pc.max(certificates.field("expires_on")).as_py()
    )


def test_a_vocabulary_with_a_record_kind_of_its_own_is_filled(tmp_path):
    extra = tmp_path / "pack" / "vocabulary.yaml"
    extra.parent.mkdir()
    extra.write_text(
        """
record: gardens
one: garden
title: {zh: 花园, en: Gardens}
codes:
  flower: {rose: {zh: 玫瑰, en: rose}, lily: {zh: 百合, en: lily}}
fields:
  number: {type: text, title: {zh: 编号, en: number}}
  flower: {type: flower, title: {zh: 花, en: flower}}
  planted_on: {type: date, title: {zh: 种植日期, en: date planted}}
  cost: {type: money, title: {zh: 花费, en: cost}}
  discount: {type: rate, title: {zh: 折扣, en: discount}}
  open: {type: boolean, title: {zh: 开放, en: open}}
  beds: {type: number, title: {zh: 花坛, en: beds}}
  graded_year: {type: number, title: {zh: 评价年度, en: year graded}}
""",
        encoding="utf-8",
    )
    own = load_vocabulary(extra)
    gardens = records(generate(CHUNK, SEED, YEAR, ON, own), "gardens")
    assert set(gardens.field("flower").drop_null().to_pylist()) == {"rose", "lily"}
    assert len(gardens) > 50


def test_a_file_holds_the_same_city_and_counts_progress(city, tmp_path):
    path, steps = tmp_path / "city.parquet", []
    written = write_parquet(path, 2 * CHUNK + 5, SEED, YEAR, ON, progress=steps.append)
    assert written == 2 * CHUNK + 5
    assert steps == [CHUNK, CHUNK, 5]
    found = pq.read_table(path)
    assert found.schema.metadata[b"kechuang.synthetic"] == b"true"
    assert found.schema.equals(city.schema)
    assert found.equals(city)


def test_a_long_file_is_written_in_row_groups(tmp_path):
    path = tmp_path / "city.parquet"
    write_parquet(path, 9 * CHUNK, SEED, YEAR, ON)
    groups = pq.ParquetFile(path).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [8 * CHUNK, CHUNK]


def test_a_plan_for_a_field_that_the_vocabulary_lacks_is_refused(vocabulary):
    parks = vocabulary.records["parks"]
    fields = {name: field for name, field in parks.fields.items() if name != "from_kind"}
    narrower = replace(vocabulary, records={**vocabulary.records, "parks": replace(parks, fields=fields)})
    with pytest.raises(LookupError, match="plan of parks: the vocabulary has no field from_kind"):
        plan_for("parks", narrower)


def test_leap_days_move_to_the_last_of_february():
    days = np.array(["2024-02-29", "2023-03-31"], dtype="M8[D]")
    assert add_years(days, 3).astype(str).tolist() == ["2027-02-28", "2026-03-31"]
