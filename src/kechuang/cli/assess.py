"""`kechuang assess`: reads the facts, assesses them, writes the results, and prints what went in and what came out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kechuang.cli.edge import bound_of, progress_bar
from kechuang.cli.main import OK, REFUSED, UNUSABLE
from kechuang.cli.printing import print_intake, print_totals
from kechuang.cli.words import UsageError
from kechuang.exchange.intake import Intake, Progress
from kechuang.exchange.reading import read_file
from kechuang.exchange.results import Totals, columns_of, is_detailed, results_of, totals_of_columns
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.language.values import Words

_KINDS = {".xlsx", ".json", ".parquet"}


def run(args: argparse.Namespace) -> int:
    """Assess the file of the arguments."""
    if args.engine == "spark":
        from kechuang.cli.spread import assess

        return _code(assess(args))
    out = _out(args.out)
    bound = bound_of(args)
    reading = progress_bar(
        Words("读取", "reading").pick(args.language), Words(" 行", " rows").pick(args.language)
    )
    try:
        intake = read_file(args.file, bound.pack.vocabulary, reading)
    finally:
        reading.close()
    assessing = progress_bar(
        Words("测算", "assessing").pick(args.language), Words(" 户", " subjects").pick(args.language)
    )
    try:
        totals = _assess(out, bound, intake, assessing, args.language)
    finally:
        assessing.close()
    report = sys.stderr if args.out == "-" else sys.stdout
    print_intake(intake, args.language, report)
    print_totals(totals, args.language, report)
    if out is not None and args.out != "-":
        print(Words(f"结果已写入 {out}", f"results written to {out}").pick(args.language), file=report)
    return _code(intake)


def _code(intake: Intake) -> int:
    if not intake.size:
        return UNUSABLE
    return REFUSED if intake.rows_refused or intake.faults else OK


def _out(written: str | None) -> Path | None:
    if written in (None, "-"):
        return None
    out = Path(str(written))
    if out.suffix.lower() not in _KINDS:
        raise UsageError(
            Words(
                f"--out 应以 .xlsx、.json 或 .parquet 结尾，现为“{out.name}”",
                f"--out must end in .xlsx, .json or .parquet, found '{out.name}'",
            )
        )
    if not out.parent.is_dir():
        raise UsageError(
            Words(f"没有文件夹 {out.parent}；请先建立", f"there is no folder {out.parent}; make it first")
        )
    return out


def _assess(out: Path | None, bound: Bound, intake: Intake, progress: Progress, language: str) -> Totals:
    """Assess, write the results as they come, and return the totals. A city without a report stays in columns."""
    kind = "" if out is None else out.suffix.lower()
    if not is_detailed(intake) and kind in {"", ".parquet"}:
        columns = columns_of(bound, intake, progress)
        if out is not None:
            from kechuang.exchange.machine_table import write_columns

            write_columns(out, columns, bound, intake)
        return totals_of_columns(bound, columns, intake.size)
    totals = Totals(bound)
    results = results_of(bound, intake, progress)
    if out is not None:
        from kechuang.exchange.writing import write_file

        write_file(out, results, intake, totals, language)
    else:
        for result in results:
            totals.add(result)
    return totals
