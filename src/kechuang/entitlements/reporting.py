"""The files that a visitor takes away: the empty workbook, and the results as workbook, JSON or Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from kechuang.exchange.intake import Intake
from kechuang.exchange.results import SubjectResult, Totals
from kechuang.exchange.writing import write_file
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
    write_file(report_path(folder, kind), results, intake, totals, language)
