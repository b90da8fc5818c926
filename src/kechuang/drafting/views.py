"""Pages of drafts: each parses, calls one action or query, and renders."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.drafting import actions, comparing, effect_pages, looking, queries, working
from kechuang.drafting.files import (
    MEASURE_FILE,
    SHARED,
    SOURCE,
    RefusedError,
    is_file_name,
    plain,
    refuse_bad,
    zipped,
)
from kechuang.drafting.forms import MOST_FILE, SIZES, EffectForm, FromPackForm, FromTextForm
from kechuang.drafting.models import Draft, Effect, Version
from kechuang.exchange.documents import KINDS
from kechuang.policy.encoding.loading import shipped_packs
from kechuang.reader.packs import pack_named
from kechuang.reader.templatetags.kechuang import language

View = Callable[..., HttpResponseBase]


def of_draft(view: View) -> View:
    """A page of one draft, which search engines leave alone."""

    @functools.wraps(view)
    def found(request: HttpRequest, draft_id: str, **named: Any) -> HttpResponseBase:
        response = view(request, queries.draft_at(draft_id), **named)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return found


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The two ways to begin, a text or a pack; a form with faults comes back with what to do."""
    by_text, by_pack = (
        FromTextForm(prefix="t"),
        FromPackForm(initial={"pack": settings.POLICY_PACK}, prefix="p"),
    )
    if request.method != "POST":
        return _start(request, by_text, by_pack)
    form: FromTextForm | FromPackForm
    if request.POST.get("way") == "pack":
        form = by_pack = FromPackForm(request.POST, prefix="p")
    else:
        form = by_text = FromTextForm(request.POST, request.FILES, prefix="t")
    if form.is_valid():
        try:
            return redirect("draft", _begun(form).id)
        except RefusedError as error:
            form.add_error(None, error.words.pick(language()))
    return _start(request, by_text, by_pack, 422)


def _begun(form: FromTextForm | FromPackForm) -> Draft:
    given = form.cleaned_data
    if isinstance(form, FromPackForm):
        return actions.start_from_pack(given["pack"], given["title"], given["pack_id"])
    file = given["file"]
    data, name = (file.read(), file.name) if file else (b"", "")
    return actions.start_from_text(given["text"], data, name, given["title"], given["pack_id"])


