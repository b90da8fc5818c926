"""Results out: the workbook for people, JSON and Parquet for machines; all say the same."""

from __future__ import annotations

import io
import json
from datetime import date

import openpyxl
import pyarrow.parquet as pq
import pytest

from kechuang.exchange import report, report_sheets, results
from kechuang.exchange.intake import Intake
from kechuang.exchange.machine import write_json
from kechuang.exchange.machine_table import write_columns, write_parquet
from kechuang.exchange.plain import intake_of
from kechuang.exchange.report import write_report
from kechuang.exchange.results import Totals, columns_of, results_of, totals_of_columns
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.reference.uscc import make_uscc

CODES = [make_uscc("9", "1", "371000", f"MA0000{number:02d}") for number in range(9)]
YEARS = [
    {"year": 2023, "rd_spend": "700万元", "above_scale": True, "has_rd_activity": True},
    {"year": 2022, "rd_spend": "500万元"},
]
STATUSES = [{"kind": "high_tech_enterprise", "granted_on": "2022-01-01", "expires_on": "2025-01-01"}]


def enterprise(number: int, name: str, **facts: object) -> dict[str, object]:
    return {
        "uscc": CODES[number],
        "name": name,
        "kind": "enterprise",
        "years": YEARS,
        "statuses": STATUSES,
    } | facts


CASES = [
    enterprise(0, "甲公司"),
    enterprise(1, "=HYPERLINK(1)", years=[YEARS[0], {"year": 2022, "rd_spend": "612万元"}]),
    enterprise(2, "@丙", years=[YEARS[0]]),
    {"uscc": CODES[3], "name": "丁", "kind": "bank"},
    {"uscc": CODES[4], "name": "戊", "kind": "shop"},
]


@pytest.fixture(scope="module")
def bound() -> Bound:
    return bind(load_pack(), date(2024, 6, 1))


@pytest.fixture
def intake(bound) -> Intake:
    return intake_of(CASES, bound.pack.vocabulary)


def written(bound: Bound, intake: Intake, language: str = "zh") -> openpyxl.Workbook:
    file = io.BytesIO()
    write_report(file, results_of(bound, intake), intake, Totals(bound), language)
    return openpyxl.load_workbook(file)


