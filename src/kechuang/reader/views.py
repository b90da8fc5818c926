"""Pages of the policy itself: its measures, what each gives, on which conditions and words."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Measure, Pack
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader import queries
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import language


@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """All measures and safeguards under the headings of the document."""
    pack = pack_in_force()
    shown = {"pack": pack, "sections": queries.sections(pack), "counts": queries.counts(pack)}
    return render(request, "reader/measures.html", shown)


@require_safe
def measure(request: HttpRequest, key: str) -> HttpResponse:
    """One measure: its words, its benefits, its duties."""
    pack = pack_in_force()
    found, keys = _measure(pack, key), list(pack.measures)
    place = keys.index(key)
    shown = {
        "measure": found,
        "clause": pack.document.clauses[key],
        "section": queries.section_of(pack, key),
        "parts": parts_of(bind(pack, timezone.localdate()), language()),
        "before": pack.measures[keys[place - 1]] if place else None,
        "after": pack.measures[keys[place + 1]] if place + 1 < len(keys) else None,
    }
    return render(request, "reader/measure.html", shown)


@require_safe
def benefit(request: HttpRequest, key: str, benefit: str) -> HttpResponse:
    """One benefit: conditions and amount as sentences, each with the words that say so; readings; evidence."""
    pack, today = pack_in_force(), timezone.localdate()
    found = next((one for one in _measure(pack, key).benefits if one.key == benefit), None)
    if found is None:
        raise Http404
    bound = bind(pack, today)
    shown = {
        "measure": pack.measures[key],
        "benefit": found,
        "parts": parts_of(bound, language())[found.id],
        "parameters": queries.parameters(pack, found, language()),
        "readings": queries.readings(pack, parts_of(bound, language())[found.id], found),
        "clause": pack.document.clauses[key],
        "on": today,
    }
    return render(request, "reader/benefit.html", shown)


def _measure(pack: Pack, key: str) -> Measure:
    if key not in pack.measures:
        raise Http404
    return pack.measures[key]
