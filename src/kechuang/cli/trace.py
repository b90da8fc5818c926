"""`kechuang trace`: which place of the pack encodes each figure, boundary word and department of the text."""

from __future__ import annotations

import argparse
import sys

from kechuang.cli.main import OK, REFUSED, UNUSABLE
from kechuang.cli.packs import pack_folder
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.trace import trace
from kechuang.policy.language.problems import PackError


def run(args: argparse.Namespace) -> int:
    """Print the trace; leave with 1 when anything is not accounted for."""
    try:
        pack = load_pack(pack_folder(args.pack))
    except PackError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return UNUSABLE
    report = trace(pack)
    print(report.to_json() if args.json else report.to_text())
    for fault in report.faults:
        print(fault, file=sys.stderr)
    return OK if report.ok else REFUSED
