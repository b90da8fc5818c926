"""Pages of the offices: overlaps, selected partners, letters, and the dated series."""

from __future__ import annotations

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.exchange.paper import PaperError
from kechuang.finance import letters, overlaps, partners, queries, rules, series
from kechuang.finance.forms import LetterForm, OverlapForm, PartnerForm
from kechuang.journal import clock
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language

SEE_ALL: Final = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)
SEE_LETTERS: Final = (*SEE_ALL, Role.MANAGER, Role.CLERK)
SEE_SERIES: Final = tuple(sorted(rules.SEE_SERIES))
MOST_BYTES: Final = 200_000


@require_safe
@as_role(*SEE_ALL)
def overlap_list(request: HttpRequest) -> HttpResponse:
    """Pairs of lines that may be the same support twice: those that wait, or those decided."""
    decided = "decided" in request.GET
    membership = acting(request)
    shown = {
        **paged(request, queries.overlaps_seen(membership, decided=decided)),
        "decided": decided,
        "waiting": queries.overlaps_seen(membership, decided=False).count(),
    }
    return render(request, "finance/overlaps.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SEE_ALL)
def overlap(request: HttpRequest, number: int) -> HttpResponse:
    """One pair side by side, and what is decided on it."""
    membership = acting(request)
    found = queries.overlap_at(number, membership)
    decides = membership.role == Role.OFFICER and not found.decision
    form = OverlapForm(request.POST or None)
    shown = {
        "overlap": found,
        "lines": queries.shown_lines([found.first, found.second]),
        "decides": decides,
        "form": form,
    }
    if request.method != "POST":
        return render(request, "finance/overlap.html", shown)
    if membership.role != Role.OFFICER:
        raise Http404
    if not form.is_valid():
        return render(request, "finance/overlap.html", shown, status=422)
    given = form.cleaned_data
    try:
        overlaps.decide(found, given["decision"], given["reason"], actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("overlap", number)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SEE_ALL)
def partner_list(request: HttpRequest) -> HttpResponse:
    """The selected banks and insurers; an officer of the measure's department names them."""
    membership = acting(request)
    names = partners.may_name(membership)
    form = PartnerForm(request.POST or None)
    shown = {"partners": queries.partners(membership), "names": names, "form": form}
    if request.method != "POST":
        return render(request, "finance/partners.html", shown)
    if form.is_valid():
        try:
            with transaction.atomic():
                partners.name(**form.cleaned_data, actor=membership, at=clock.now())
        except Refused as refused:
            form.add_error(refused.field or None, refused.words.pick(language()))
        except IntegrityError:
            form.add_error("since", _("这家机构从这一天起已在名单上。"))
        else:
            return redirect("partners")
    return render(request, "finance/partners.html", shown, status=422)


@require_POST
@as_role(Role.OFFICER)
def partner_end(request: HttpRequest, number: int) -> HttpResponse:
    """A partner's last day is today."""
    found = queries.partners(acting(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    try:
        partners.end(found, actor=acting(request), on=clock.today(), at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("partners")


@require_safe
@as_role(*SEE_LETTERS)
def letter_list(request: HttpRequest) -> HttpResponse:
    """Letters: one's own that are issued, or all for departments."""
    membership = acting(request)
    pages = paged(request, queries.letters(membership))
    shown = {
        **pages,
        "rows": [(one, letters.benefit_of(one)) for one in pages["page"]],
        "writes": membership.role == Role.OFFICER,
    }
    return render(request, "finance/letters.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def letter_new(request: HttpRequest) -> HttpResponse:
    """Prepare a letter from what the engine says now."""
    choices = [(one.id, f"{one.measure} {one.title.pick(language())}") for one in letters.benefits()]
    begun = {"year": clock.today().year - 1, "benefit": request.GET.get("benefit", "")}
    form = LetterForm(request.POST or None, benefits=choices, initial=begun)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = letters.prepare(
                given["benefit"],
                given["organisation"],
                given["year"],
                actor=acting(request),
                on=clock.today(),
                at=clock.now(),
                loan=given["loan"],
            )
        except Refused as refused:
            form.add_error(refused.field or None, refused.words.pick(language()))
        else:
            return redirect("letter", found.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "finance/letter_new.html", {"form": form}, status=status)


@require_safe
@as_role(*SEE_LETTERS)
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """One letter, with what it rests on."""
    membership = acting(request)
    found = queries.letter_at(number, membership)
    prepared = found.state == found.State.PREPARED and membership.organisation_id == found.department_id
    benefit = letters.benefit_of(found)
    shown = {
        "letter": found,
        "benefit": benefit,
        "kind": letters.kind_of(benefit),
        "told": found.words[language()],
        "issues": prepared and membership.role == Role.DECIDER,
        "discards": prepared and membership.role in {Role.OFFICER, Role.DECIDER},
    }
    return render(request, "finance/letter.html", shown)


@require_POST
@as_role(Role.OFFICER, Role.DECIDER)
def letter_act(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """Issue or discard a letter."""
    found = queries.letter_at(number, acting(request))
    try:
        {"issue": letters.issue, "discard": letters.discard}[act](
            found, actor=acting(request), at=clock.now()
        )
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=409)
    return redirect("letter", number)


@require_safe
@as_role(*SEE_LETTERS)
def letter_paper(request: HttpRequest, number: int) -> HttpResponse:
    """The letter as PDF."""
    found = queries.letter_at(number, acting(request))
    try:
        data = letters.paper(found, language())
    except PaperError as error:
        return render(request, "registry/refused.html", {"refused": error.words}, status=503)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"'.replace("函", "H")}
    return HttpResponse(data, content_type="application/pdf", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*SEE_SERIES)
def series_page(request: HttpRequest) -> HttpResponse:
    """The months of the LPR: what counts, what it superseded, since when it is known; an operator loads more."""
    membership = acting(request)
    shown: dict[str, Any] = {
        "quotes": series.shown(clock.today())[:120],
        "loads": membership.role == Role.OPERATOR,
        "given": request.POST,
    }
    if request.method != "POST":
        return render(request, "finance/series.html", shown)
    upload = request.FILES.get("file")
    try:
        if membership.role != Role.OPERATOR:
            raise Refused("报价由系统管理员载入。", "Quotes are loaded by an operator.")  # noqa: TRY301
        if upload is None or (upload.size or 0) > MOST_BYTES:
            raise Refused(  # noqa: TRY301
                "请选择 CSV 文件（不超过 200 KB）。", "Choose a CSV file of at most 200 KB.", "file"
            )
        series.load(upload.read(), request.POST.get("source", ""), actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "finance/series.html", {**shown, "refused": refused}, status=422)
    return redirect("series")
