"""`kechuang draft`: from a raw text to a draft pack folder, with what was found, what is open, and how good it is."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kechuang.cli.main import OK, REFUSED
from kechuang.cli.packs import pack_folder
from kechuang.cli.printing import MAX_SENTENCES, print_table
from kechuang.cli.words import UsageError
from kechuang.exchange.documents import raw_text
from kechuang.policy.drafting.candidates import Draft, Kind
from kechuang.policy.drafting.compare import Score, compare
from kechuang.policy.drafting.draft import draft_pack
from kechuang.policy.drafting.truth import truth_of_file, truth_of_pack
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.trace import TraceReport, trace
from kechuang.policy.language.problems import PackError
from kechuang.policy.language.values import Words
from kechuang.policy.text.document import ATTACHMENTS

ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_KINDS: Final[tuple[tuple[Kind, Words], ...]] = (
    ("parameter", Words("标准（数字）", "parameters")),
    ("boundary", Words("边界词", "boundary words")),
    ("amount", Words("金额", "amounts")),
    ("condition", Words("条件（词汇表中有）", "conditions (in the vocabulary)")),
    ("new_fact", Words("需增加的事实", "facts to be added")),
    ("name", Words("不参与计算的数字", "figures that compute nothing")),
    ("department", Words("责任单位", "departments")),
)


def run(args: argparse.Namespace) -> int:
    """Draft a pack, write it, check it, and say what to do next."""
    if not ID.fullmatch(args.id):
        raise UsageError(
            Words(
                f"编号“{args.id}”只能用小写字母、数字和连字符，如 my-city-2026",
                f"'{args.id}' must be lower-case letters, digits and hyphens, such as my-city-2026",
            )
        )
    folder = Path(args.out) if args.out else None
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise UsageError(
            Words(
                f"文件夹 {folder} 里已有文件；请换一个文件夹",
                f"the folder {folder} is not empty: name another",
            )
        )
    draft = draft_pack(raw_text(Path(args.file)), args.id)
    report: TraceReport | PackError | None = None
    if folder is not None:
        _write(draft, folder)
        report = _checked(folder)
    scores = _scores(draft, args.compare) if args.compare else []
    if args.json:
        print(json.dumps(_data(draft, report, scores), ensure_ascii=False, indent=2))
    else:
        for line in _lines(draft, args.language):
            print(line)
        _print_scores(scores, args.language)
        for line in _next(draft, folder, report, args.language):
            print(line)
    return OK if draft.document.clauses else REFUSED


def _write(draft: Draft, folder: Path) -> None:
    for name, text in draft.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _checked(folder: Path) -> TraceReport | PackError:
    """The trace of the written pack, or why it does not load."""
    try:
        return trace(load_pack(folder))
    except PackError as error:
        return error


def _scores(draft: Draft, name: str) -> list[Score]:
    """Precision and recall against a finished pack, or a truth file (.yaml) for a text without one."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return compare(draft, truth_of_file(path.read_text(encoding="utf-8"), draft.document))
    pack = load_pack(pack_folder(name))
    if pack.document.digest != draft.document.digest:
        raise UsageError(
            Words(
                f"政策包 {pack.id} 的原文与此不同，无法按位置比较",
                f"the pack {pack.id} encodes another text: places cannot be compared",
            )
        )
    return compare(draft, truth_of_pack(pack))


def _data(draft: Draft, report: TraceReport | PackError | None, scores: list[Score]) -> dict[str, Any]:
    document = draft.document
    found: dict[str, Any] = {
        "pack": draft.pack_id,
        "title": document.title,
        "number": document.number,
        "issuer": document.issuer,
        "issued": document.issued and document.issued.isoformat(),
        "valid_from": document.valid_from and document.valid_from.isoformat(),
        "valid_to": document.valid_to and document.valid_to.isoformat(),
        "addressees": list(document.addressees),
        "counts": _counts(draft),
        "candidates": [one.to_dict() for one in draft.candidates],
        "unclaimed": [one.to_dict() for one in draft.unclaimed],
        "problems": [one.to_dict() for one in draft.problems],
        "compared": [score.to_dict() for score in scores],
    }
    if isinstance(report, TraceReport):
        found["trace"] = {"ok": report.ok, "errors": [str(fault) for fault in report.faults]}
    elif report is not None:
        found["trace"] = {"ok": False, "errors": [str(problem) for problem in report.problems]}
    return found


def _counts(draft: Draft) -> dict[str, int]:
    """How many sections, measures, safeguards, attachments and distinct departments the text has."""
    document = draft.document
    kinds = Counter(clause.kind for clause in document.clauses.values())
    return {
        "parts": sum(1 for part in document.parts if part.id != ATTACHMENTS),
        "sections": len(document.sections),
        "measures": kinds["measure"] + kinds["item"],
        "safeguards": kinds["safeguard"],
        "attachments": kinds["attachment"],
        "departments": len({one.name for clause in document.clauses.values() for one in clause.departments}),
        "mentions": sum(len(clause.departments) for clause in document.clauses.values()),
    }


