"""`kechuang draw verify`: do a draw of experts again, from its file or from the database, and say what differs."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from kechuang.cli.main import OK, REFUSED
from kechuang.cli.words import UsageError
from kechuang.experts import replaying
from kechuang.policy.language.values import Words

PROBLEMS: Final = {
    "pool_hash": Words("冻结的名单与校验值不符", "the frozen pool does not have its hash"),
    "commitment": Words(
        "种子与事先公布的承诺不符", "the seed does not have the hash that was published before"
    ),
    "order": Words("抽取结果与种子推出的次序不符", "the seed draws somebody else"),
    "place": Words("位次重复，或不是从 1 起的整数", "a place is taken twice, or is no number from 1"),
    "unknown": Words("抽中者不在冻结的名单中", "somebody was drawn who is not in the frozen pool"),
    "count": Words("数目不符", "a wrong number"),
    "decline": Words("缺席登记与抽取结果不符", "somebody declined who was not drawn"),
    "shape": Words("文件不完整", "the file is not a whole draw"),
    "format": Words("文件格式不识", "an unknown format"),
}


def run(args: argparse.Namespace) -> int:
    """Print who has a seat and what differs; leave with 1 when anything does, with 2 when there is no such draw."""
    told = _read(args.draw)
    if told is None:
        raise UsageError(Words(f"没有抽取 {args.draw}", f"there is no draw {args.draw}"))
    differences = replaying.verify(told)
    if args.json:
        print(json.dumps([asdict(one) for one in differences], ensure_ascii=False, indent=2))
    else:
        _tell(told, differences, args.language)
    return REFUSED if differences else OK


def _read(name: str) -> Any:
    """The draw of a file, or of the database by its number; None when there is none."""
    path = Path(name)
    if path.suffix == ".json" or path.exists():
        return _parsed(path)
    from kechuang.operations.backup import database
    from kechuang.operations.folders import data_folder

    with database(data_folder()) as url:
        os.environ["DATABASE_URL"] = url
        from kechuang.web.doctor import set_up

        set_up()
        from kechuang.experts.drawing import exported
        from kechuang.experts.models import Draw

        found = Draw.objects.filter(number=name).first()
        return exported(found) if found else None


def _parsed(path: Path) -> Any:
    """The content of a file; UsageError says where it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        words = Words(
            f"{path} 不是完整的 JSON：第 {error.lineno} 行第 {error.colno} 个字符处有误。请从抽取的页面重新下载",
            f"{path} is not whole JSON: line {error.lineno}, character {error.colno} is at fault. Download it again "
            "from the page of the draw",
        )
    except UnicodeDecodeError:
        words = Words(
            f"{path} 不是 UTF-8 文本。请从抽取的页面重新下载",
            f"{path} is not text in UTF-8: download it again from the page of the draw",
        )
    raise UsageError(words)


def _tell(told: Any, differences: list[replaying.Difference], language: str) -> None:
    for one in differences:
        found = PROBLEMS[one.problem].pick(language)
        print(f"{one.what}: {found}")
        print(
            Words(
                f"  现为 {one.found}，应为 {one.expected}", f"  found {one.found}, expected {one.expected}"
            ).pick(language)
        )
    if differences:
        print(Words(f"共 {len(differences)} 处不符", f"{len(differences)} problem(s)").pick(language))
        return
    if not told["drawn"]:
        print(Words("名单与校验值一致，尚未抽取", "the pool has its hash; nothing was drawn").pick(language))
        return
    names = {one["key"]: one["name"] for one in told["pool"]["eligible"]}
    print(Words("结果与种子一致。席位：", "the result follows from the seed. Seats:").pick(language))
    for key in replaying.seated(told):
        print(f"  {key} {names[key]}")
