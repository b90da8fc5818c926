"""`kechuang series load`: months of the LPR that an operator brings, known from this moment on."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kechuang.cli.main import OK, REFUSED
from kechuang.operations.backup import database
from kechuang.operations.folders import data_folder
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Load the file, all or nothing; leave with 1 and a sentence when it is refused."""
    data = Path(args.file).read_bytes()
    with database(data_folder()) as url:
        os.environ["DATABASE_URL"] = url
        from kechuang.web.doctor import set_up

        set_up()
        return load_bytes(data, args.source, args.language)


def load_bytes(data: bytes, source: str, language: str) -> int:
    """Load the content of a file into the database that is set up; the exit status."""
    from kechuang.accounts.refusals import Refused
    from kechuang.finance import series
    from kechuang.journal import clock
    from kechuang.journal.actions import CLOCK

    try:
        loaded = series.load(data, source, actor=CLOCK, at=clock.now())
    except Refused as refused:
        print(refused.words.pick(language), file=sys.stderr)
        return REFUSED
    print(Words(f"载入 {loaded} 个月份", f"{loaded} months loaded").pick(language))
    return OK
