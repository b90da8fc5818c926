"""Pages of the document: the text with its marks, the phrase clicked, search, versions, papers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kechuang.policy.encoding.citations import segments_of
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.encoding.trace import KINDS, trace
from kechuang.reader import actions, comparing, papers, searching
from kechuang.reader.marked import shown_document
from kechuang.reader.packs import address_of, pack_shown, packs_listed
from kechuang.reader.phrases import KIND_WORDS, anchor_of, phrase_at, phrase_of
from kechuang.reader.templatetags.kechuang import language
from kechuang.reader.tongues import with_tongues

HITS: Final = 60  # shown of a search unless all are asked for


@require_safe
def document(request: HttpRequest, pack: str | None = None) -> HttpResponse:
    """The document as published, each word that is encoded marked."""
    shown = pack_shown(pack)
    body = document_body(shown, language(), timezone.localdate())
    return render(request, "reader/document.html", {"pack": shown, "body": body, "packs": packs_listed()})


@lru_cache(maxsize=16)
def document_body(pack: Pack, of_language: str, on: date) -> str:
    """Contents, text and legend as HTML, made once a day for each pack and language; the language is active."""
    report = trace(pack)
    cited = {
        one.kind for segments in segments_of(pack).values() for each in segments for one in each.citations
    }
    context = {
        "pack": pack,
        "document": pack.document,
        "shown": shown_document(pack, of_language, on),
        "legend": [(kind, word.pick(of_language)) for kind, word in KIND_WORDS.items() if kind in cited],
        "counts": {kind.replace(" ", "_"): report.counts(kind)["found"] for kind in KINDS},
        "on": on,
    }
    return with_tongues(render_to_string("reader/_document.html", context), of_language)


@require_safe
def anchor(_request: HttpRequest, anchor: str, pack: str | None = None) -> HttpResponse:
    """The permanent address of a clause or sentence leads to its place in the text."""
    shown = pack_shown(pack)
    if anchor not in shown.document.anchors:
        raise Http404
    return redirect(f"{address_of(shown, 'policy')}#{anchor}")


@require_safe
def phrase(request: HttpRequest, place: str, pack: str | None = None) -> HttpResponse:
    """What the pack says of marked words: a fragment for the panel beside the text, else a page of its own."""
    shown, on = pack_shown(pack), timezone.localdate()
    found = phrase_at(shown, place)
    if found is None:
        raise Http404
    body = phrase_body(shown, language(), on, place)
    if request.headers.get("HX-Request"):
        response = HttpResponse(body)
    else:
        sentence = shown.document.anchors.get(anchor_of(shown, found))
        context = {"pack": shown, "words": found.text, "place": place, "sentence": sentence, "body": body}
        response = render(request, "reader/phrase.html", context)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


@lru_cache(maxsize=4096)
def phrase_body(pack: Pack, of_language: str, on: date, place: str) -> str:
    """All that is said of marked words as HTML; the language is active."""
    context = {"pack": pack, "phrase": phrase_of(pack, place, of_language, on)}
    return with_tongues(render_to_string("reader/_phrase.html", context), of_language)


@require_safe
def search(request: HttpRequest, pack: str | None = None) -> HttpResponse:
    """Everything in the document and its encoding that holds the words asked for."""
    shown, query = pack_shown(pack), request.GET.get("q", "").strip()[: searching.LONGEST]
    hits = hits_body(shown, language(), timezone.localdate(), query, every=bool(request.GET.get("all")))
    if request.headers.get("HX-Request"):
        response = HttpResponse(hits)
    else:
        response = render(request, "reader/search.html", {"pack": shown, "query": query, "hits": hits})
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


@lru_cache(maxsize=256)
def hits_body(pack: Pack, of_language: str, on: date, query: str, *, every: bool) -> str:
    """What a search finds as HTML; the language is active."""
    found = searching.search(pack, query, of_language, on)
    hits = found.hits if every else found.hits[:HITS]
    context = {"pack": pack, "found": found, "hits": hits}
    return with_tongues(render_to_string("reader/_hits.html", context), of_language)


@require_safe
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack of this site with its validity."""
    body = render_to_string("reader/_packs.html", {"packs": packs_listed(), "on": timezone.localdate()})
    context = {"title": _("政策包"), "body": with_tongues(body, language())}
    return render(request, "reader/page.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two packs side by side; the one in force beside the next one unless the address names others."""
    listed = packs_listed()
    before = pack_shown(request.GET.get("a") or None)
    after = pack_shown(
        request.GET.get("b") or next((one.id for one in listed if one.id != before.id), before.id)
    )
    context = {
        "packs": listed,
        "before": before,
        "after": after,
        "compared": comparing.compared(before, after, language()),
        "every": bool(request.GET.get("all")),
    }
    body = with_tongues(render_to_string("reader/_compare.html", context), language())
    return render(request, "reader/page.html", {"title": _("版本对照"), "body": body})


@require_safe
def document_paper(request: HttpRequest, pack: str | None = None) -> HttpResponse | FileResponse:
    """The document as PDF."""
    return _paper(request, pack_shown(pack), papers.WHOLE)


@require_safe
def measure_paper(request: HttpRequest, key: str, pack: str | None = None) -> HttpResponse | FileResponse:
    """A measure as PDF."""
    shown = pack_shown(pack)
    if key not in shown.measures:
        raise Http404
    return _paper(request, shown, key)


def _paper(request: HttpRequest, pack: Pack, what: str) -> HttpResponse | FileResponse:
    """The file when it is written; else it is written in the background, and a page waits for it."""
    on = timezone.localdate()
    file = papers.paper_file(pack, what, language(), on)
    name = f"{pack.id}.pdf" if what == papers.WHOLE else f"{pack.id}-{what}.pdf"
    if file.exists():
        return FileResponse(file.open("rb"), filename=name, content_type="application/pdf")
    back = address_of(pack, "policy") if what == papers.WHOLE else address_of(pack, "measure", key=what)
    failed = papers.taken_failure(file)
    if failed:
        return render(request, "reader/paper_failed.html", {"words": failed, "back": back}, status=503)
    actions.order_paper(pack, what, language(), on)
    return render(request, "reader/paper_waiting.html", {"back": back, "pack": pack}, status=202)
