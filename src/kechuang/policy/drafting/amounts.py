"""The amount of a drafted benefit: formula, ceilings and shares; what cannot be computed stays open with its reason."""

from __future__ import annotations

from typing import Any

from kechuang.policy.drafting.encoding import Bench
from kechuang.policy.drafting.rules import reason
from kechuang.policy.drafting.tables import Split
from kechuang.policy.drafting.tokens import span_of
from kechuang.policy.drafting.yaml_text import Inline, both
from kechuang.policy.encoding.agreement import shown
from kechuang.policy.language.values import MONEY

_NO_EN = "draft: to be encoded by a person; the Chinese words hold"


def amount_of(bench: Bench, split: Split | None, base: str | None) -> dict[str, Any]:
    """The formula with its ceilings; up to the cap where there is no formula; else the words, in kind."""
    amount = _formula(bench, split, base)
    if amount is None:
        return _of_cap(bench) or _in_words(bench)
    if next(iter(amount)) in ("exact", "up_to"):
        caps = _caps(bench)
        if caps:
            amount["caps"] = caps
    return amount


def shares_of(bench: Bench) -> dict[str, Any]:
    """How the sum is divided: 奖金的 50% 用于…."""
    shares: dict[str, Any] = {}
    for part in bench.grant.others:
        name = bench.parameter([part]) if part.role == "share" else None
        if name is not None:
            words = bench.grant.whole[part.figure.end : part.end]
            shares[name] = Inline(share=name, title=both(words, "a share (draft; the Chinese words hold)"))
    return shares


def _formula(bench: Bench, split: Split | None, base: str | None) -> dict[str, Any] | None:
    main = bench.grant.main
    if not main or main[0].role == "unit_sum" or (main[0].role == "rate" and base is None):
        return None
    spoken = bench.free_words(main)
    name = bench.parameter(main, split)
    if name is None:
        return None
    formula = name if split is None else f"{name}[{split.fact}]"
    if main[0].scale:
        formula = f"{formula} * {shown(MONEY, main[0].scale)}"
    if main[0].role == "rate":
        formula = f"{base} * {name}"
    return bench.quoted({bench.grant.kind: formula}, spoken, [part.figure for part in main])


def _caps(bench: Bench) -> dict[str, Any]:
    caps: dict[str, Any] = {}
    for part in bench.grant.caps:
        if part.figure.kind != "money":
            bench.encoding.reasons[span_of(part.figure)] = reason("cap_base")
            continue
        name = bench.parameter([part])
        if name is not None:
            caps[name] = bench.quoted(Inline(at_most=name), bench.free_words([part]), [part.figure])
    return caps


def _of_cap(bench: Bench) -> dict[str, Any] | None:
    """Up to the cap, where the formula under it cannot be written."""
    for part in bench.grant.main:
        bench.encoding.reasons[span_of(part.figure)] = reason("no_base")
    for part in bench.grant.caps:
        name = bench.parameter([part]) if part.figure.kind == "money" else None
        if name is not None:
            entry = bench.quoted({"up_to": name}, bench.free_words([part]), [part.figure])
            return entry | {"note": "draft: only the cap is encoded, the formula under it is a gap"}
    return None


def _in_words(bench: Bench) -> dict[str, Any]:
    return {"in_kind": both(bench.grant.text.strip("，、。；\n"), _NO_EN)}
