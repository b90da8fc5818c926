"""From the benefits of a clause to its measure file: what can be encoded is, the rest stands under gaps with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kechuang.policy.drafting.facts import Conditions, Found, base_of, conditions_of
from kechuang.policy.drafting.grants import Grant, Guess, instrument_of, lifecycle_of, scopes_of, subject_of
from kechuang.policy.drafting.quoting import Span, unique_quote
from kechuang.policy.drafting.roles import Part, Reading
from kechuang.policy.drafting.rules import Rule, first_rule, lexicon
from kechuang.policy.drafting.tables import Split, split_of
from kechuang.policy.drafting.yaml_text import Inline, both
from kechuang.policy.encoding.agreement import shown
from kechuang.policy.encoding.pack import MAX_CONDITIONS
from kechuang.policy.language.values import MONEY, NUMBER, RATE, Words, read_literal
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.policy.text.document import Clause
from kechuang.policy.text.lexicon import BoundaryWord, Figure, boundary_words

OWNER: Final = "to be encoded"
OPEN_RECORD: Final = "open_points"
TYPES: Final = {
    "money": MONEY,
    "rate": RATE,
    "ratio": RATE,
    "count": NUMBER,
    "period": NUMBER,
    "date": "date",
}
KEYS: Final = {
    "sum": "standard", "unit_sum": "standard", "rate": "rate", "cap": "cap", "limit": "ceiling", "floor": "floor",
    "threshold": "threshold", "span": "span", "share": "share", "date": "day",
}  # fmt: skip
TITLES: Final = {
    "sum": Words("标准", "sum"), "unit_sum": Words("单位标准", "sum per unit"), "rate": Words("比例", "rate"),
    "cap": Words("限额", "cap"), "limit": Words("额度上限", "ceiling of the limit"), "floor": Words("下限", "least cover"),
    "threshold": Words("条件界限", "threshold"), "span": Words("时间跨度或次数", "span or count"),
    "share": Words("分配比例", "share"), "date": Words("日期", "date"),
}  # fmt: skip
INSTRUMENT_WORDS: Final = {
    "reward": Words("奖励", "Reward"), "subsidy": Words("补助", "Subsidy"),
    "interest_subsidy": Words("贴息", "Interest subsidy"), "premium_subsidy": Words("保费补贴", "Premium subsidy"),
    "matching_grant": Words("配套资金", "Matching grant"), "risk_compensation": Words("风险补偿", "Risk compensation"),
    "service_fee": Words("服务费", "Service fee"), "limit": Words("额度", "Limit"),
    "project_funding": Words("项目资金", "Project funding"), "recommendation": Words("推荐", "Recommendation"),
}  # fmt: skip
_TITLE_LENGTH: Final = 30
NOT_ENCODED: Final = Words(
    "须由人编码：程序没有把握", "to be encoded by a person: the program is not sure of it"
)


@dataclass(slots=True)
class Encoding:
    """One clause on its way into a measure file: its tokens, which of them are claimed, and what was drafted."""

    clause: Clause
    reading: Reading
    claimed: set[Span] = field(default_factory=set)
    reasons: dict[Span, Words] = field(default_factory=dict)  # why a token stays open
    gaps: dict[Span, Words] = field(default_factory=dict)  # tokens under gaps, with the reason
    benefits: dict[str, Any] = field(default_factory=dict)
    drafted: list[Drafted] = field(default_factory=list)
    open_points: dict[str, str] = field(default_factory=dict)  # new facts: name -> the words that ask for it

    @property
    def words(self) -> list[BoundaryWord]:
        """All boundary words, with a figure or without."""
        return [*(word for part in self.reading.parts for word in part.words), *self.reading.loose]

    def quote(self, span: Span, allowed: Sequence[Span], *, words: bool) -> str | None:
        """A quote around `span`. `words`: it may hold no boundary word but those allowed; else no equal figure but those."""
        if words:
            avoid = [span_of(one) for one in boundary_words(self.clause.text)]
        else:
            values = [part.figure.value for part in self.reading.parts if span_of(part.figure) in allowed]
            avoid = [span_of(part.figure) for part in self.reading.parts if part.figure.value in values]
        return unique_quote(self.clause, span, [one for one in avoid if one not in allowed])


@dataclass(frozen=True, slots=True)
class Drafted:
    """A benefit with its guesses, as the candidates report them."""

    id: str
    grant: Grant
    kind: str
    instrument: Guess
    lifecycle: Guess
    subject: Rule
    subject_words: str
    per: tuple[str, ...]
    per_words: tuple[str, ...]
    conditions: Conditions
    new_facts: tuple[tuple[str, Span], ...]
    names: dict[int, str]  # start of a figure -> the parameter that stands for it


def span_of(token: Figure | BoundaryWord) -> Span:
    """Where a token stands in its clause."""
    return token.start, token.end


def value_text(figure: Figure) -> str | None:
    """A figure's value as a literal of the language; None when the language cannot write it."""
    kind = TYPES.get(figure.kind)
    value = figure.value[0] if isinstance(figure.value, tuple) else figure.value
    if kind is None:
        return None
    if figure.kind == "ratio":
        text = figure.text.replace("：", ":")
    elif figure.kind == "rate" and isinstance(value, str):
        return None
    else:
        text = shown(kind, value)
    try:
        literal = read_literal(text)
    except ValueError:
        return None
    return text if literal.value == value else None


