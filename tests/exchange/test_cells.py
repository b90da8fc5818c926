"""Cells of a workbook: sums, rates, dates and codes are exact or refused; what was unclear is read as stated."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from exchange.workbooks import CODES, SUBJECT, VOCABULARY, YEARS, book, one_subject, only_fault, read, stated
from kechuang.exchange import cells, workbook
from kechuang.exchange.intake import Intake
from kechuang.exchange.plausibility import MORE_THAN_SALES, VERY_SMALL


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "facts.xlsx"


@pytest.mark.parametrize("bad", ["约五百万", "5,00", "五", "#DIV/0!", "12.345", True, "1e5", "120美元"])
def test_text_in_a_sum_refuses_its_subject_and_names_the_place(path, bad):
    subjects = [SUBJECT, [CODES[0], "甲", "企业"], [CODES[1], "乙", "企业"]]
    rows = [
        YEARS,
        [CODES[0], 2023, None, bad],
        [CODES[0], 2022, None, 5_000_000],
        [CODES[1], 2023, None, 5_000_000],
    ]

    intake = read(book(path, {"主体": subjects, "年度数据": rows}))

    assert [case["uscc"] for case in intake.cases] == [CODES[1]]
    fault = only_fault(intake)
    assert (fault.sheet, fault.row, fault.column) == ("年度数据", 2, "研发投入（统计口径）（元）")
    assert str(bad) in fault.found
    assert "120万元" in fault.expected.zh
    assert (intake.rows_in, intake.rows_used) == (5, 2)


@pytest.mark.parametrize(
    ("written", "heading", "fen", "how"),
    [
        (5_000_000, "研发投入（统计口径）（元）", 500_000_000, None),
        (5_000_000.1, "研发投入（统计口径）（元）", 500_000_010, None),
        (500, "研发投入（统计口径）（万元）", 500_000_000, None),
        (500.123456, "研发投入（统计口径）(万元)", 500_123_456, None),
        ("500万元", "研发投入（统计口径）（元）", 500_000_000, cells.CELL_UNIT),
        ("500万元", "研发投入（统计口径）（万元）", 500_000_000, None),
        ("5000000元", "研发投入（统计口径）（万元）", 500_000_000, cells.CELL_UNIT),
        ("1.2亿", "研发投入（统计口径）（元）", 12_000_000_000, cells.CELL_UNIT),
        ("¥5,000,000.00", "研发投入（统计口径）（元）", 500_000_000, cells.TEXT_NUMBER),
        ("５００万元", "研发投入（统计口径）（万元）", 500_000_000, cells.FULL_WIDTH),
        (5_000_000, "研发投入（统计口径）", 500_000_000, cells.NO_UNIT),
        (5_000_000, "rd_spend", 500_000_000, cells.NO_UNIT),
        (5_000_000, "R&D spend (statistics return) (yuan)", 500_000_000, None),
    ],
)
def test_sums_are_exact_and_units_are_honoured(path, written, heading, fen, how):
    intake = read(one_subject(path, [2023, written], headings=["主体代码", "年度", heading]))

    assert intake.cases[0]["years"] == [{"year": 2023, "rd_spend": fen}]
    readings = {cells.DIGITS_15, cells.CELL_UNIT, cells.TEXT_NUMBER, cells.FULL_WIDTH, cells.NO_UNIT}
    assert [one.how for one in intake.stated if one.how in readings] == ([how] if how else [])


@pytest.mark.parametrize(
    ("sales", "spend", "why"), [(1_000_000, 10_000_001, MORE_THAN_SALES), (None, 500, VERY_SMALL)]
)
def test_implausible_sums_are_said_and_never_changed(path, sales, spend, why):
    intake = read(one_subject(path, [2023, sales, spend]))

    assert intake.cases[0]["years"][0]["rd_spend"] == spend * 100
    assert stated(intake, why)


@pytest.mark.parametrize(
    ("written", "how"),
    [
        (date(2024, 3, 1), None),
        ("2024-03-01", None),
        ("2024年3月1日", cells.TEXT_DATE),
        ("2024/3/1", cells.TEXT_DATE),
        ("2024.3.1", cells.TEXT_DATE),
        ("20240301", cells.TEXT_DATE),
        (20240301, cells.TEXT_DATE),
        ("２０２４－０３－０１", cells.FULL_WIDTH),
        (45352, cells.SERIAL_DATE),
        (datetime.fromisoformat("2024-03-01T08:30"), cells.TIME_DROPPED),
    ],
)
def test_dates_are_read_and_said(path, written, how):
    intake = read(book(path, {"主体": [[*SUBJECT, "成立日期"], [CODES[0], "甲", "企业", written]]}))

    assert intake.cases[0]["registered_on"] == date(2024, 3, 1)
    dates = {cells.TEXT_DATE, cells.SERIAL_DATE, cells.TIME_DROPPED, cells.FULL_WIDTH}
    assert [one.how for one in intake.stated if one.how in dates] == ([how] if how else [])


@pytest.mark.parametrize(
    "written", ["3/1/2024", "2024年3月", "2024-02-30", 2024, "长期", 45352.5, "1850-01-01"]
)
def test_what_is_no_clear_date_is_refused(path, written):
    intake = read(book(path, {"主体": [[*SUBJECT, "成立日期"], [CODES[0], "甲", "企业", written]]}))

    assert only_fault(intake).column == "成立日期"


def loan(path: Path, heading: str, value: object, number_format: str = "General") -> Intake:
    file = book(
        path,
        {"主体": [SUBJECT, [CODES[0], "甲", "企业"]], "科技贷款": [["主体代码", heading], [CODES[0], value]]},
    )
    opened = openpyxl.load_workbook(file)
    opened["科技贷款"]["B2"].number_format = number_format
    opened.save(file)
    return read(file)


@pytest.mark.parametrize(
    ("heading", "value", "shape"),
    [
        ("{}（%）", 4.35, "General"),
        ("{}（%）", 0.0435, "0.00%"),
        ("{}", 0.0435, '0.00"%"%'),
        ("{}", "4.35%", "General"),
        ("{}（%）", "4.35", "General"),
    ],
)
def test_rates_are_exact_however_they_are_shown(path, heading, value, shape):
    title = VOCABULARY.records["loans"].fields["rate"].title.zh

    intake = loan(path, heading.format(title), value, shape)

    assert intake.cases[0]["loans"] == [{"rate": Fraction(435, 10_000)}]


def test_a_rate_without_percent_is_refused_rather_than_guessed(path):
    title = VOCABULARY.records["loans"].fields["rate"].title.zh

    assert "4.35%" in only_fault(loan(path, title, 4.35)).expected.zh


def test_full_width_years_and_yes_or_no_are_read(path):
    intake = read(one_subject(path, ["２０２３年", None, None, " Yes "]))

    assert intake.cases[0]["years"] == [{"year": 2023, "above_scale": True}]


def test_codes_are_chosen_by_either_name_and_others_refused_with_the_list(path):
    rows = [SUBJECT, [CODES[0], "甲", "enterprise"], [CODES[1], "乙", "企 业"], [CODES[2], "丙", "工厂"]]

    intake = read(book(path, {"主体": rows}))

    assert [case["kind"] for case in intake.cases] == ["enterprise", "enterprise"]
    assert only_fault(intake).expected.zh.startswith("下列之一：企业、科研机构")


def test_a_cell_outside_the_columns_is_not_passed_over(path):
    intake = read(one_subject(path, [2023, None, None, None, "备注"]))

    assert only_fault(intake).column == "F"


def test_saved_results_of_formulas_are_read_and_said(path):
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("主体")
        sheet.write_row(0, 0, SUBJECT)
        sheet.write_row(1, 0, [CODES[0], "甲", "企业"])
        sheet = made.add_worksheet("年度数据")
        sheet.write_row(0, 0, YEARS)
        sheet.write_row(1, 0, [CODES[0], 2023])
        sheet.write_formula(1, 3, "=1+1", None, 6_000_000)

    intake = read(path)

    assert intake.cases[0]["years"] == [{"year": 2023, "rd_spend": 600_000_000}]
    assert stated(intake, workbook.FORMULAS)


def test_a_formula_without_a_saved_result_is_refused(path):
    assert "公式" in only_fault(read(one_subject(path, [2023, None, "=1+1"]))).found