def rows(sheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_the_summary_says_what_went_in_and_what_came_out(bound, intake):
    told = rows(written(bound, intake)["汇总"])

    assert told[2][0] == "读入 13 行 = 测算 12 行 + 未测算 1 行；测算 4 户"
    growth = next(row for row in told if str(row[0]).startswith("9.rd_growth"))
    assert growth[1:7] == (0, 0, 1, 100_000, 1, 2)
    assert growth[7] == "9 研发投入递增补助"


def test_a_benefits_sheet_gives_outcome_sum_and_reason_with_the_shortfall(bound, intake):
    _, first, second, third = rows(written(bound, intake)["9 研发投入递增补助"])

    assert first[:4] == (CODES[0], "甲公司", "可申报，最高", 100_000)
    assert second[2:] == ("不符合", None, "研发投入增量还差 12 万元（须超过 100 万元）")
    assert third[2] == "待定"
    assert "2022 年研发投入" in third[4]


def test_sums_are_numbers_with_a_format_and_texts_are_never_formulas(bound, intake):
    sheet = written(bound, intake)["9 研发投入递增补助"]

    assert sheet["D2"].data_type == "n"
    assert sheet["D2"].number_format == "#,##0.00"
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=HYPERLINK(1)", "s")
    assert (sheet["B4"].value, sheet["B4"].data_type) == ("@丙", "s")


def test_missing_facts_name_the_holder_and_the_benefits_that_hang_on_them(bound, intake):
    told = rows(written(bound, intake)["待补信息"])

    fact = next(row for row in told if row[0] == CODES[2] and str(row[2]).startswith("2022 年研发投入"))
    assert fact[3] == "统计部门"
    assert "研发投入递增补助" in fact[4]


def test_what_was_not_assessed_is_placed(bound, intake):
    (_, row) = rows(written(bound, intake)["未测算"])

    assert row[:6] == ("subject", 5, "kind", CODES[4], "戊", "“shop”")
    assert row[6].startswith("下列之一")


def test_the_basis_names_pack_hash_day_and_readings(bound, intake):
    told = {row[0]: row[1] for row in rows(written(bound, intake)["依据与口径"])}

    assert told["内容校验值"] == bound.pack.hash
    assert told["测算日"] == "2024-06-01"
    assert told["口径 I-17"] == bound.pack.readings["I-17"].options[bound.readings["I-17"]].title.zh


def test_sheets_that_list_nobody_are_hidden_and_english_is_whole(bound, intake):
    book = written(bound, intake, "en")

    assert book["5 " + bound.pack.benefit("5.national_zone").title.en[:29]].sheet_state == "hidden"
    assert book.sheetnames[:4] == ["Summary", "Subjects", "Still needed", "Not assessed"]
    growth = book["9 " + bound.pack.benefit("9.rd_growth").title.en[:29]]
    assert [cell.value for cell in growth[1]] == ["subject code", "name", "outcome", "sum (yuan)", "reason"]


def test_outside_its_validity_every_benefit_says_so(bound, intake):
    late = bind(bound.pack, date(2028, 7, 13))

    told = rows(written(late, intake)["汇总"])

    assert sum(1 for row in told if row[7] == "不在有效期") == len(bound.benefits)


def test_json_and_parquet_and_columns_say_the_same(bound, intake, tmp_path):
    text, totals = io.StringIO(), Totals(bound)
    write_json(text, results_of(bound, intake), intake, totals)
    write_parquet(tmp_path / "detailed.parquet", results_of(bound, intake), intake, other := Totals(bound))
    columns = columns_of(bound, intake)
    write_columns(tmp_path / "columns.parquet", columns, bound, intake)

    told = json.loads(text.getvalue())
    detailed, plain = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("detailed", "columns"))
    assert told["results"][0]["benefits"]["9.rd_growth"] == {"outcome": "may_apply", "amount_fen": 10_000_000}
    assert told["results"][1]["benefits"]["9.rd_growth"] == {
        "outcome": "not_eligible",
        "because": "floor",
        "short": {"gap": "12000000", "type": "money"},
    }
    assert told["results"][2]["benefits"]["9.rd_growth"]["missing"][0] == {
        "fact": "years.rd_spend",
        "year": 2022,
    }
    assert (told["subjects"], told["rows"]["in"]) == ({"in": 5, "assessed": 4, "refused": 1}, 13)
    for benefit in bound.benefits:
        for part in ("outcome", "because", "amount_fen"):
            name = f"{benefit.benefit.id}.{part}"
            expected = [one["benefits"][benefit.benefit.id].get(part) for one in told["results"]]
            assert detailed[name].to_pylist() == plain[name].to_pylist() == expected
    assert detailed["9.rd_growth.missing"].to_pylist()[2] == ["years.rd_spend"]
    assert json.loads(plain.schema.metadata[b"kechuang"])["pack"]["hash"] == bound.pack.hash
    assert totals.benefits == other.benefits == totals_of_columns(bound, columns, 4).benefits


def test_a_city_is_reported_from_columns_with_the_same_sums(bound, intake, monkeypatch):
    detailed = rows(written(bound, intake)["各主体"])
    monkeypatch.setattr(results, "DETAILED", 0)
    monkeypatch.setattr(report, "DETAILED", 0)
    monkeypatch.setattr(report, "LISTED", 0)

    book = written(bound, intake)

    assert rows(book["各主体"]) == detailed
    assert rows(book["9 研发投入递增补助"])[1:] == [
        (CODES[0], "甲公司", "可申报，最高", 100_000, "7 项条件均已满足")
    ]
    assert rows(book["待补信息"])[1:] == []


def test_rows_that_a_sheet_cannot_hold_are_counted_and_said(bound, intake, monkeypatch):
    monkeypatch.setattr(report_sheets, "MAX_ROWS", 3)

    told = [row[0] for row in rows(written(bound, intake)["汇总"])]

    assert "“各主体”放不下全部行，另有 2 行未列出；请改用 JSON 或 Parquet。" in told


def test_totals_count_each_outcome(bound, intake):
    totals = Totals(bound)
    for result in results_of(bound, intake):
        totals.add(result)

    assert totals.benefits["9.rd_growth"].subjects[Outcome.MAY_APPLY] == 1
    assert sum(totals.benefits["9.rd_growth"].subjects.values()) == totals.subjects == 4
