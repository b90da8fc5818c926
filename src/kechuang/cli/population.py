"""`kechuang population`: writes a synthetic city, as Parquet, or as a workbook to try out an upload."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Final

from kechuang.cli.edge import day_of, progress_bar
from kechuang.cli.main import OK
from kechuang.cli.words import UsageError
from kechuang.policy.language.values import Words

_FORMATS: Final = {".parquet", ".xlsx"}


def run(args: argparse.Namespace) -> int:
    """Write the city."""
    out, on = Path(args.out), day_of(args)
    if out.suffix.lower() not in _FORMATS:
        raise UsageError(
            Words(
                f"--out 应以 .parquet 或 .xlsx 结尾，现为“{out.name}”",
                f"--out must end in .parquet or .xlsx, found '{out.name}'",
            )
        )
    year = on.year - 1 if args.year is None else args.year
    if out.suffix.lower() == ".xlsx":
        _write_workbook(out, args, year, on)
    else:
        _write_table(out, args, year, on)
    print(
        Words(
            f"虚构的 {args.subjects:,} 户已写入 {out}（种子 {args.seed}，{on}）",
            f"{args.subjects:,} synthetic subjects written to {out} (seed {args.seed}, {on})",
        ).pick(args.language)
    )
    return OK


def _write_table(out: Path, args: argparse.Namespace, year: int, on: date) -> None:
    """Chunk by chunk, with bounded memory."""
    from kechuang.population.generate import write_parquet

    bar = progress_bar(
        Words("生成", "generating").pick(args.language), Words(" 户", " subjects").pick(args.language)
    )
    done = 0

    def report(made: int) -> None:
        nonlocal done
        done += made
        bar(done, args.subjects)

    try:
        write_parquet(out, args.subjects, args.seed, year, on, progress=report)
    finally:
        bar.close()


def _write_workbook(out: Path, args: argparse.Namespace, year: int, on: date) -> None:
    from kechuang.exchange.tables import to_cases
    from kechuang.exchange.template import MAX_FILLED, write_filled
    from kechuang.policy.language.vocabulary import load_vocabulary
    from kechuang.population.generate import generate

    if args.subjects > MAX_FILLED:
        raise UsageError(
            Words(
                f"工作簿最多写 {MAX_FILLED:,} 户，现为 {args.subjects:,} 户；请用 .parquet",
                f"a workbook holds at most {MAX_FILLED:,} subjects, found {args.subjects:,}: use .parquet",
            )
        )
    vocabulary = load_vocabulary()
    cases = to_cases(generate(args.subjects, args.seed, year, on, vocabulary), vocabulary)
    with out.open("wb") as file:
        write_filled(file, cases, vocabulary, args.language)
