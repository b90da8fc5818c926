"""Small workbooks for tests: made of rows, read back, asked for what was stated and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl

from kechuang.exchange.intake import Intake
from kechuang.exchange.reading import read_file
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.reference.uscc import make_uscc

VOCABULARY = load_vocabulary()
CODES = [make_uscc("9", "1", "371000", f"MA0000{number:02d}") for number in range(4)]
SUBJECT = ["主体代码", "名称", "主体类型"]
YEARS = ["主体代码", "年度", "销售收入（元）", "研发投入（统计口径）（元）", "规模以上企业"]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def one_subject(path: Path, *years: list[Any], headings: list[str] | None = None) -> Path:
    rows = [[CODES[0], *row] for row in years]
    return book(path, {"主体": [SUBJECT, [CODES[0], "甲", "企业"]], "年度数据": [headings or YEARS, *rows]})


def read(file: Path) -> Intake:
    intake = read_file(file, VOCABULARY)
    assert intake.rows_in == intake.rows_used + intake.rows_refused
    return intake


def stated(intake: Intake, how: Words):
    return [one for one in intake.stated if one.how == how]


def only_fault(intake: Intake):
    (refused,) = intake.refused
    (fault,) = refused.faults
    return fault
