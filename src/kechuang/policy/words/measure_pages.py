"""Writes docs/measures.md: every measure of a pack with its benefits, parameters, readings and duties.

    python -m kechuang.policy.words.measure_pages [PACK] > docs/measures.md

The page says nothing that the pack does not say; a test refuses it when it is stale.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kechuang.policy.encoding.loading import DEFAULT_PACK, load_pack
from kechuang.policy.encoding.pack import Benefit, Cap, Measure, Pack, Reading
from kechuang.policy.language.parameter import Dated, Parameter, Quote, Table
from kechuang.policy.language.values import Value, Words
from kechuang.policy.words.sentences import Writer
from kechuang.policy.words.wording import (
    INSTRUMENT_WORDS,
    LIFECYCLE_WORDS,
    PARTY_WORDS,
    SCOPE_WORDS,
    value_text,
)

KIND_WORDS: Final = {
    "exact": Words("应得数", "exact"),
    "up_to": Words("上限", "up to"),
    "limit": Words("额度", "limit"),
    "at_least": Words("不低于", "at least"),
    "in_kind": Words("无资金", "in kind"),
}
_HEAD: Final = (
    "<!-- Written by `python -m kechuang.policy.words.measure_pages`; change the pack, not this page. -->",
    "",
)


def measures_page(pack: Pack) -> str:
    """The whole page as Markdown, ending with a line break."""
    return "\n".join((*_HEAD, *_opening(pack), *_overview(pack), *_measures(pack), *_readings(pack))) + "\n"


def _opening(pack: Pack) -> Iterator[str]:
    measures = sum(1 for key in pack.measures if key.isdigit())
    safeguards = len(pack.measures) - measures
    kinds = Counter(benefit.amount.kind for benefit in pack.benefits)
    duties = sum(len(measure.duties) for measure in pack.measures.values())
    start, end = pack.valid
    yield f"# {pack.document.number or pack.id}：措施与事项 · measures and benefits"
    yield ""
    yield f"{pack.title.zh}（{start} 至 {end}）。{pack.title.en}, in force {start} to {end}."
    yield ""
    by_kind = Words(
        "、".join(f"{words.zh} {kinds[kind]} 个" for kind, words in KIND_WORDS.items()),
        ", ".join(f"{kinds[kind]} {words.en}" for kind, words in KIND_WORDS.items()),
    )
    yield f"{measures} 项措施、{safeguards} 项保障措施；{kinds.total()} 个事项（{by_kind.zh}），{duties} 项职责。"
    yield ""
    yield f"{measures} measures, {safeguards} safeguards; {kinds.total()} benefits ({by_kind.en}), {duties} duties."
    yield ""
    yield "规则见 [method.md](method.md)，写法见 [pack-guide.md](pack-guide.md)，用词见 [glossary.md](glossary.md)。"
    yield ""


def _overview(pack: Pack) -> Iterator[str]:
    yield "## 一览 · overview"
    yield ""
    rows = (
        (
            f"[{benefit.id}](#{_anchor(benefit.id)})",
            _lines(benefit.title),
            _both(KIND_WORDS[benefit.amount.kind]),
            _both(INSTRUMENT_WORDS[benefit.instrument]),
            _both(LIFECYCLE_WORDS[benefit.lifecycle]),
            _party(benefit.payee),
            _party(benefit.payer),
        )
        for benefit in pack.benefits
    )
    yield from _table(("事项", "名称", "金额", "方式", "办理", "拨付对象", "资金来源"), rows)
    yield ""


def _measures(pack: Pack) -> Iterator[str]:
    for measure in pack.measures.values():
        yield f"## {measure.key} {measure.title.zh}"
        yield ""
        yield f"{measure.title.en}. 责任单位：{'、'.join(name for name, _ in measure.departments) or '原文未列'}"
        yield ""
        for benefit in measure.benefits:
            yield from _benefit(pack, benefit)
        yield from _duties(measure)
        yield from _declared(measure)


def _benefit(pack: Pack, benefit: Benefit) -> Iterator[str]:
    yield f'### <a id="{_anchor(benefit.id)}"></a>{benefit.id} {benefit.title.zh}'
    yield ""
    yield f"{benefit.title.en}."
    yield ""
    yield from _table(("项目", "内容"), _facts(pack, benefit))
    yield ""
    if benefit.lets:
        yield from _lets(pack, benefit)
    if benefit.conditions:
        yield from _conditions(pack, benefit)
    if benefit.parameters:
        yield from _parameters(pack, benefit.parameters)


def _facts(pack: Pack, benefit: Benefit) -> Iterator[tuple[str, str]]:
    kinds = pack.vocabulary.codes["subject_kind"]
    amount = benefit.amount
    yield "对象 for", "、".join(_both(kinds[kind]) for kind in benefit.subjects)
    if benefit.each:
        yield "逐条 each", _both(pack.vocabulary.records[benefit.each].title)
    yield (
        "范围 per",
        " · ".join(_both(SCOPE_WORDS[scope]) for scope in benefit.per) + _quoted(benefit.per_quote),
    )
    yield f"金额 {amount.kind}", _amount(pack, benefit) + _quoted(amount.quote)
    for cap in amount.caps:
        yield f"上限 {cap.key}", _cap(pack, cap)
    for cap in amount.total_caps:
        yield f"合计上限 {cap.key}", _cap(pack, cap)
    for share in benefit.split:
        yield f"分配 {share.key}", f"{_both(share.title)}：{share.parameter}"
    stacking = benefit.stacking
    beside = f"：{_both(stacking.beside)}" if stacking.beside else ""
    rule = (
        Words("可叠加", "stacks")
        if stacking.rule == "stacks"
        else Words("重叠时由人判断", "a person decides")
    )
    yield "叠加 stacking", _both(rule) + beside + _quoted(stacking.quote)
    if benefit.refines:
        yield "实施细则", benefit.refines
    yield (
        "材料 evidence",
        "；".join(f"{one.title.zh}（{'可共享' if one.shared else '需提交'}）" for one in benefit.evidence),
    )


def _amount(pack: Pack, benefit: Benefit) -> str:
    amount = benefit.amount
    if amount.in_kind is not None:
        return _lines(amount.in_kind)
    if amount.node is None:
        return ""
    return _lines(Words(*(Writer(pack, language).sentence(amount.node) for language in ("zh", "en"))))


def _cap(pack: Pack, cap: Cap) -> str:
    return _lines(Words(*(Writer(pack, language).sentence(cap.node) for language in ("zh", "en")))) + _quoted(
        cap.quote
    )


def _lets(pack: Pack, benefit: Benefit) -> Iterator[str]:
    zh, en = Writer(pack, "zh"), Writer(pack, "en")
    rows = (
        (f"`{let.key}`", _lines(let.title), zh.definition(let.node), en.definition(let.node))
        for let in benefit.lets
    )
    yield from _table(("中间量 let", "名称", "编码", "in English"), rows)
    yield ""


def _conditions(pack: Pack, benefit: Benefit) -> Iterator[str]:
    zh, en = Writer(pack, "zh"), Writer(pack, "en")
    rows = (
        (
            f"`{condition.key}`",
            f"“{condition.quote.text}”" if condition.quote else (condition.why.zh if condition.why else ""),
            zh.sentence(condition.node),
            en.sentence(condition.node),
        )
        for condition in benefit.conditions
    )
    yield from _table(("条件", "原文（无引号者为理由）", "编码", "in English"), rows)
    yield ""


def _parameters(pack: Pack, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    rows = (
        (
            f"`{parameter.key}`",
            _lines(parameter.title),
            "；".join(
                _dated(pack, parameter, dated, first=dated is parameter.values[0])
                for dated in parameter.values
            ),
            f"“{parameter.quote.text}”" if parameter.quote else _lines(parameter.cites or Words("", "")),
        )
        for parameter in parameters.values()
    )
    yield from _table(("标准", "名称", "数值", "原文（无引号者为出处）"), rows)
    yield ""


def _dated(pack: Pack, parameter: Parameter, dated: Dated, *, first: bool) -> str:
    options = (
        (f"{parameter.reading}={option}：" if option else "") + _value(pack, parameter.type, value)
        for option, value in dated.options.items()
    )
    return ("" if first else f"{dated.start} 起 ") + "；".join(options)


def _value(pack: Pack, type_: str, value: Value | Table) -> str:
    if not isinstance(value, Table):
        return value_text(value, type_, pack.vocabulary, "zh")
    inner = type_.split(":")[1]
    codes = [pack.vocabulary.codes[name] for name in value.by]
    return "，".join(
        "·".join(members[key].zh for members, key in zip(codes, keys, strict=True))
        + f" {value_text(found, inner, pack.vocabulary, 'zh')}"
        for keys, found in value.rows.items()
    )


def _duties(measure: Measure) -> Iterator[str]:
    if not measure.duties:
        return
    rows = (
        (
            duty.id,
            _lines(duty.title),
            "、".join(duty.who),
            "；".join(words.zh for words in duty.evidence),
            "；".join(words.zh for words in duty.indicators.values()),
        )
        for duty in measure.duties
    )
    yield from _table(("职责 duty", "内容", "责任单位", "佐证", "指标"), rows)
    yield ""


def _declared(measure: Measure) -> Iterator[str]:
    for title, entries in (("不参与测算的数字和边界词", measure.programmatic), ("缺口 gaps", measure.gaps)):
        if entries:
            yield f"{title}："
            yield ""
            for entry in entries:
                yield f"- “{entry.quote.text if entry.quote else ''}”：{_both(entry.why)}"
            yield ""


def _readings(pack: Pack) -> Iterator[str]:
    if not pack.readings:
        return
    yield "## 口径 · readings"
    yield ""
    yield "带 ✓ 者为现行口径，命令中以 `--reading I-17=three-intervals` 改用另一口径。The option with ✓ is in force."
    yield ""
    for reading in pack.readings.values():
        yield from _reading(reading)


def _reading(reading: Reading) -> Iterator[str]:
    yield f"### {reading.id} {reading.title.zh}"
    yield ""
    yield f"措施 {reading.measure}，“{reading.phrase}”。{reading.title.en[:1].upper()}{reading.title.en[1:]}."
    yield ""
    rows = (
        (
            f"`{key}`" + (" ✓" if key == reading.chosen else ""),
            _lines(option),
            _lines(effect) if effect else "",
        )
        for key, option, effect in ((key, one.title, one.effect) for key, one in reading.options.items())
    )
    yield from _table(("选项", "读法", "影响"), rows)
    yield ""
    if reading.decided_by:
        yield f"由谁决定：{_both(reading.decided_by)}"
        yield ""


def _party(name: str) -> str:
    return _both(PARTY_WORDS[name]) if name in PARTY_WORDS else name


def _quoted(quote: Quote | None) -> str:
    return f"<br>“{quote.text}”" if quote else ""


def _both(words: Words) -> str:
    return f"{words.zh} {words.en}"


def _lines(words: Words) -> str:
    return f"{words.zh}<br>{words.en}" if words.zh else ""


def _anchor(benefit_id: str) -> str:
    return benefit_id.replace(".", "-")


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;').strip() for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(measures_page(load_pack(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_PACK)))