def _start(
    request: HttpRequest, by_text: FromTextForm, by_pack: FromPackForm, status: int = 200
) -> HttpResponse:
    shown = {
        "by_text": by_text,
        "by_pack": by_pack,
        "faulty": next((form for form in (by_text, by_pack) if form.errors), None),
        "packs": [pack_named(name) for name in shipped_packs()],
        "keep_days": settings.KEEP_DAYS,
        "most_bytes": MOST_FILE,
        "accepted": ",".join(KINDS),
    }
    return render(request, "drafting/start.html", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def overview(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Every measure with its state, the facts of the text; a POST gives the draft another title."""
    if request.method == "POST":
        actions.rename(draft, request.POST.get("title", ""))
        return redirect("draft", draft.id)
    version = queries.version_of(draft)
    shown = {
        **_frame(draft, version, "draft"),
        "rows": queries.measure_rows(version),
        "checked": version.check_result,
        "found": draft.found,
        "shared": [name for name in SHARED if name in version.files],
        "missing_shared": [name for name in SHARED if name not in version.files],
    }
    return render(request, "drafting/overview.html", shown)


def _frame(draft: Draft, version: Version, tab: str) -> dict[str, Any]:
    """What stands above every page of a draft."""
    return {"draft": draft, "version": version, "tab": tab, "keep_days": settings.KEEP_DAYS}


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def measure(request: HttpRequest, draft: Draft, key: str) -> HttpResponse:
    """The editor of one measure: text on the left, encoding on the right."""
    version = queries.version_of(draft)
    name = queries.measure_keys(version).get(key)
    if name is None:
        raise Http404
    return _editor(request, draft, version, name, key)


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def shared_file(request: HttpRequest, draft: Draft, name: str) -> HttpResponse:
    """The editor of the text, or of a file that all measures share."""
    if name not in SHARED:
        raise Http404
    return _editor(request, draft, queries.version_of(draft), name, "")


def _editor(request: HttpRequest, draft: Draft, version: Version, name: str, key: str) -> HttpResponse:
    files = queries.files_of(version)
    if request.method != "POST":
        return _edit(request, draft, version, files, (name, key))
    text = plain(request.POST.get("text", ""))
    mine = {**files, name: text}
    if request.POST.get("act") == "check":
        return _edit(request, draft, version, mine, (name, key), base=_number(request.POST.get("base")))
    try:
        actions.save(draft, name, text, _number(request.POST.get("base")), request.POST.get("note", ""))
    except actions.ConflictError as error:
        shown = {"theirs": error.theirs, "changes": comparing.of_lines(error.theirs, text), "status": 409}
        return _edit(request, draft, version, mine, (name, key), base=error.version, **shown)
    except RefusedError as error:
        return _edit(request, draft, version, mine, (name, key), refused=error.words, status=422)
    return redirect(f"{request.path}?saved=1")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


def _edit(
    request: HttpRequest,
    draft: Draft,
    version: Version,
    files: dict[str, str],
    which: tuple[str, str],
    **more: Any,
) -> HttpResponse:
    """The editor page. `which`: file and measure; `more` may have `base`, `status` and what a failed save shows."""
    name, key = which
    found: dict[str, Any] = {"late": False, "faults": []}
    if "refused" not in more:  # a text that is refused is not read either
        found = looking.look(files, draft.pack_id, name, language())
    shown = {
        **_frame(draft, version, ""),
        "name": name,
        "key": key,
        "text": files.get(name, ""),
        "base": version.number,
        "found": found,
        "diagnostics": looking.diagnostics(found),
        "saved": request.GET.get("saved") == "1" and request.method == "GET",
        "is_source": name == SOURCE,
        "candidates": draft.found.get("candidates", {}).get(key, []) if key else [],
        "is_measure": MEASURE_FILE.fullmatch(name) is not None,
        "question": _usual_question(draft),
        **(_neighbours(version, key) if key else {}),
        **more,
    }
    return render(request, "drafting/editor.html", shown, status=more.get("status", 200))


def _neighbours(version: Version, key: str) -> dict[str, Any]:
    """The measures before and after, and the heading and title of this one."""
    rows = [row for row in queries.measure_rows(version) if row.file]
    place = next((place for place, row in enumerate(rows) if row.key == key), None)
    if place is None:
        return {}
    return {
        "row": rows[place],
        "before": rows[place - 1] if place else None,
        "after": rows[place + 1] if place + 1 < len(rows) else None,
    }


@require_POST
@of_draft
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What the engine says of a file as it is being typed; nothing is saved."""
    name, text = request.POST.get("name", ""), plain(request.POST.get("text", ""))
    if not is_file_name(name):
        raise Http404
    version = queries.version_of(draft)
    files = {**queries.files_of(version), name: text}
    try:
        refuse_bad(files)
    except RefusedError as error:
        return JsonResponse({"refused": error.words.pick(language())}, status=422)
    found = looking.look(files, draft.pack_id, name, language())
    shown = {
        "found": found,
        "draft": draft,
        "version": version,
        "name": name,
        "is_measure": found.get("is_measure"),
    }
    parts = ("clause", "findings", "sentences", "examples")
    return JsonResponse(
        {
            "diagnostics": looking.diagnostics(found),
            **{part: render_to_string(f"drafting/_{part}.html", shown, request) for part in parts},
        }
    )


@require_POST
@of_draft
def add_measure(_request: HttpRequest, draft: Draft, key: str) -> HttpResponse:
    """A file for a clause without one, then its editor."""
    actions.add_measure(draft, key, queries.first_lines(queries.version_of(draft), key))
    return redirect("draft-measure", draft.id, key)


@require_safe
@of_draft
def versions(request: HttpRequest, draft: Draft) -> HttpResponse:
    """All versions, the newest first."""
    shown = {
        **_frame(draft, queries.version_of(draft), "draft-versions"),
        "versions": queries.versions(draft),
    }
    return render(request, "drafting/versions.html", shown)


@require_POST
@of_draft
def restore(_request: HttpRequest, draft: Draft, number: int) -> HttpResponse:
    """An old version once more as the newest."""
    try:
        actions.restore(draft, number)
    except Version.DoesNotExist:
        raise Http404 from None
    return redirect("draft-versions", draft.id)


@require_safe
@of_draft
def compare(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What changed between two versions: the words of the law, and the lines of its encoding."""
    after = queries.version_of(draft, _number(request.GET.get("to")) or None)
    before = queries.version_of(draft, _number(request.GET.get("from")) or max(after.number - 1, 1))
    shown = {
        **_frame(draft, queries.version_of(draft), "draft-versions"),
        "before": before,
        "after": after,
        "versions": queries.versions(draft),
        "unified": request.GET.get("as") == "unified",
        **comparing.of_versions(before, after),
    }
    return render(request, "drafting/compare.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def effects(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Ask what the newest version would cost; what has been asked before."""
    given = _usual_question(draft)
    form = EffectForm(request.POST) if request.method == "POST" else EffectForm(initial=given)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        made = working.start_effect(draft, chosen["against"], chosen["subjects"], chosen["on"])
        return redirect("draft-effect", draft.id, made.pk)
    shown = {
        **_frame(draft, queries.version_of(draft), "draft-effects"),
        "form": form,
        "packs": [pack_named(name) for name in shipped_packs()],
        "versions": [one for one in queries.versions(draft) if one.number != draft.current],
        "sizes": SIZES,
        "at_once": working.AT_ONCE,
        "asked": queries.effects(draft),
    }
    return render(request, "drafting/effects.html", shown, status=422 if form.errors else 200)


def _usual_question(draft: Draft) -> dict[str, Any]:
    """Against the pack that the draft began as (else the one in force), a small city, today."""
    against = draft.based_on or settings.POLICY_PACK
    return {"against": against, "subjects": working.AT_ONCE, "on": timezone.localdate().isoformat()}


@require_safe
@of_draft
def effect(request: HttpRequest, draft: Draft, number: int) -> HttpResponse:
    """What a version would cost; before that is known, how far the work is."""
    found = queries.effect_at(draft, number)
    polled = request.headers.get("HX-Target") == "progress"
    over = found.state in {Effect.State.DONE, Effect.State.FAILED}
    if polled and over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = {**_frame(draft, queries.version_of(draft), "draft-effects"), "effect": found}
    if found.state == Effect.State.DONE:
        shown |= effect_pages.shown(found, queries.clause_titles(shown["version"]), language())
    page = "drafting/effect.html" if over else f"drafting/{'_' if polled else ''}effect_progress.html"
    return render(request, page, shown)


@require_safe
@of_draft
def export(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The pack folder of a version as a ZIP file."""
    version = queries.version_of(draft, _number(request.GET.get("version")) or None)
    name = f"{draft.pack_id}-{version.number}.zip"
    return HttpResponse(
        zipped(queries.files_of(version), draft.pack_id),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def delete(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Ask once, then delete the draft for good."""
    if request.method != "POST":
        return render(request, "drafting/delete.html", {"draft": draft, "version": queries.version_of(draft)})
    actions.delete_draft(draft)
    return render(request, "drafting/deleted.html", {"start": reverse("draft-start")})
