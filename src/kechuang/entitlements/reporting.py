"""The files that a visitor takes away: the empty workbook, and the results as workbook, JSON or Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from kechuang.exchange.intake import Intake
from kechuang.exchange.results import SubjectResult, Totals
from kechuang.reader.packs import pack_in_force

FORMATS: Final = ("xlsx", "json", "parquet")


def write_empty_workbook(file: IO[bytes], language: str) -> None:
    """The workbook to fill in."""
    from kechuang.exchange.template import write_template

    write_template(file, pack_in_force().vocabulary, language)


def report_path(folder: Path, kind: str) -> Path:
    """Where the results of a run lie in one format."""
    return folder / f"results.{kind}"


def write_results(
    folder: Path, kind: str, results: Iterable[SubjectResult], intake: Intake, totals: Totals, language: str
) -> None:
    """Write the results in one format; the file appears only when it is complete."""
    path = report_path(folder, kind)
    unfinished = path.with_name(f"unfinished.{kind}")
    if kind == "json":
        from kechuang.exchange.machine import write_json

        with unfinished.open("w", encoding="utf-8") as file:
            write_json(file, results, intake, totals, language)
    elif kind == "parquet":
        from kechuang.exchange.machine_table import write_parquet

        write_parquet(unfinished, results, intake, totals)
    else:
        from kechuang.exchange.report import write_report

        write_report(unfinished, results, intake, totals, language)
    unfinished.replace(path)
