"""Arguments of the commands that run, keep and check a site."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Say = Callable[[str, str], str]


def add_site(commands: Any, common: argparse.ArgumentParser, say: Say) -> None:
    """`run`, `backup`, `restore`, `doctor`, `verify`, `draw`, `series` and `demo`."""
    _add_run(commands, common, say)
    backup = commands.add_parser(
        "backup",
        parents=[common],
        add_help=False,
        help=say("备份数据库和文件，网站可照常运行", "back up database and files while the site runs"),
    )
    backup.add_argument(
        "out",
        metavar="FILE.tar",
        help=say("写到哪里；文件夹则自动命名", "where to; in a folder it gets a name with the time"),
    )
    backup.set_defaults(module="kechuang.cli.backup")
    restore = commands.add_parser(
        "restore", parents=[common], add_help=False, help=say("由备份恢复", "bring a backup back")
    )
    restore.add_argument("file", metavar="FILE.tar", help=say("备份文件", "the backup"))
    restore.add_argument(
        "--replace", action="store_true", help=say("替换现有的数据", "replace the data that is there")
    )
    restore.add_argument(
        "--check", action="store_true", help=say("只校验，不恢复", "only verify, restore nothing")
    )
    restore.set_defaults(module="kechuang.cli.restore")
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        add_help=False,
        help=say("逐项检查运行状况", "check one thing after another"),
    )
    doctor.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    doctor.set_defaults(module="kechuang.cli.doctor")
    verify = commands.add_parser(
        "verify",
        parents=[common],
        add_help=False,
        help=say("重新推导全部决定、台账和事件，指出不符之处", "derive decisions, ledger and events again"),
    )
    verify.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    verify.set_defaults(module="kechuang.cli.verify")
    draw = commands.add_parser(
        "draw",
        parents=[common],
        add_help=False,
        help=say("重新推算一次专家抽取，指出不符之处", "do a draw of experts again and say what differs"),
    )
    draw.add_argument("act", choices=["verify"], help=say("verify：核验", "verify: check it"))
    draw.add_argument(
        "draw",
        metavar="NUMBER|FILE.json",
        help=say(
            "抽取编号（读数据库），或下载的文件（不需要数据库）",
            "its number (asks the database), or its file",
        ),
    )
    draw.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    draw.set_defaults(module="kechuang.cli.draw")
    series = commands.add_parser(
        "series",
        parents=[common],
        add_help=False,
        help=say("载入利率序列的新月份", "load new months of a dated series"),
    )
    series.add_argument("action", choices=["load"], help=say("载入", "load"))
    series.add_argument(
        "file", metavar="FILE.csv", help=say("date,one_year,five_year", "date,one_year,five_year")
    )
    series.add_argument("--source", required=True, help=say("报价的出处", "where the quotes were published"))
    series.set_defaults(module="kechuang.cli.series")
    demo = commands.add_parser(
        "demo",
        parents=[common],
        add_help=False,
        help=say("装入虚构城市，每种岗位一个账户", "load an invented city with an account for each role"),
    )
    demo.set_defaults(module="kechuang.cli.demo")


def _add_run(commands: Any, common: argparse.ArgumentParser, say: Say) -> None:
    run = commands.add_parser("run", parents=[common], add_help=False, help=say("启动网站", "start the site"))
    run.add_argument("--host", default="127.0.0.1", help=say("地址", "address"))
    run.add_argument("--port", type=int, default=8000, help=say("端口", "port"))
    run.add_argument(
        "--processes", type=int, default=2, help=say("应答请求的进程数", "processes that answer requests")
    )
    run.add_argument(
        "--only",
        choices=("web", "worker"),
        help=say(
            "只启动网页或后台任务，数据库由 DATABASE_URL 指定",
            "the pages or the worker alone, on the database of DATABASE_URL",
        ),
    )
    run.set_defaults(module="kechuang.cli.site")