def said(part: Part) -> str:
    """What a figure says: its value, in the unit of its table if it has one."""
    value = part.figure.value
    if part.scale and isinstance(value, int):
        return shown(MONEY, value * part.scale)
    return value_text(part.figure) or part.figure.text


def encode_grants(encoding: Encoding, grants: Sequence[Grant]) -> None:
    """Draft each benefit of a clause into `encoding`."""
    for grant in grants:
        split = split_of(grant, conditions_of(grant).each)
        for part in [grant] if split or len(grant.main) <= 1 else apart(grant):
            _encode(encoding, part, split)


def apart(grant: Grant) -> Iterator[Grant]:
    """One benefit for each sum of a list that no code list tells apart."""
    for number, part in enumerate(grant.main):
        first = number == 0
        yield Grant(grant.start, grant.end, grant.shared, grant.whole, grant.header, [part], grant.caps if first else [],
                    grant.others if first else [], grant.loose if first else [])  # fmt: skip


def _encode(encoding: Encoding, grant: Grant, split: Split | None) -> None:
    clause = encoding.clause
    instrument, lifecycle = instrument_of(grant, clause.text), lifecycle_of(grant)
    subject, subject_words = subject_of(grant, clause.text)
    conditions = conditions_of(grant)
    base = (
        base_of(grant, grant.main[0], conditions.each)
        if grant.main and grant.main[0].role == "rate"
        else None
    )
    if base is not None and base[1] is not None:
        conditions.each = base[1]
    if split is not None and split.record.name != SUBJECT:
        conditions.each = split.record
    per, per_words = scopes_of(grant, subject.data["payee"])
    key = _key(encoding, instrument.code or "subsidy")
    parameters: dict[str, Any] = {}
    names: dict[int, str] = {}
    caps: dict[str, Any] = {}
    amount = _amount(encoding, grant, split, base, parameters, names)
    if amount is not None and next(iter(amount)) in ("exact", "up_to"):
        caps = _caps(encoding, grant, parameters, names)
    if amount is None:
        amount = _amount_of_cap(encoding, grant, parameters, names) or _in_kind(grant)
    if caps:
        amount["caps"] = caps
    where, new_facts = _where(encoding, grant, conditions, parameters, names)
    shares = _shares(encoding, grant, parameters, names)
    kind = next(iter(amount))
    once = encoding.quote(_find(grant, "一次性"), [], words=True) if "once" in per else None
    body: dict[str, Any] = {
        "title": _title(grant, instrument.code, clause),
        "instrument": instrument.code or "subsidy",
        "lifecycle": lifecycle.code,
        "for": list(subject.data["for"]),
        "payee": subject.data["payee"],
        "payer": _payer(grant, kind),
        "per": per,
    }
    if once:
        body["per_quote"] = once
    elif "once" in per:
        body["per_why"] = both("原文写明一次性", "the text says that it is given once")
    if conditions.each is not None:
        body["each"] = conditions.each.name
    if parameters:
        body["parameters"] = parameters
    if where:
        body["where"] = where
    body["amount"] = amount
    if shares:
        body["split"] = shares
    body["evidence"] = evidence_of(grant)
    body["stacking"] = _stacking(encoding, grant)
    encoding.benefits[key] = body
    encoding.drafted.append(
        Drafted(f"{clause.key}.{key}", grant, grant.kind, instrument, lifecycle, subject, subject_words,
                tuple(per), tuple(per_words), conditions, new_facts, names)
    )  # fmt: skip


def _key(encoding: Encoding, stem: str) -> str:
    number = 1 + sum(
        1
        for key in encoding.benefits
        if key == stem or key.startswith(f"{stem}_") and key[len(stem) + 1 :].isdigit()
    )
    return stem if number == 1 else f"{stem}_{number}"