def _lines(draft: Draft, language: str) -> Iterator[str]:
    """What was read: head, structure, dates, candidates by kind, what is open."""
    document, counts = draft.document, _counts(draft)

    def say(zh: str, en: str) -> str:
        return Words(zh, en).pick(language)

    unknown = say("未写明", "not stated")
    yield document.title or draft.pack_id
    yield say(
        f"文号 {document.number or unknown}，机关 {document.issuer or unknown}，成文 {document.issued or unknown}",
        f"number {document.number or unknown}, issuer {document.issuer or unknown}, "
        f"issued {document.issued or unknown}",
    )
    yield say(
        f"有效期 {document.valid_from or unknown} 至 {document.valid_to or unknown}",
        f"in force {document.valid_from or unknown} to {document.valid_to or unknown}",
    )
    yield say(
        "{parts} 部分，{sections} 节，{measures} 条措施，{safeguards} 条保障措施，{attachments} 个附件；"
        "责任单位 {mentions} 处，{departments} 家".format(**counts),
        "{parts} parts, {sections} sections, {measures} measures, {safeguards} safeguards, {attachments} attachments; "
        "{mentions} mentions of {departments} departments".format(**counts),
    )
    kinds = Counter(one.kind for one in draft.candidates)
    yield say("候选：", "candidates: ") + say("，", ", ").join(
        f"{title.pick(language)} {kinds[kind]}" for kind, title in _KINDS
    )
    yield say(
        f"未认领的数字和边界词 {len(draft.unclaimed)} 个：",
        f"{len(draft.unclaimed)} figures and boundary words are not claimed:",
    )
    for one in draft.unclaimed[:MAX_SENTENCES]:
        yield say(
            f"  第 {one.clause} 条“{one.text}”（第 {one.line} 行）：{one.why.zh}",
            f"  measure {one.clause} '{one.text}' (line {one.line}): {one.why.en}",
        )
    if len(draft.unclaimed) > MAX_SENTENCES:
        more = len(draft.unclaimed) - MAX_SENTENCES
        yield say(
            f"  …… 还有 {more} 个，见各措施文件的 gaps", f"  … {more} more, under gaps in the measure files"
        )
    for problem in draft.problems:
        yield problem.sentence(language)


def _print_scores(scores: list[Score], language: str) -> None:
    if not scores:
        return
    heads = (Words("对照", "compared"), Words("起草", "drafted"), Words("应有", "wanted"), Words("一致", "right"),
             Words("查准", "precision"), Words("查全", "recall"))  # fmt: skip
    rows = [[head.pick(language) for head in heads]]
    for score in scores:
        told = score.to_dict()
        rows.append([told["title"][language], str(score.drafted), str(score.wanted), str(score.right),
                     told["precision"] or "—", told["recall"] or "—"])  # fmt: skip
    print()
    print_table(rows, sys.stdout)
    print(
        Words(
            "− 缺少或不同（应为 ≠ 起草）；+ 多出", "− missed or different (wanted ≠ drafted); + too much"
        ).pick(language)
    )
    for score in scores:
        title = score.to_dict()["title"][language]
        for miss in score.misses:
            print(f"  − {title}  {miss}")
        for extra in score.extras:
            print(f"  + {title}  {extra}")
    print()


def _next(
    draft: Draft, folder: Path | None, report: TraceReport | PackError | None, language: str
) -> Iterator[str]:
    """What to do next."""
    if folder is None:
        yield Words(
            "没有写文件；加 --out 文件夹 即写出政策包",
            "nothing was written; add --out FOLDER to write the pack",
        ).pick(language)
        return
    yield Words(
        f"已写入 {folder}：{len(draft.files)} 个文件", f"written to {folder}: {len(draft.files)} files"
    ).pick(language)
    if isinstance(report, PackError):
        for fault in report.problems:
            yield f"  {fault}"
        return
    if report is not None:
        yield Words(
            "读入和溯源通过，缺口均已列出" if report.ok else f"溯源有 {len(report.faults)} 处不符",
            "it loads, and every token is accounted for"
            if report.ok
            else f"the trace has {len(report.faults)} faults",
        ).pick(language)
    yield Words(
        f"下一步：逐条核对措施文件，把 gaps 和 open_points 换成编码，写算例，再运行 kechuang pack check {folder}",
        "next: check each measure file, replace gaps and open_points by encoding, write examples, "
        f"then run kechuang pack check {folder}",
    ).pick(language)
