"""Pages of measures and benefits: what each gives, on which conditions and words, with worked examples.

They depend on the pack, the language and the day alone, so each is made once a day.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Benefit, Measure, Pack
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader import examples, queries
from kechuang.reader.explaining import explained
from kechuang.reader.marked import shown_clause
from kechuang.reader.packs import pack_shown
from kechuang.reader.templatetags.kechuang import RECORDS_SHOWN, language
from kechuang.reader.tongues import with_tongues


@require_safe
def measures(request: HttpRequest, pack: str | None = None) -> HttpResponse:
    """All measures and safeguards under the headings of the document."""
    found = pack_shown(pack)
    return _page(request, found, _("政策措施"), measures_body(found, language(), timezone.localdate()))


@require_safe
def measure(request: HttpRequest, key: str, pack: str | None = None) -> HttpResponse:
    """One measure: its words, its benefits, its duties, what of it is not computed."""
    of_pack = pack_shown(pack)
    title = _measure(of_pack, key).title.pick(language())
    return _page(request, of_pack, title, measure_body(of_pack, language(), timezone.localdate(), key))


@require_safe
def benefit(request: HttpRequest, key: str, benefit: str, pack: str | None = None) -> HttpResponse:
    """One benefit: conditions and amount as sentences, each with the words that say so; readings; evidence."""
    of_pack = pack_shown(pack)
    title = _benefit(of_pack, key, benefit).title.pick(language())
    return _page(
        request, of_pack, title, benefit_body(of_pack, language(), timezone.localdate(), key, benefit)
    )


@require_safe
def example(
    request: HttpRequest, key: str, benefit: str, number: int, pack: str | None = None
) -> HttpResponse:
    """One worked example: its facts, and the whole reasoning to what comes out."""
    of_pack = pack_shown(pack)
    found = _benefit(of_pack, key, benefit)
    if not 1 <= number <= len(found.examples):
        raise Http404
    title = found.examples[number - 1].title.pick(language())
    body = render_to_string("reader/_example.html", example_context(of_pack, found, number))
    return _page(request, of_pack, title, with_tongues(body, language()))


def _page(request: HttpRequest, pack: Pack, title: str, body: str) -> HttpResponse:
    return render(request, "reader/page.html", {"pack": pack, "title": title, "body": body})


@lru_cache(maxsize=16)
def measures_body(pack: Pack, of_language: str, on: date) -> str:
    """The list of measures as HTML; the language is active."""
    shown = {"pack": pack, "sections": queries.sections(pack), "counts": queries.counts(pack), "on": on}
    return with_tongues(render_to_string("reader/_measures.html", shown), of_language)


@lru_cache(maxsize=256)
def measure_body(pack: Pack, of_language: str, on: date, key: str) -> str:
    """A measure as HTML; the language is active."""
    keys = list(pack.measures)
    place = keys.index(key)
    shown = {
        "pack": pack,
        "measure": pack.measures[key],
        "shown": shown_clause(pack, key, of_language, on),
        "section": queries.section_of(pack, key),
        "parts": parts_of(bind(pack, on), of_language),
        "readings": [one for one in pack.readings.values() if one.measure == key],
        "before": pack.measures[keys[place - 1]] if place else None,
        "after": pack.measures[keys[place + 1]] if place + 1 < len(keys) else None,
    }
    return with_tongues(render_to_string("reader/_measure.html", shown), of_language)


@lru_cache(maxsize=256)
def benefit_body(pack: Pack, of_language: str, on: date, key: str, name: str) -> str:
    """A benefit as HTML; the language is active."""
    found = _benefit(pack, key, name)
    parts = parts_of(bind(pack, on), of_language)[found.id]
    turning = queries.readings(pack, parts, found)
    shown = {
        "pack": pack,
        "measure": pack.measures[key],
        "benefit": found,
        "parts": parts,
        "parameters": queries.parameters(pack, found, of_language),
        "readings": turning,
        "changed": {one.id: examples.effects(pack, found, one) for one in turning},
        "rules": queries.rules(pack, found),
        "examples": examples.shown(pack, found, of_language),
        "clause": pack.document.clauses[key],
        "on": on,
    }
    return with_tongues(render_to_string("reader/_benefit.html", shown), of_language)


def example_context(pack: Pack, benefit: Benefit, number: int) -> dict[str, Any]:
    """What the page of one worked example shows."""
    shown = examples.shown_one(pack, benefit, number, language())
    assessment = examples.assessed(pack, benefit, benefit.examples[number - 1])
    return {
        "pack": pack,
        "measure": pack.measures[benefit.measure],
        "benefit": benefit,
        "example": shown,
        "readings": shown.readings,
        "result": explained(assessment, language())["groups"][0].explained[0],
        "records_shown": RECORDS_SHOWN,
        "number": number,
        "before": number - 1,
        "after": number + 1 if number < len(benefit.examples) else 0,
    }


def _measure(pack: Pack, key: str) -> Measure:
    if key not in pack.measures or key not in pack.document.clauses:
        raise Http404
    return pack.measures[key]


def _benefit(pack: Pack, key: str, name: str) -> Benefit:
    found = next((one for one in _measure(pack, key).benefits if one.key == name), None)
    if found is None:
        raise Http404
    return found
