"""`kechuang assess --engine spark`: the same assessment, part by part on the workers of a Spark cluster."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kechuang.cli.edge import bound_of, progress_bar
from kechuang.cli.printing import print_intake, print_totals
from kechuang.cli.words import UsageError
from kechuang.cluster.assessing import RUN, assess_with_spark
from kechuang.cluster.session import session
from kechuang.exchange.intake import Intake
from kechuang.policy.language.values import Words


def assess(args: argparse.Namespace) -> Intake:
    """Assess the file or folder of the arguments, print what went in and what came out, and return the intake."""
    out = _out(args.out)
    bound = bound_of(args)
    bar = progress_bar(
        Words("测算", "assessing").pick(args.language), Words(" 份", " parts").pick(args.language)
    )
    with session(args.master, args.spark_conf) as spark:
        try:
            found = assess_with_spark(spark, bound, args.file, out, language=args.language, progress=bar)
        finally:
            bar.close()
        _print_where(spark, found.parts, args.language)
    print_intake(found.intake, args.language, sys.stdout)
    print_totals(found.totals, args.language, sys.stdout)
    if out is not None:
        print(
            Words(
                f"结果已写入文件夹 {out}：每份一个 Parquet 文件，合计见 {RUN}",
                f"results written to the folder {out}: a Parquet file a part, totals in {RUN}",
            ).pick(args.language)
        )
    return found.intake


def _out(written: str | None) -> str | None:
    """The folder for the parts of the result."""
    if written is not None and Path(written).suffix.lower() != ".parquet":
        raise UsageError(
            Words(
                f"--engine spark 的 --out 应以 .parquet 结尾，现为“{written}”",
                f"with --engine spark, --out must end in .parquet, found '{written}'",
            )
        )
    return written


def _print_where(spark: Any, parts: int, language: str) -> None:
    master, version = spark.sparkContext.master, spark.version
    print(
        Words(
            f"Spark {version}（{master}）：{parts} 份", f"Spark {version} ({master}): {parts} part(s)"
        ).pick(language)
    )
