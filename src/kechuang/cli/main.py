"""Arguments of all commands, in Chinese or English, and the way from an error to a sentence."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from kechuang.cli.arguments_site import Say, add_site

OK, REFUSED, UNUSABLE = 0, 1, 2
_SUBJECTS = 10_000


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, in the chosen language."""

    chinese = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.chinese:  # argparse has no public way to translate
            self._positionals.title, self._optionals.title = "参数", "选项"

    def error(self, message: str) -> NoReturn:
        """Print the sentence and leave with the code for unusable input."""
        message = _in_chinese(message) if self.chinese else message
        hint = f"“{self.prog} --help”可查看用法" if self.chinese else f"see '{self.prog} --help'"
        self.exit(UNUSABLE, f"{self.prog}: {message}\n{hint}\n")


def _in_chinese(message: str) -> str:
    """The few sentences that argparse has, in Chinese; names of arguments stay."""
    for english, chinese in _ARGPARSE:
        message = message.replace(english, chinese)
    return message


_ARGPARSE = (
    ("the following arguments are required:", "缺少参数："),
    ("unrecognized arguments:", "没有这样的参数："),
    ("expected one argument", "须跟一个值"),
    ("invalid choice:", "没有这个选项："),
    ("invalid int value:", "须为整数，现为"),
    ("choose from", "可选"),
    ("argument ", "参数 "),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = chosen_language(words)
    args = build_parser(chinese=language == "zh").parse_args(words)
    args.language = language
    if args.command is None and not args.show_version:
        build_parser(chinese=language == "zh").print_help()
        return OK
    return _run(args)


def chosen_language(words: Sequence[str]) -> str:
    """'zh' or 'en': --language wins, then KECHUANG_LANGUAGE, then LANG; Chinese unless another language is set."""
    for position, word in enumerate(words):
        if word == "--language" and position + 1 < len(words):
            return "en" if words[position + 1] == "en" else "zh"
        if word.startswith("--language="):
            return "en" if word.endswith("=en") else "zh"
    named = os.environ.get("KECHUANG_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return "zh" if named.startswith("zh") or named.partition(".")[0] in {"C", "POSIX"} else "en"


def _run(args: argparse.Namespace) -> int:
    """Run the command's module; what a user can mend is one sentence on stderr, never a traceback."""
    try:
        return int(import_module(args.module).run(args))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE
    except KeyboardInterrupt:
        return 130
    except (ValueError, KeyError, OSError) as error:
        print(f"kechuang: {_sentence(error, args)}", file=sys.stderr)
        return UNUSABLE


def _sentence(error: ValueError | KeyError | OSError, args: argparse.Namespace) -> str:
    """What an error says, in the chosen language where it has words or the system refused a file."""
    words = getattr(error, "words", None)
    if words is None and isinstance(error, OSError):
        from kechuang.exchange.system import refusal

        words = refusal(error, _file_of(args, error))
    if words is not None:
        return str(words.pick(args.language))
    return str(error.args[0]) if isinstance(error, KeyError) else str(error)


def _file_of(args: argparse.Namespace, error: OSError) -> str | None:
    """The file that the command writes, else, unless the disk is full, the one that it reads."""
    written = getattr(args, "out", None) or getattr(args, "save", None)
    return written or (None if error.errno == errno.ENOSPC else getattr(args, "file", None))


def build_parser(*, chinese: bool) -> Parser:
    """All commands with their arguments."""

    def say(zh: str, en: str) -> str:
        return zh if chinese else en

    Parser.chinese = chinese
    parser = Parser(
        prog="kechuang",
        description=say("科创：运行城市创新政策", "Kechuang: a city's innovation policy, running"),
        add_help=False,
    )
    common = Parser(add_help=False)
    for each in (parser, common):
        group = each.add_argument_group(say("通用", "general"))
        group.add_argument("-h", "--help", action="help", help=say("显示用法", "show this help"))
        group.add_argument(
            "--language", choices=("zh", "en"), help=say("语言，默认中文", "language, Chinese by default")
        )
    parser.add_argument(
        "--version", action="store_true", dest="show_version", help=say("显示版本", "show the version")
    )
    parser.set_defaults(module="kechuang.cli.version", command=None)
    commands = parser.add_subparsers(
        dest="command", title=say("命令", "commands"), metavar=say("命令", "COMMAND"), parser_class=Parser
    )
    _add_cases(commands, common, say)
    _add_packs(commands, common, say)
    _add_draft(commands, common, say)
    _add_others(commands, common, say)
    return parser


def _add_cases(commands: Any, common: Parser, say: Say) -> None:
    pack = argparse.ArgumentParser(add_help=False)
    group = pack.add_argument_group(say("政策与日期", "policy and date"))
    group.add_argument(
        "--pack", metavar="PACK", help=say("政策包的名称或文件夹", "name or folder of the pack")
    )
    group.add_argument(
        "--on", metavar="YYYY-MM-DD", help=say("测算日，默认今天", "day of assessment, today by default")
    )
    group.add_argument(
        "--year",
        type=int,
        help=say("测算年度，默认测算日的上一年", "assessed year, the one before by default"),
    )
    group.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="I-17=…",
        help=say("改用另一口径，可重复", "switch a reading; may be repeated"),
    )
    assess = commands.add_parser(
        "assess",
        parents=[pack, common],
        add_help=False,
        help=say("测算谁能享受什么、多少、为什么", "who gets what, how much, and why"),
    )
    assess.add_argument("file", help=say("工作簿、JSON 或 Parquet", "workbook, JSON or Parquet"))
    assess.add_argument(
        "--out",
        metavar="FILE",
        help=say("结果：.xlsx、.json 或 .parquet", "result: .xlsx, .json or .parquet"),
    )
    _add_engine(assess, say)
    assess.set_defaults(module="kechuang.cli.assess")
    explain = commands.add_parser(
        "explain",
        parents=[pack, common],
        add_help=False,
        help=say(
            "说明某一结果的全部理由，附原文", "the full reasoning of one result, with the words of the text"
        ),
    )
    explain.add_argument("file", help=say("工作簿、JSON 或 Parquet", "workbook, JSON or Parquet"))
    explain.add_argument(
        "--subject",
        metavar="CODE",
        help=say("主体代码；文件只有一户时可省略", "the subject's code; not needed if there is one"),
    )
    explain.add_argument(
        "--benefit",
        metavar="ID",
        help=say("事项，如 9.rd_growth；省略为全部", "benefit such as 9.rd_growth; all if left out"),
    )
    explain.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    explain.set_defaults(module="kechuang.cli.explain")
    _add_ask(commands, [pack, common], say)
    _add_simulate(commands, pack, common, say)


def _add_ask(commands: Any, parents: list[argparse.ArgumentParser], say: Say) -> None:
    ask = commands.add_parser(
        "ask",
        parents=parents,
        add_help=False,
        help=say("一问一答：只问还会影响结果的事", "an interview that asks only what still matters"),
    )
    ask.add_argument(
        "file",
        nargs="?",
        help=say(
            "已知的事实：工作簿或 JSON，- 为标准输入",
            "what is known: a workbook or JSON, - for standard input",
        ),
    )
    ask.add_argument(
        "--answers",
        metavar="FILE.json",
        help=say("事先写好的回答：问题的键 → 回答", "answers prepared: key of the question -> answer"),
    )
    ask.add_argument(
        "--save", metavar="FILE.json", help=say("把问到的事实存成文件", "keep the facts in a file")
    )
    ask.add_argument(
        "--json",
        action="store_true",
        help=say("只走一步：读事实，输出下一问", "one step: read the facts, write the next question"),
    )
    ask.add_argument(
        "--settled",
        action="append",
        default=[],
        metavar="KEY",
        help=say(
            "不再问的问题（配合 --json），可重复",
            "a question not to ask again (with --json); may be repeated",
        ),
    )
    ask.set_defaults(module="kechuang.cli.ask")


def _add_simulate(commands: Any, pack: argparse.ArgumentParser, common: Parser, say: Say) -> None:
    simulate = commands.add_parser(
        "simulate",
        parents=[pack, common],
        add_help=False,
        help=say(
            "推演：改动参数、口径或政策包，看谁得多少", "what if: change parameters, readings or the pack"
        ),
    )
    add = simulate.add_argument
    add(
        "file",
        nargs="?",
        help=say("Parquet、工作簿或 JSON；省略为虚构城市", "Parquet, workbook or JSON; else a made-up city"),
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="9.rd_growth.subsidy_rate=6%",
        help=say("改动一个参数，可重复", "change a parameter; may be repeated"),
    )
    add("--pack-after", metavar="PACK", help=say("改用另一政策包", "another pack"))
    add(
        "--by",
        default="district,industry,size",
        metavar="district,industry,size",
        help=say("按哪些分组", "which groups"),
    )
    add(
        "--solve",
        metavar="9.rd_growth.subsidy_rate",
        help=say("求解哪个参数", "which parameter to solve for"),
    )
    add("--appropriation", metavar="6000万元", help=say("拨款", "the appropriation"))
    add("--sensitivity", action="store_true", help=say("每个参数的影响", "the effect of each parameter"))
    add("--subjects", type=int, default=_SUBJECTS, help=say("虚构城市的户数", "subjects of the made-up city"))
    add("--seed", type=int, default=1, help=say("随机种子", "seed"))
    add(
        "--out",
        metavar="FILE",
        help=say("报告：.json、.xlsx、.pdf 或 .parquet", "report: .json, .xlsx, .pdf or .parquet"),
    )
    simulate.set_defaults(module="kechuang.cli.simulate")


def _add_engine(assess: argparse.ArgumentParser, say: Say) -> None:
    group = assess.add_argument_group(say("在多台机器上", "on several machines"))
    group.add_argument(
        "--engine",
        choices=("local", "spark"),
        default="local",
        help=say("local：本机；spark：Apache Spark", "local: this machine; spark: Apache Spark"),
    )
    group.add_argument(
        "--master",
        metavar="URL",
        help=say(
            "Spark 主节点，默认取 SPARK_MASTER，否则在本机起两个工作进程",
            "master of Spark; SPARK_MASTER by default, else two worker processes here",
        ),
    )
    group.add_argument(
        "--spark-conf",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=say("Spark 的设置，可重复", "a setting of Spark; may be repeated"),
    )


def _add_packs(commands: Any, common: Parser, say: Say) -> None:
    pack = commands.add_parser(
        "pack", parents=[common], add_help=False, help=say("政策包：检查、列出", "packs: check, list")
    )
    pack.set_defaults(module="kechuang.cli.pack", action="list", pack=None)
    actions = pack.add_subparsers(dest="action", metavar=say("动作", "ACTION"), parser_class=Parser)
    check = actions.add_parser(
        "check",
        parents=[common],
        add_help=False,
        help=say("检查编码、算例和溯源", "check encoding, worked examples and trace"),
    )
    check.add_argument(
        "pack", nargs="*", help=say("名称或文件夹，默认全部", "name or folder; all by default")
    )
    actions.add_parser(
        "list", parents=[common], add_help=False, help=say("列出自带的政策包", "list the shipped packs")
    )
    trace = commands.add_parser(
        "trace",
        parents=[common],
        add_help=False,
        help=say(
            "原文每个数字、边界词和责任单位由哪一处编码",
            "which place encodes each figure, boundary word and department",
        ),
    )
    trace.add_argument("pack", nargs="?", help=say("名称或文件夹", "name or folder"))
    trace.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    trace.set_defaults(module="kechuang.cli.trace")


def _add_draft(commands: Any, common: Parser, say: Say) -> None:
    draft = commands.add_parser(
        "draft",
        parents=[common],
        add_help=False,
        help=say("由政策原文起草政策包", "draft a pack from the text of a policy"),
    )
    draft.add_argument(
        "file", help=say("原文：.txt、.docx 或文字版 .pdf", "the text: .txt, .docx or a PDF with text")
    )
    draft.add_argument(
        "--id", required=True, metavar="ID", help=say("政策包编号，如 my-city-2026", "id of the pack")
    )
    draft.add_argument("--out", metavar="FOLDER", help=say("写到哪个文件夹", "folder to write to"))
    draft.add_argument(
        "--compare",
        metavar="PACK",
        help=say("与已编好的政策包或对照文件比较", "compare with a finished pack or a truth file"),
    )
    draft.add_argument("--json", action="store_true", help=say("输出 JSON", "write JSON"))
    draft.set_defaults(module="kechuang.cli.draft")


def _add_others(commands: Any, common: Parser, say: Say) -> None:
    template = commands.add_parser(
        "template", parents=[common], add_help=False, help=say("写出空白工作簿", "write the empty workbook")
    )
    template.add_argument(
        "--out",
        default=say("填报表.xlsx", "facts.xlsx"),
        metavar="FILE.xlsx",
        help=say("写到哪里", "where to"),
    )
    template.add_argument(
        "--pack", metavar="PACK", help=say("政策包的名称或文件夹", "name or folder of the pack")
    )
    template.set_defaults(module="kechuang.cli.template")
    population = commands.add_parser(
        "population",
        parents=[common],
        add_help=False,
        help=say("生成一座虚构的城市", "generate a synthetic city"),
    )
    population.add_argument("--subjects", type=int, default=_SUBJECTS, help=say("户数", "how many subjects"))
    population.add_argument("--seed", type=int, default=1, help=say("随机种子", "seed"))
    population.add_argument(
        "--on", metavar="YYYY-MM-DD", help=say("数据的日期，默认今天", "day of the data, today by default")
    )
    population.add_argument("--year", type=int, help=say("最近一个完整年度", "the last complete year"))
    population.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help=say("写到哪里：.parquet 或 .xlsx", "where to: .parquet or .xlsx"),
    )
    population.set_defaults(module="kechuang.cli.population")
    add_site(commands, common, say)
