"""Workbooks in: every kind of bad input is refused, or read in a way that is stated; nothing is dropped or guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from exchange.workbooks import CODES, SUBJECT, VOCABULARY, YEARS, book, one_subject, only_fault, read, stated
from kechuang.exchange import workbook
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.subjects import CODE_TIDIED
from kechuang.exchange.tables import to_cases
from kechuang.exchange.template import write_filled, write_template
from kechuang.policy.language.values import Words
from kechuang.population.generate import generate


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "facts.xlsx"


def test_the_filled_template_is_read_back(path):
    write_template(path, VOCABULARY)
    filled = openpyxl.load_workbook(path)
    filled["主体"].append([CODES[0], "甲公司", "企业", None, None, "小型", date(2020, 1, 2)])
    filled["年度数据"].append([CODES[0], 2023, 100_000_000, 7_000_000.25, None, None, "是", "否", 35])
    headings = [cell.value for cell in filled["科技贷款"][1]]
    loan = {"主体代码": CODES[0], "利率（%）": 3.45}
    filled["科技贷款"].append([next((v for k, v in loan.items() if k == text), None) for text in headings])
    filled.save(path)

    intake = read(path)

    (case,) = intake.cases
    assert case["name"] == "甲公司"
    assert case["size"] == "small"
    assert case["registered_on"] == date(2020, 1, 2)
    assert case["years"] == [
        {
            "year": 2023,
            "sales": 10_000_000_000,
            "rd_spend": 700_000_025,
            "above_scale": True,
            "has_rd_activity": False,
            "employees": 35,
        }
    ]
    assert "contracts" not in case
    assert intake.refused == ()
    assert intake.faults == ()
    assert stated(intake, workbook.EXAMPLE_ROW)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cases_survive_the_way_through_a_workbook_exactly(path, language):
    city = to_cases(generate(300, seed=5, year=2023, on=date(2024, 6, 1)), VOCABULARY)
    write_filled(path, city, VOCABULARY, language)

    intake = read(path)

    assert intake.refused == ()
    kinds = [kind.name for kind in VOCABULARY.related]
    told = {
        kind for kind in kinds if any(case.get(kind) for case in city) or all(kind in case for case in city)
    }
    for before, after in zip(city, intake.cases, strict=True):
        assert set(after) & set(kinds) == told
        assert after == {kind: [] for kind in told} | {
            name: before[name] for name in before if name in told or name not in kinds
        }


def test_the_template_explains_itself_in_both_languages(path):
    write_template(path, VOCABULARY, "en")
    english = openpyxl.load_workbook(path)

    assert english.sheetnames[:2] == ["Guide", "Subjects"]
    years = english["Annual figures"]
    assert years["C1"].value == "sales (yuan)"
    assert "heading's unit" in years["C1"].comment.text
    assert years.freeze_panes == "B2"
    assert any("yes,no" in rule.formula1 for rule in years.data_validations.dataValidation)


def test_a_sheet_with_a_row_is_complete_and_one_without_is_unknown(path):
    subjects = [SUBJECT, [CODES[0], "甲", "企业"], [CODES[1], "乙", "企业"]]
    intake = read(
        book(path, {"主体": subjects, "年度数据": [YEARS, [CODES[0], 2023]], "科技贷款": [["主体代码"]]})
    )

    assert [case["years"] for case in intake.cases] == [[{"year": 2023}], []]
    assert "loans" not in intake.cases[0]


@pytest.mark.parametrize("word", ["无", " None "])
def test_a_sheet_that_says_none_is_known_to_be_empty(path, word):
    intake = read(
        book(path, {"主体": [SUBJECT, [CODES[0], "甲", "企业"]], "科技贷款": [["主体代码"], [word]]})
    )

    assert intake.cases[0]["loans"] == []
    assert stated(intake, workbook.NOBODY)


def test_a_wrong_heading_is_answered_with_the_nearest_and_the_rest_is_read(path):
    intake = read(one_subject(path, [2023, 5], headings=["主体代码", "年度", "研发投人（统计口径）（元）"]))

    (fault,) = intake.faults
    assert (fault.sheet, fault.row, fault.column) == ("年度数据", 1, "研发投人（统计口径）（元）")
    assert fault.expected.zh == "“研发投入（统计口径）（元）”"
    assert intake.cases[0]["years"] == [{"year": 2023}]


def test_a_wrong_sheet_name_is_answered_with_the_nearest_and_its_rows_are_counted(path):
    intake = read(
        book(path, {"主体": [SUBJECT, [CODES[0], "甲", "企业"]], "年度数椐": [YEARS, [CODES[0], 2023]]})
    )

    (fault,) = intake.faults
    assert fault.expected.zh == "“年度数据”"
    assert (intake.rows_in, intake.rows_refused) == (2, 1)


def test_missing_columns_are_unknown_and_said(path):
    intake = read(one_subject(path, [2023], headings=["主体代码", "年度"]))

    assert {one.column for one in stated(intake, workbook.MISSING_COLUMN)} >= {"销售收入", "规模以上企业"}


def test_a_sheet_without_the_code_column_is_unknown_for_all_and_said(path):
    intake = read(book(path, {"主体": [SUBJECT, [CODES[0], "甲", "企业"]], "年度数据": [["年度"], [2023]]}))

    assert "years" not in intake.cases[0]
    assert "主体代码" in intake.faults[0].sentence("zh")
    assert intake.rows_refused == 1


def test_a_column_twice_is_refused(path):
    intake = read(one_subject(path, [2023, 2022], headings=["主体代码", "年度", "年度"]))

    assert intake.faults[0].expected == Words("每项只有一列", "one column a fact")
    assert "years" not in intake.cases[0]


def test_titles_above_the_headings_are_passed_over_and_said(path):
    rows = [["2023 年企业情况表"], [], SUBJECT, [CODES[0], "甲", "企业"]]

    intake = read(book(path, {"主体": rows}))

    assert intake.size == 1
    assert stated(intake, workbook.TITLE_ROWS)[0].row == 1


def test_merged_cells_refuse_the_rows_they_cover_only(path):
    subjects = [SUBJECT, *([CODES[number], "甲", "企业"] for number in range(3))]
    years = [YEARS, [CODES[0], 2023], [CODES[1], 2023], [CODES[2], 2023]]
    file = book(path, {"主体": subjects, "年度数据": years})
    merged = openpyxl.load_workbook(file)
    merged["年度数据"].merge_cells("D2:D3")
    merged.save(file)

    intake = read(file)

    assert [case["uscc"] for case in intake.cases] == [CODES[2]]
    assert {one.faults[0].found for one in intake.refused} == {"合并的单元格 D2:D3"}


def test_a_code_twice_refuses_both_and_all_their_rows(path):
    subjects = [SUBJECT, [CODES[0], "甲", "企业"], [CODES[0].lower(), "乙", "企业"], [CODES[1], "丙", "企业"]]

    intake = read(book(path, {"主体": subjects, "年度数据": [YEARS, [CODES[0], 2023], [CODES[1], 2023]]}))

    assert [case["name"] for case in intake.cases] == ["丙"]
    assert [one.row for one in intake.refused] == [2, 3]
    assert (intake.rows_in, intake.rows_used) == (5, 2)


def test_a_wrong_check_sign_refuses_the_subject(path):
    bad = CODES[0][:-1] + ("A" if CODES[0][-1] != "A" else "B")

    intake = read(book(path, {"主体": [SUBJECT, [bad, "甲", "企业"], ["RC-1", "张三", "个人"]]}))

    assert [case["name"] for case in intake.cases] == ["张三"]
    assert "校验位" in only_fault(intake).expected.zh


def test_a_loose_code_is_tidied_and_said_and_still_joins(path):
    loose = f"{CODES[0][:8]} {CODES[0][8:].lower()}"

    intake = read(
        book(path, {"主体": [SUBJECT, [loose, "甲", "企业"]], "年度数据": [YEARS, [CODES[0], 2023]]})
    )

    assert intake.cases[0]["uscc"] == CODES[0]
    assert intake.cases[0]["years"] == [{"year": 2023}]
    assert stated(intake, CODE_TIDIED)


def test_a_code_kept_as_a_number_has_lost_digits_and_is_refused(path):
    intake = read(book(path, {"主体": [SUBJECT, [913710001234567890, "甲", "企业"]]}))

    assert only_fault(intake).column == "主体代码"


def test_a_row_of_nobody_is_refused_with_the_nearest_code(path):
    stranger = CODES[0][:-1] + "X"

    intake = read(
        book(
            path,
            {
                "主体": [SUBJECT, [CODES[0], "甲", "企业"]],
                "年度数据": [YEARS, [stranger, 2023], [None, 2022]],
            },
        )
    )

    assert [one.faults[0].row for one in intake.refused] == [2, 3]
    assert CODES[0] in intake.refused[0].faults[0].expected.zh
    assert (intake.rows_in, intake.rows_used) == (3, 1)


def test_free_codes_join_only_as_they_are_written(path):
    subjects = [SUBJECT, ["RC-1", "张三", "个人"], ["RC1", "李四", "个人"]]

    intake = read(book(path, {"主体": subjects, "年度数据": [YEARS, ["RC1", 2023], ["rc-1", 2023]]}))

    assert [case["years"] for case in intake.cases] == [[], [{"year": 2023}]]
    assert [one.subject for one in intake.refused] == ["rc-1"]


def test_a_year_twice_refuses_the_subject(path):
    intake = read(one_subject(path, [2023], [2023]))

    assert "第 2 行" in only_fault(intake).sentence("zh")


def test_a_workbook_without_subjects_is_said(path):
    with pytest.raises(UnusableFileError) as error:
        read(book(path, {"年度数据": [YEARS, [CODES[0], 2023]]}))

    assert "“主体”表" in error.value.words.zh


def test_subjects_refused_are_counted_without_rows_of_nobody(path):
    subjects = [SUBJECT, [CODES[0], "甲", "企业"], [CODES[1], "乙", "工厂"]]

    intake = read(book(path, {"主体": subjects, "年度数据": [YEARS, ["unknown", 2023]]}))

    assert (intake.size, intake.subjects_refused, len(intake.refused)) == (1, 1, 2)
