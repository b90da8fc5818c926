"""`kechuang population`: writes a synthetic city."""

from __future__ import annotations

import argparse
from pathlib import Path

from kechuang.cli.edge import UsageError, day_of, progress_bar
from kechuang.cli.main import OK
from kechuang.policy.values import Words
from kechuang.population.generate import write_parquet


def run(args: argparse.Namespace) -> int:
    """Write the city chunk by chunk."""
    out, on = Path(args.out), day_of(args)
    if out.suffix.lower() != ".parquet":
        raise UsageError(
            Words(
                f"--out 应以 .parquet 结尾，现为“{out.name}”",
                f"--out must end in .parquet, found '{out.name}'",
            )
        )
    year = on.year - 1 if args.year is None else args.year
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
    print(
        Words(
            f"虚构的 {args.subjects:,} 户已写入 {out}（种子 {args.seed}，{on}）",
            f"{args.subjects:,} synthetic subjects written to {out} (seed {args.seed}, {on})",
        ).pick(args.language)
    )
    return OK