def _title(grant: Grant, instrument: str, clause: Clause) -> Inline:
    first = grant.near.replace("⟨rate⟩", "").split("，")[0].lstrip("对").removesuffix("的")
    words = INSTRUMENT_WORDS.get(instrument, INSTRUMENT_WORDS["subsidy"])
    short = first if len(first) <= _TITLE_LENGTH else first[:_TITLE_LENGTH] + "……"
    return both(
        f"{short or clause.title}·{words.zh}",
        f"{words.en} of measure {clause.key} (draft; the Chinese title holds)",
    )


def _payer(grant: Grant, kind: str) -> str:
    if kind == "in_kind":
        return "none"
    rule = first_rule("payers", grant.near)
    if kind == "limit":
        return "bank"
    return rule.code if rule else "city"


def _parameter(
    encoding: Encoding,
    parts: Sequence[Part],
    parameters: dict[str, Any],
    names: dict[int, str],
    split: Split | None = None,
) -> str | None:
    """Add a parameter for one figure, or a table for several; its name, or None when it cannot be written or quoted."""
    spans = [span_of(part.figure) for part in parts]
    values = [value_text(part.figure) for part in parts]
    quote = encoding.quote((spans[0][0], spans[-1][1]), spans, words=False)
    if quote is None or None in values or any(span in encoding.claimed for span in spans):
        return None
    stem = KEYS[parts[0].role]
    taken = sum(1 for name in parameters if name.rsplit("_", 1)[0] == stem)
    name = f"{stem}_{taken + 1}"
    title = TITLES[parts[0].role]
    if split is None:
        parameters[name] = Inline(value=values[0], quote=quote, title=both(title.zh, title.en))
    else:
        parameters[name] = {
            "by": [split.list],
            "values": Inline(zip(split.codes, values, strict=True)),
            "quote": quote,
            "title": both(title.zh, title.en),
        }
    encoding.claimed.update(spans)
    names.update({part.figure.start: name for part in parts})
    return name


def _amount(
    encoding: Encoding, grant: Grant, split: Split | None, base: tuple[str, Any] | None,
    parameters: dict[str, Any], names: dict[int, str],
) -> dict[str, Any] | None:  # fmt: skip
    """The amount with its formula; None when the formula cannot be written."""
    if not grant.main or grant.main[0].role == "unit_sum" or (grant.main[0].role == "rate" and base is None):
        return None
    main = grant.main[0]
    spoken = _claim_words(encoding, grant.main)
    name = _parameter(encoding, grant.main, parameters, names, split)
    if name is None:
        return None
    formula = name if split is None else f"{name}[{split.fact}]"
    if main.scale:
        formula = f"{formula} * {shown(MONEY, main.scale)}"
    if main.role == "rate" and base is not None:
        formula = f"{base[0]} * {name}"
    amount: dict[str, Any] = {grant.kind: formula}
    return _quoted(encoding, amount, spoken, [part.figure for part in grant.main])


def _claim_words(encoding: Encoding, parts: Sequence[Part]) -> list[BoundaryWord]:
    """The words of an amount or cap that are still free: ceilings, and of a least cover 不低于."""
    return [
        word
        for part in parts
        for word in part.words
        if span_of(word) not in encoding.claimed and (word.is_ceiling or part.role == "floor")
    ]


def _quoted(
    encoding: Encoding, entry: dict[str, Any], spoken: Sequence[BoundaryWord], near: Sequence[Figure]
) -> dict[str, Any]:
    """Add the quote that claims the boundary words; words that no quote can hold stay open."""
    allowed = [span_of(word) for word in spoken]
    starts = [start for start, _ in allowed] + [one.start for one in near]
    ends = [end for _, end in allowed] + [one.end for one in near]
    quote = encoding.quote((min(starts), max(ends)), allowed, words=True)
    if quote is not None:
        entry["quote"] = quote
        encoding.claimed.update(allowed)
    return entry


def _caps(
    encoding: Encoding, grant: Grant, parameters: dict[str, Any], names: dict[int, str]
) -> dict[str, Any]:
    caps: dict[str, Any] = {}
    for part in grant.caps:
        if part.figure.kind != "money":
            encoding.reasons[span_of(part.figure)] = Words(
                "限额按比例计，基数须由人编码", "a cap by a rate; its base is to be encoded"
            )
            continue
        name = _parameter(encoding, [part], parameters, names)
        if name is not None:
            caps[name] = _quoted(
                encoding, Inline(at_most=name), _claim_words(encoding, [part]), [part.figure]
            )
    return caps


