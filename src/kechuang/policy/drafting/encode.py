"""From what a clause gives to the benefits of its measure file: guesses, amount, conditions, evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from kechuang.policy.drafting.amounts import amount_of, shares_of
from kechuang.policy.drafting.encoding import Bench, Drafted, Encoding
from kechuang.policy.drafting.facts import Conditions, Found, base_of, conditions_of
from kechuang.policy.drafting.grants import Grant, instrument_of, lifecycle_of, scopes_of, subject_of
from kechuang.policy.drafting.quoting import unique_quote
from kechuang.policy.drafting.rules import cue, first_rule, lexicon, reason, title
from kechuang.policy.drafting.tables import Split, split_of
from kechuang.policy.drafting.tokens import Span, span_of
from kechuang.policy.drafting.yaml_text import Inline, both
from kechuang.policy.encoding.pack import MAX_CONDITIONS
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import SUBJECT
from kechuang.policy.text.document import Clause

OPEN_RECORD: Final = "open_points"
_TITLE_LENGTH: Final = 30
_ONCE: Final = "一次性"


def encode_grants(encoding: Encoding, grants: Sequence[Grant]) -> None:
    """Draft each benefit of a clause into `encoding`."""
    for grant in grants:
        split = split_of(grant, conditions_of(grant).each)
        for part in [grant] if split or len(grant.main) <= 1 else _apart(grant):
            _encode(encoding, part, split)


def _apart(grant: Grant) -> Iterator[Grant]:
    """One benefit for each sum of a list that no code list tells apart; ceilings and conditions stay with the first."""
    first, *rest = grant.main
    yield Grant(
        grant.start,
        grant.end,
        grant.shared,
        grant.whole,
        grant.header,
        [first],
        grant.caps,
        grant.others,
        grant.loose,
    )
    for part in rest:
        yield Grant(grant.start, grant.end, grant.shared, grant.whole, grant.header, [part])


def _encode(encoding: Encoding, grant: Grant, split: Split | None) -> None:
    bench = Bench(encoding, grant)
    conditions = conditions_of(grant)
    formula = _base(grant, conditions)
    if split is not None and split.record.name != SUBJECT:
        conditions.each = split.record
    clause = encoding.clause
    own = clause.text[: clause.sentences[-1].end - clause.start]  # without the bracket of departments
    instrument, lifecycle = instrument_of(grant, own), lifecycle_of(grant)
    subject, subject_words = subject_of(grant, own)
    per, per_words = scopes_of(grant, subject.data["payee"])
    amount = amount_of(bench, split, formula)
    where, new_facts = _where(bench, conditions)
    shares = shares_of(bench)
    key = _key(encoding, instrument.code or "subsidy")
    parts: dict[str, Any] = {
        "title": _title(grant, instrument.code, clause),
        "instrument": instrument.code or "subsidy",
        "lifecycle": lifecycle.code,
        "for": list(subject.data["for"]),
        "payee": subject.data["payee"],
        "payer": _payer(grant, next(iter(amount))),
        "per": per,
        **_once(bench, per),
        "each": conditions.each.name if conditions.each else None,
        "parameters": bench.parameters,
        "where": where,
        "amount": amount,
        "split": shares,
        "evidence": _evidence(grant),
        "stacking": _stacking(bench),
    }
    encoding.benefits[key] = {name: part for name, part in parts.items() if part}
    encoding.drafted.append(
        Drafted(f"{clause.key}.{key}", grant, instrument, lifecycle, subject, subject_words,
                tuple(per), tuple(per_words), conditions, new_facts)
    )  # fmt: skip


def _base(grant: Grant, conditions: Conditions) -> str | None:
    """What the rate of a benefit is taken of, and with it the records that it reads."""
    if not grant.main or grant.main[0].role != "rate":
        return None
    found = base_of(grant, grant.main[0], conditions.each)
    if found is None:
        return None
    conditions.each = found[1] or conditions.each
    return found[0]


def _key(encoding: Encoding, stem: str) -> str:
    """subsidy, subsidy_2, subsidy_3: a name that the measure has not yet."""
    number, key = 1, stem
    while key in encoding.benefits:
        number += 1
        key = f"{stem}_{number}"
    return key


def _title(grant: Grant, instrument: str, clause: Clause) -> Inline:
    own = (
        grant.text.strip("|").split("|")[0]
        if grant.header
        else grant.near.replace("⟨rate⟩", "").split("，")[0]
    )
    first = own.removeprefix("对").removesuffix("的").strip("：:\n")
    words = title(instrument or "subsidy")
    short = first if len(first) <= _TITLE_LENGTH else first[:_TITLE_LENGTH] + "……"
    return both(
        f"{short or clause.title}·{words.zh}",
        f"{words.en} of measure {clause.key} (draft; the Chinese title holds)",
    )


def _payer(grant: Grant, kind: str) -> str:
    rule = first_rule("payers", grant.near)
    return {"in_kind": "none", "limit": "bank"}.get(kind, rule.code if rule else "city")


def _once(bench: Bench, per: Sequence[str]) -> dict[str, Any]:
    """The words 一次性 of a sum that is given once, or why it is, where no quote can hold them."""
    if "once" not in per:
        return {}
    at = max(bench.grant.whole.find(_ONCE, bench.grant.shared[0]), 0)
    quote = bench.encoding.quote_words((at, at + len(_ONCE)), [])
    why = reason("once")
    return {"per_quote": quote} if quote and _ONCE in quote else {"per_why": both(why.zh, why.en)}


def _where(bench: Bench, conditions: Conditions) -> tuple[dict[str, Any], tuple[tuple[str, Span], ...]]:
    """The conditions found; what is left becomes facts to be added, so that nothing is granted unasked."""
    encoding = bench.encoding
    where: dict[str, Any] = {}
    new_facts: list[tuple[str, Span]] = []
    left = list(conditions.left)
    for found in conditions.found:
        entry = _condition(bench, found)
        if entry is None:
            left.append(found.span)
        else:
            where[found.key if found.key not in where else f"{found.key}_{len(where) + 1}"] = entry
    for span in sorted(set(left))[: MAX_CONDITIONS - len(where) - len(encoding.general) - 1]:
        words = bench.grant.whole[slice(*span)].strip("，、。；\n|")
        name = f"m{encoding.clause.key.replace('.', '_').lower()}_{len(encoding.open_points) + 1}"
        encoding.open_points[name] = words
        new_facts.append((name, span))
        where[f"open_{len(new_facts)}"] = _open(name, reason("open", words=words))
    for name, why in _unsaid(bench):
        encoding.open_points[name] = why.zh
        where[name] = _open(name, why)
    return where, tuple(new_facts)


def _unsaid(bench: Bench) -> Iterator[tuple[str, Words]]:
    """Conditions that stand elsewhere: in a clause for the whole document, or for whom where the sentence is silent."""
    for key in bench.encoding.general:
        yield f"general_{key.replace('.', '_').lower()}", reason("general", words=key)
    key = bench.encoding.clause.key
    if not cue("openings", bench.grant.opening + bench.grant.text):
        yield f"m{key.replace('.', '_').lower()}_who", reason("nobody")


def _open(name: str, why: Words) -> dict[str, Any]:
    return {"why": both(why.zh, why.en), "holds": f"any(o.{name} for o in {OPEN_RECORD})"}


def _condition(bench: Bench, found: Found) -> dict[str, Any] | None:
    """A condition with the quote that claims its boundary words; None when they are taken or would not agree."""
    encoding = bench.encoding
    if found.why is not None:
        return {"why": both(found.why.zh, found.why.en), "holds": found.holds}
    inside = [word for word in encoding.words if found.span[0] <= word.start and word.end <= found.span[1]]
    allowed = [span_of(word) for word in inside]
    quote = encoding.quote_words(found.span, allowed)
    disagrees = found.part is None and any("in" not in word.operators for word in inside)
    if quote is None or disagrees or any(span in encoding.claimed for span in allowed):
        return None
    name = bench.parameter([found.part]) if found.part is not None else ""
    if name is None:
        return None
    encoding.claimed.update(allowed)
    return {"quote": quote, "holds": found.holds.replace("{threshold}", name)}


def _evidence(grant: Grant) -> list[Any]:
    """What is shown as proof, by the words of the benefit."""
    found = [rule.data for rule in lexicon().rules["evidence"] if rule.pattern.search(grant.near)]
    return [
        Inline(
            {name: _words_or_text(entry[name]) for name in ("zh", "en", "shared", "asked") if name in entry}
        )
        for entry in found or [lexicon().no_evidence]
    ]


def _words_or_text(value: Any) -> Any:
    return both(str(value["zh"]), str(value["en"])) if isinstance(value, dict) else value


def _stacking(bench: Bench) -> Inline:
    grant = bench.grant
    rule = first_rule("stacking", grant.text)
    match = rule.pattern.search(grant.text) if rule else None
    if rule is None or match is None:
        return Inline(rule="ask")
    quote = unique_quote(bench.encoding.clause, (grant.start + match.start(), grant.start + match.end()))
    return Inline(rule=rule.code, quote=quote) if quote else Inline(rule="ask")
