"""`kechuang demo`: an invented city with an account for each role, in a data folder of its own."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator

from kechuang.cli.main import OK
from kechuang.operations.folders import data_folder
from kechuang.operations.postgres import Postgres
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Load the city unless it is there, and print who can sign in."""
    os.environ["DEMO"] = "1"
    with _database():
        from kechuang.web.doctor import set_up

        set_up()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        from kechuang.demonstration.load import load
        from kechuang.demonstration.people import PASSWORD

        found = load(lambda step: _say(f"正在装入：{step}", f"loading: {step}", args))
    _say(f"可用下列账户登录，口令都是 {PASSWORD}：", f"sign in as any of these, password {PASSWORD}:", args)
    for one in found:
        print(f"  {one.username:<16} {one.name}  {one.role.zh}  {one.organisation}")
    return OK


@contextlib.contextmanager
def _database() -> Iterator[None]:
    """The operator's database, or our own server for the while."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    server = Postgres(data_folder())
    server.start()
    try:
        os.environ["DATABASE_URL"] = server.url
        yield
    finally:
        server.stop()


def _say(zh: str, en: str, args: argparse.Namespace) -> None:
    print(Words(zh, en).pick(args.language), flush=True)