def _amount_of_cap(
    encoding: Encoding, grant: Grant, parameters: dict[str, Any], names: dict[int, str]
) -> dict[str, Any] | None:
    """Up to the cap, where the formula under it cannot be written."""
    for part in grant.main:
        encoding.reasons[span_of(part.figure)] = Words(
            "基数不在词汇表中，公式须由人编码",
            "the vocabulary has no base for it; the formula is to be encoded",
        )
    cap = next((part for part in grant.caps if part.figure.kind == "money"), None)
    name = _parameter(encoding, [cap], parameters, names) if cap else None
    if cap is None or name is None:
        return None
    entry = _quoted(encoding, {"up_to": name}, _claim_words(encoding, [cap]), [cap.figure])
    entry["note"] = "draft: only the cap is encoded, the formula under it is a gap"
    return entry


def _in_kind(grant: Grant) -> dict[str, Any]:
    words = grant.text.strip("，、。；\n")
    return {"in_kind": both(words, "draft: to be encoded by a person; the Chinese words hold")}


def _where(
    encoding: Encoding,
    grant: Grant,
    conditions: Conditions,
    parameters: dict[str, Any],
    names: dict[int, str],
) -> tuple[dict[str, Any], tuple[tuple[str, Span], ...]]:
    """The conditions found; what is left becomes facts to be added, so that nothing is granted unasked."""
    where: dict[str, Any] = {}
    new_facts: list[tuple[str, Span]] = []
    left = list(conditions.left)
    for found in conditions.found:
        entry = _condition(encoding, found, parameters, names)
        if entry is None:
            left.append(found.span)
            continue
        key = found.key if found.key not in where else f"{found.key}_{len(where) + 1}"
        where[key] = entry
    for span in sorted(set(left))[: MAX_CONDITIONS - len(where)]:
        words = grant.whole[slice(*span)].strip("，、。；\n|")
        name = f"m{encoding.clause.key.replace('.', '_').lower()}_{len(encoding.open_points) + 1}"
        encoding.open_points[name] = words
        new_facts.append((name, span))
        where[f"open_{len(new_facts)}"] = {
            "why": both(
                f"待编码的条件：{words}", "a condition that is to be encoded; the Chinese words hold"
            ),
            "holds": f"any(o.{name} for o in {OPEN_RECORD})",
        }
    return where, tuple(new_facts)


def _condition(
    encoding: Encoding, found: Found, parameters: dict[str, Any], names: dict[int, str]
) -> dict[str, Any] | None:
    if found.why is not None:
        return {"why": both(*found.why), "holds": found.holds}
    inside = [word for word in encoding.words if found.span[0] <= word.start and word.end <= found.span[1]]
    if any(span_of(word) in encoding.claimed for word in inside):
        return None
    allowed = [span_of(word) for word in inside]
    holds = found.holds
    quote = encoding.quote(found.span, allowed, words=True)
    if quote is None:
        return None
    if found.part is not None:
        name = _parameter(encoding, [found.part], parameters, names)
        if name is None:
            return None
        holds = holds.format(threshold=name)
    elif any("in" not in word.operators for word in inside):
        return None
    encoding.claimed.update(allowed)
    return {"quote": quote, "holds": holds}


def _shares(
    encoding: Encoding, grant: Grant, parameters: dict[str, Any], names: dict[int, str]
) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for part in grant.others:
        if part.role == "share":
            name = _parameter(encoding, [part], parameters, names)
            if name is not None:
                words = grant.whole[part.figure.end : part.end]
                shares[name] = Inline(
                    share=name, title=both(words, "a share (draft; the Chinese words hold)")
                )
    return shares


def evidence_of(grant: Grant) -> list[Any]:
    """What is shown as proof, by the words of the benefit."""
    found = [rule.data for rule in lexicon().rules["evidence"] if rule.pattern.search(grant.near)]
    entries = found or [lexicon().no_evidence]
    return [
        Inline({
            name: both(str(entry[name]["zh"]), str(entry[name]["en"])) if isinstance(entry[name], dict) else entry[name]
            for name in ("zh", "en", "shared", "asked") if name in entry
        })
        for entry in entries
    ]  # fmt: skip


def _stacking(encoding: Encoding, grant: Grant) -> Inline:
    rule = first_rule("stacking", grant.text)
    match = rule.pattern.search(grant.text) if rule else None
    if rule is None or match is None:
        return Inline(rule="ask")
    span = (grant.start + match.start(), grant.start + match.end())
    quote = unique_quote(encoding.clause, span)
    return Inline(rule=rule.code, quote=quote) if quote else Inline(rule=rule.code)


def _find(grant: Grant, words: str) -> Span:
    at = grant.whole.find(words, grant.start)
    return (at, at + len(words)) if at >= 0 else (grant.start, grant.end)
