"""Writes results in the format that the file's name asks for; the file appears only when it is complete."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kechuang.exchange.intake import Intake
from kechuang.exchange.results import SubjectResult, Totals

FORMATS: Final = (".xlsx", ".json", ".parquet")


def write_file(
    path: Path, results: Iterable[SubjectResult], intake: Intake, totals: Totals, language: str = "zh"
) -> None:
    """Write a workbook, JSON or Parquet, adding up `totals` on the way. Raises OSError when it cannot be written."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        _write(unfinished, path.suffix.lower(), results, intake, totals, language)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(
    path: Path, kind: str, results: Iterable[SubjectResult], intake: Intake, totals: Totals, language: str
) -> None:
    if kind == ".json":
        from kechuang.exchange.machine import write_json

        with path.open("w", encoding="utf-8") as file:
            write_json(file, results, intake, totals, language)
    elif kind == ".parquet":
        from kechuang.exchange.machine_table import write_parquet

        write_parquet(path, results, intake, totals)
    else:
        from kechuang.exchange.report import write_report

        with path.open("wb") as file:
            write_report(file, results, intake, totals, language)
