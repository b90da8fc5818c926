"""`kechuang pack check` and `kechuang pack list`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field

from kechuang.cli.main import OK, REFUSED
from kechuang.cli.packs import pack_folder
from kechuang.policy.cases.examples import lacking_examples, run_examples
from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.encoding.trace import trace
from kechuang.policy.language.problems import PackError
from kechuang.policy.language.values import Words


@dataclass
class _Check:
    """What the check of one pack found."""

    name: str
    faults: list[str] = field(default_factory=list)
    told: list[Words] = field(default_factory=list)


def run(args: argparse.Namespace) -> int:
    """Check or list packs."""
    if args.action == "list":
        return _list(args.language)
    checks = [_check(name) for name in args.pack or shipped_packs()]
    for check in checks:
        for fault in check.faults:
            print(fault, file=sys.stderr)
        state = (
            Words("通过", "passes") if not check.faults else Words(f"有 {len(check.faults)} 处错误", "fails")
        )
        if check.faults:
            state = Words(state.zh, f"has {len(check.faults)} fault(s)")
        print(f"{check.name}: {state.pick(args.language)}")
        for words in check.told:
            print(f"  {words.pick(args.language)}")
    return REFUSED if any(check.faults for check in checks) else OK


def _list(language: str) -> int:
    for name in shipped_packs():
        pack = load_pack(name)
        start, end = pack.valid
        counts = Words(f"{len(pack.measures)} 条措施，{len(list(pack.benefits))} 项", "").zh
        english = f"{len(pack.measures)} measures, {len(list(pack.benefits))} benefits"
        print(
            f"{name}  {pack.title.pick(language)}  {start} – {end}  {Words(counts, english).pick(language)}"
        )
    return OK


def _check(name: str) -> _Check:
    """Every fault of a pack at once: encoding, worked examples, their number and kinds, trace."""
    check = _Check(name)
    try:
        pack = load_pack(pack_folder(name))
    except PackError as error:
        check.faults = [str(problem) for problem in error.problems]
        return check
    check.faults += [
        f"{benefit.place}: {fault}" for benefit in pack.benefits for fault in lacking_examples(benefit)
    ]
    runs = list(run_examples(pack))
    for one in runs:
        title = one.example.title.zh
        check.faults += [
            f"{one.example.place}: {one.benefit.id} “{title}”: {text}" for text in one.differences
        ]
    report = trace(pack)
    check.faults += [str(fault) for fault in report.faults]
    figures = report.counts("figure")
    check.told = [
        Words(
            f"{len(pack.measures)} 条措施，{len(list(pack.benefits))} 项，{len(runs)} 个算例",
            f"{len(pack.measures)} measures, {len(list(pack.benefits))} benefits, {len(runs)} worked examples",
        ),
        Words(
            f"原文 {figures['found']} 个数字：{figures['claimed']} 个已编码，{figures['programmatic']} 个为程序性表述，"
            f"缺口 {len(report.gaps)}",
            f"{figures['found']} figures in the text: {figures['claimed']} encoded, "
            f"{figures['programmatic']} programmatic, {len(report.gaps)} gaps",
        ),
    ]
    return check
