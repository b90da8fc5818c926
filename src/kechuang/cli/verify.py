"""`kechuang verify`: derive everything again that the site has decided, and say what is not as it was done."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from kechuang.cli.main import OK, REFUSED
from kechuang.operations.backup import database
from kechuang.operations.folders import data_folder
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Print a line a check and one for each problem; leave with 1 when there is any."""
    with database(data_folder()) as url:
        os.environ["DATABASE_URL"] = url
        from kechuang.web.doctor import set_up

        set_up()
        with one_moment():
            return report(as_json=args.json, language=args.language)


@contextmanager
def one_moment() -> Iterator[None]:
    """All checks see the database as it was when the first began: the site may go on working beside them."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def report(*, as_json: bool, language: str) -> int:
    """Run every check in the site that is set up; the exit code."""
    from kechuang.fulfilment.verifying import checks

    rows: list[dict[str, object]] = []
    for check in checks():
        found = list(check.run())
        problems = [one for one in found if one is not None]
        rows += [
            {
                **vars(one),
                "check": {"zh": check.title.zh, "en": check.title.en},
                "remedy": {"zh": check.remedy.zh, "en": check.remedy.en},
            }
            for one in problems
        ]
        if not as_json:
            right, title = len(found) - len(problems), check.title.pick(language)
            print(Words(f"{title}：{right:,} 项相符", f"{title}: {right:,} as they were done").pick(language))
            for one in problems:
                print(_line(one.place, one.what, one.found, one.expected, language), flush=True)
            if problems:
                print(Words(f"  办法：{check.remedy.zh}", f"  What to do: {check.remedy.en}").pick(language))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        print(Words(f"共 {len(rows)} 处不符", f"{len(rows)} problems").pick(language))
    else:
        print(Words("全部相符", "everything is as it was done").pick(language))
    return REFUSED if rows else OK


def _line(place: str, what: str, found: str, expected: str, language: str) -> str:
    return Words(
        f"  {place} 的 {what}：现为 {found}，应为 {expected}",
        f"  {place}, {what}: found {found}, expected {expected}",
    ).pick(language)
