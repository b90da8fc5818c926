"""The sentences of a simulation: what was changed and by which words of the text, what comes of it, what fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import changeable
from kechuang.policy.language.values import FEN_PER, Words, yuan
from kechuang.policy.reforms.comparing import Comparison
from kechuang.policy.reforms.sensitivity import value_in
from kechuang.policy.reforms.solving import DOWN, FLAT, MIXED, Solution
from kechuang.policy.reforms.strands import CEILING, STRANDS
from kechuang.policy.words.wording import value_text

_MILLION: Final = 10**8  # fen in a million yuan
_STRANDS: Final = {
    "entitled": Words("可享合计", "entitlements in all"),
    "ceiling": Words("可申报上限合计", "ceilings in all"),
}


def about(fen: int, language: str) -> str:
    """A sum for a sentence, cut to two decimals: '820.00 万元', '1.20 亿元', '8.20 million yuan'; '约' when cut."""
    size, sign = abs(fen), "-" if fen < 0 else ""
    if language == "en":
        unit, name = (_MILLION, "million yuan") if size >= _MILLION else (100, "yuan")
    elif size >= FEN_PER["亿元"]:
        unit, name = FEN_PER["亿元"], "亿元"
    else:
        unit, name = (FEN_PER["万元"], "万元") if size >= FEN_PER["万元"] else (100, "元")
    cents, rest = divmod(size * 100, unit)
    cut = Words("约 ", "about ").pick(language) if rest else ""
    return f"{cut}{sign}{cents // 100:,}.{cents % 100:02d} {name}"


def change_of(law: Bound, after: Bound, kind: str, name: str, language: str) -> dict[str, Any]:
    """One thing changed: what, from what to what, where it stands and by which words."""
    if kind == "pack":
        return _pack(law, after, name, language)
    if kind == "reading":
        reading = after.pack.readings[name]
        before = law.readings.get(name, reading.chosen) if law.pack is after.pack else reading.chosen
        return {
            "kind": kind,
            "key": name,
            "measure": reading.measure,
            "title": reading.title.pick(language),
            "before": reading.options[before].title.pick(language),
            "after": reading.options[after.readings[name]].title.pick(language),
            "value": after.readings[name],
            "quote": reading.phrase,
        }
    return _parameter(law, after, name, language)


def _pack(law: Bound, after: Bound, name: str, language: str) -> dict[str, Any]:
    """Another pack, told by its title; one of the same title by its content hash."""
    before, title = law.pack.title.pick(language), Words("政策包", "pack")
    then = after.pack.title.pick(language)
    if then == before:
        title = Words(f"《{then}》的内容", f"the content of “{then}”")
        before, then = law.pack.hash[:8], after.pack.hash[:8]
    return {"kind": "pack", "key": name, "title": title.pick(language), "before": before, "after": then}


def _parameter(law: Bound, after: Bound, key: str, language: str) -> dict[str, Any]:
    from kechuang.exchange.simulation import parameter_title

    one, pack = changeable(after.pack)[key], after.pack
    own = law if law.pack is pack else None
    before = value_in(own, one) if own else one.at(after.on, after.readings)
    return {
        "kind": "parameter",
        "key": key,
        "measure": one.benefit.measure,
        "benefit": one.benefit.title.pick(language),
        "title": parameter_title(pack, key, language),
        "before": value_text(before, one.type, pack.vocabulary, language),
        "after": value_text(value_in(after, one), one.type, pack.vocabulary, language),
        "quote": one.parameter.quote.text if one.parameter.quote else "",
        "clause": pack.document.clauses[one.benefit.measure].text,
    }


def headline(found: Comparison, changes: Sequence[dict[str, Any]], language: str) -> str:
    """One sentence: what is changed, how the sums move, whom it reaches."""
    if not changes:
        return Words(
            "没有改动；以下是现行政策的结果。", "Nothing is changed; this is the policy as it stands."
        ).pick(language)
    what = _what(changes, language)
    moves = [
        _move(found, strand, language) for strand in STRANDS if found.law[strand] != found.reform[strand]
    ]
    if not moves:
        moves = [Words("金额不变", "no sum changes").pick(language)]
    parts = [what, *moves, _reach(found, language)]
    return ("，".join(parts) + "。") if language == "zh" else (f"{parts[0]}: {'; '.join(parts[1:])}.")


def _what(changes: Sequence[dict[str, Any]], language: str) -> str:
    if len(changes) > 1:
        return Words(f"{len(changes)} 处改动", f"{len(changes)} changes").pick(language)
    one = changes[0]
    title = (
        f"{one['benefit']}{Words('的', ', ').pick(language)}{one['title']}"
        if "benefit" in one
        else one["title"]
    )
    return Words(
        f"{title}由“{one['before']}”改为“{one['after']}”"
        if one["kind"] != "parameter"
        else f"{title}由 {one['before']} 改为 {one['after']}",
        f"{title} from {one['before']} to {one['after']}",
    ).pick(language)


def _move(found: Comparison, strand: str, language: str) -> str:
    change = found.reform[strand] - found.law[strand]
    title = _STRANDS[strand]
    if language == "en":
        return f"{title.en} {'rise' if change > 0 else 'fall'} by {about(abs(change), 'en')}"
    size = about(abs(change), "zh")
    return f"{title.zh}{'多' if change > 0 else '少'}{'' if size.startswith('约') else ' '}{size}"


def _reach(found: Comparison, language: str) -> str:
    if not (found.newly_reached or found.no_longer_reached):
        n = found.reached_after
        return Words(f"惠及不变（{n:,} 户）", f"the number reached stays at {n:,}").pick(language)
    parts = []
    if found.newly_reached:
        parts.append(Words(f"新惠及 {found.newly_reached:,} 户", f"{found.newly_reached:,} newly reached"))
    if found.no_longer_reached:
        parts.append(
            Words(
                f"不再惠及 {found.no_longer_reached:,} 户", f"{found.no_longer_reached:,} no longer reached"
            )
        )
    return ("，" if language == "zh" else ", ").join(part.pick(language) for part in parts)


def solution_sentence(after: Bound, one: Solution, title: str, language: str) -> str:
    """The answer in words, with what it rests on: the grid, how many values were tried, how the totals ran."""

    def text(value: Any) -> str:
        return value_text(value, one.type, after.pack.vocabulary, language)

    limit = exact(one.appropriation, language)
    most = one.strand == CEILING
    if one.best is None:
        return Words(
            f"{text(one.grid.at(0))} 至 {text(one.grid.at(one.grid.count - 1))} 之间，没有一个值的合计不超过 {limit}。",
            f"No value from {text(one.grid.at(0))} to {text(one.grid.at(one.grid.count - 1))} keeps within {limit}.",
        ).pick(language)
    best = exact(one.best.tally.fen, language)
    sentence = Words(
        f"拨款 {limit}：{title}可定为 {text(one.best.value)}，合计{'最高' if most else ''} {best}",
        f"With {limit}, {title} can be {text(one.best.value)}: {'at most ' if most else ''}{best} in all",
    ).pick(language)
    return sentence + _beyond(one, text, language) + _rests_on(one, language)


def _beyond(one: Solution, text: Any, language: str) -> str:
    if one.beyond is None:
        return Words("；这已是可试范围的尽头。", "; that is the end of the range tried.").pick(language)
    if one.direction == MIXED:
        return Words("。", ".").pick(language)
    return Words(
        f"；再{'降' if one.direction == DOWN else '加'}一步为 {text(one.beyond.value)}，"
        f"合计 {exact(one.beyond.tally.fen, language)}，超出。",
        f"; one step {'down' if one.direction == DOWN else 'up'}, at {text(one.beyond.value)}, it would be "
        f"{exact(one.beyond.tally.fen, language)}, which is too much.",
    ).pick(language)


def _rests_on(one: Solution, language: str) -> str:
    if one.direction == MIXED:
        scanned = Words("已逐一试过全部取值", "every value was tried")
        some = Words(
            f"取值太多，只均匀试了 {one.tried:,} 个，未必是最优",
            f"only {one.tried:,} evenly spread ones were tried",
        )
        found = scanned if one.scanned else some
        return Words(
            f"合计并不单调：数值升高时合计有升有降；{found.zh}。",
            f" The total does not run one way as the value rises; {found.en}.",
        ).pick(language)
    if one.direction == FLAT:
        return Words("合计不随这个数值变化。", " The total does not depend on this value.").pick(language)
    falls = one.direction == DOWN
    return Words(
        f"试了 {one.tried:,} 个值（共 {one.grid.count:,} 个），合计始终随数值{'下降' if falls else '上升'}。",
        f" {one.tried:,} of {one.grid.count:,} values were tried; the total always {'fell' if falls else 'rose'} "
        "as the value rose.",
    ).pick(language)


def exact(fen: int, language: str) -> str:
    """A sum to the fen with its unit."""
    return f"{yuan(fen)} {Words('元', 'yuan').pick(language)}"
