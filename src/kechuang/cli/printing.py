"""Tables and sentences on the terminal; Chinese characters take two places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Final

from kechuang.exchange.intake import Intake
from kechuang.exchange.results import Totals
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import BoundBenefit
from kechuang.policy.language.values import Words, money_text, yuan

MAX_SENTENCES: Final = 20
_COLUMNS: Final = (
    Words("事项", "benefit"),
    Words("可享户", "entitled"),
    Words("可享（元）", "sum (yuan)"),
    Words("可申报户", "may apply"),
    Words("最高（元）", "up to (yuan)"),
    Words("待定户", "undetermined"),
    Words("不符合户", "not eligible"),
)


def print_intake(intake: Intake, language: str, file: IO[str]) -> None:
    """Rows in = rows assessed + rows refused; what was refused and why; how unclear cells were read."""
    refused, stated = len(intake.refused), intake.stated
    rows = (intake.rows_in, intake.rows_used, intake.rows_refused)
    print(
        Words(
            "读入 {:,} 行 = 测算 {:,} 行 + 未测算 {:,} 行；测算 {:,} 户".format(*rows, intake.size),
            "{:,} rows in = {:,} assessed + {:,} refused; {:,} subjects assessed".format(*rows, intake.size),
        ).pick(language),
        file=file,
    )
    sentences = [fault.sentence(language) for fault in intake.faults]
    sentences += [fault.sentence(language) for one in intake.refused for fault in one.faults]
    _print_some(Words(f"未测算 {refused:,} 项", f"{refused:,} refused"), sentences, language, file)
    _print_some(
        Words("按以下口径读取", "read as follows"), [one.sentence(language) for one in stated], language, file
    )


def print_totals(totals: Totals, language: str, file: IO[str]) -> None:
    """The policy and day, the totals, and a line for each benefit that someone has or might have."""
    bound = totals.bound
    title = bound.pack.title.pick(language)
    day = Words(
        f"测算日 {bound.on}，测算年度 {bound.year}", f"on {bound.on}, assessed year {bound.year}"
    ).pick(language)
    print(f"\n{title} · {day}", file=file)
    passed, ceiling = money_text(totals.entitled_fen, language), money_text(totals.ceiling_fen, language)
    print(
        Words(
            f"可享 {passed}；可申报，最高 {ceiling}", f"entitled to {passed}; may apply, up to {ceiling}"
        ).pick(language),
        file=file,
    )
    rows = [[column.pick(language) for column in _COLUMNS]]
    for benefit in bound.benefits:
        total = totals.benefits[benefit.benefit.id]
        count = total.subjects
        if not (count[Outcome.ENTITLED] or count[Outcome.MAY_APPLY] or count[Outcome.UNDETERMINED]):
            continue
        rows.append(
            [
                f"{benefit.benefit.id} {benefit.benefit.title.pick(language)}",
                f"{count[Outcome.ENTITLED]:,}",
                _sum(total.entitled_fen, benefit),
                f"{count[Outcome.MAY_APPLY]:,}",
                _sum(total.ceiling_fen, benefit),
                f"{count[Outcome.UNDETERMINED]:,}",
                f"{count[Outcome.NOT_ELIGIBLE]:,}",
            ]
        )
    outside = sum(1 for benefit in bound.benefits if not benefit.in_force)
    if outside:
        text = Words(f"{outside} 项不在有效期", f"{outside} benefits are not in force").pick(language)
        print(text, file=file)
    if len(rows) > 1:
        print_table(rows, file)


def _sum(fen: int, benefit: BoundBenefit) -> str:
    """A sum in yuan; none for limits on loans and covers, and for what is not given in money."""
    return yuan(fen) if benefit.benefit.amount.kind in {"exact", "up_to"} else "—"


def print_table(rows: Sequence[Sequence[str]], file: IO[str]) -> None:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first, *others = row
        cells = [first + " " * (widths[0] - width(first))]
        cells += [" " * (wide - width(cell)) + cell for cell, wide in zip(others, widths[1:], strict=True)]
        print("  ".join(cells).rstrip(), file=file)


def width(text: str) -> int:
    """How many places a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _print_some(title: Words, sentences: list[str], language: str, file: IO[str]) -> None:
    if not sentences:
        return
    print(title.pick(language) + ("：" if language == "zh" else ":"), file=file)
    for sentence in sentences[:MAX_SENTENCES]:
        print(f"  {sentence}", file=file)
    if len(sentences) > MAX_SENTENCES:
        more = len(sentences) - MAX_SENTENCES
        text = Words(f"  …… 还有 {more:,} 条，见结果文件", f"  … {more:,} more, see the result file").pick(
            language
        )
        print(text, file=file)
