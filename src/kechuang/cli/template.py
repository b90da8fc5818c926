"""`kechuang template`: writes the empty workbook."""

from __future__ import annotations

import argparse
from pathlib import Path

from kechuang.cli.main import OK
from kechuang.cli.packs import quick_pack
from kechuang.cli.words import UsageError
from kechuang.exchange.template import write_template
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Write the workbook of the pack's vocabulary."""
    out = Path(args.out)
    if out.suffix.lower() != ".xlsx":
        raise UsageError(
            Words(f"--out 应以 .xlsx 结尾，现为“{out.name}”", f"--out must end in .xlsx, found '{out.name}'")
        )
    vocabulary = quick_pack(args.pack).vocabulary
    with out.open("wb") as file:
        write_template(file, vocabulary, args.language)
    print(Words(f"空白工作簿已写入 {out}", f"empty workbook written to {out}").pick(args.language))
    return OK
