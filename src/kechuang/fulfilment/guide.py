"""The guide of a call (申报指南) and its list of documents, written from the pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any

from kechuang.policy import bind
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.words.sentences import writer_of


def documents_of(benefit: Benefit) -> list[dict[str, Any]]:
    """What applicants hand in: the evidence that the city cannot fetch itself, each with the reason why not."""
    return [
        {
            "key": f"evidence-{place}",
            "title": {"zh": one.title.zh, "en": one.title.en},
            "why": {"zh": one.asked.zh, "en": one.asked.en} if one.asked else {},
        }
        for place, one in enumerate(benefit.evidence, start=1)
        if one.shared is None
    ]


def keyed(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The documents, each with a key: one that has none yet gets the next free number."""
    taken = {one["key"] for one in documents}
    free = (key for place in count(1) if (key := f"document-{place}") not in taken)
    return [{**one, "key": one["key"] or next(free)} for one in documents]


def fetched_of(benefit: Benefit) -> list[dict[str, Any]]:
    """What the city fetches itself, and where: shown so that nobody looks for it."""
    return [
        {
            "title": {"zh": one.title.zh, "en": one.title.en},
            "from": {"zh": one.shared.zh, "en": one.shared.en},
        }
        for one in benefit.evidence
        if one.shared is not None
    ]


def guide_of(pack: Pack, benefit: Benefit, *, on: date, year: int) -> dict[str, str]:
    """The guide in both languages, one sentence a line: who, under which conditions, how much, by which clause."""
    return {language: "\n".join(_lines(pack, benefit, on, year, language)) for language in ("zh", "en")}


def _lines(pack: Pack, benefit: Benefit, on: date, year: int, language: str) -> list[str]:
    bound = bind(pack, on, year)
    found = next(one for one in bound.benefits if one.benefit.id == benefit.id)
    writer = writer_of(bound, language)
    kinds = [pack.vocabulary.codes["subject_kind"][kind].pick(language) for kind in benefit.subjects]
    quoted = [
        one.quote.text if one.quote and language == "zh" else writer.sentence(node)
        for one, node in found.conditions
    ]
    amount = benefit.amount.quote.text if benefit.amount.quote else ""
    if language == "zh":
        return [
            f"依据：{pack.document.title}（{pack.document.number}）第 {benefit.measure} 条。",
            f"对象：{'、'.join(kinds)}。",
            *(f"条件：{text}。" for text in quoted),
            f"标准：{amount}。",
        ]
    return [
        f"Ground: {pack.document.number}, measure {benefit.measure}.",
        f"For: {', '.join(kinds)}.",
        *(f"Condition: {text}." for text in quoted),
        f"Sum, in the words of the document: {amount}.",
    ]
