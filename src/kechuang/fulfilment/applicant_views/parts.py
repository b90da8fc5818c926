"""The sections of an application, one page each. Every answer may be saved by itself, and all of them by the button."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kechuang.accounts.acting import acting
from kechuang.accounts.forms import refuse
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applying, sections, statements
from kechuang.fulfilment.applicant_forms import AccountForm, StatementForm
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.applicant_views.common import WRONG, filling_at, page
from kechuang.fulfilment.asking import FactSection
from kechuang.fulfilment.keeping import for_applicants, taken
from kechuang.fulfilment.projects import filling as filling_in
from kechuang.fulfilment.projects.applicant_forms import ConsortiumForm, ProposalForm
from kechuang.fulfilment.projects.supposing import need_of
from kechuang.policy.language.values import Words
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions as registry
from kechuang.registry.files import ACCEPTED
from kechuang.registry.forms import WAS, FactForm, fact_form, key_form
from kechuang.registry.keys import key_of
from kechuang.registry.saving import saved

Handler = Callable[[HttpRequest, Filling, str, QueryDict | None], HttpResponse]
_BEGUN: Final = Words(
    "您在添加栏里填了内容。有这类记录请按“添加”；没有请先清空再按“没有这类记录”。",
    "You have begun to add a record. If there is one, press Add; if there is none, empty the fields first.",
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def part(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """One section: shown, or saved."""
    filling = filling_at(request, number)
    if key not in sections.sections_of(filling.case):
        raise Http404
    if _refusal(request, filling, key) is not None:
        return _read_only(request, filling, key)
    return _HANDLERS.get(key, _facts)(
        request, filling, key, taken(request) if request.method != "POST" else None
    )


@require_POST
@for_applicants
def answer(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """Save one answer as soon as it is given; the line below it says what came of it, the side what it changes."""
    filling = filling_at(request, number)
    refused = _refusal(request, filling, key)
    if key not in filling.facts:
        raise Http404
    name = request.POST.get("question", "")
    asked = [one for one in filling.facts[key].asked if one.name == name]
    if not asked:
        raise Http404
    form = fact_form(asked, request.POST)
    problem = refused.words.pick(language()) if refused else ""
    if not problem and not (form.is_valid() and _facts_saved(request, filling, form, list(form.asked))):
        problem = " ".join(str(text) for texts in form.errors.values() for text in texts)
    now = filling_at(request, number)
    stands = next((one for one in now.facts[key].asked if one.name == name), None)
    shown = {"problem": problem, "filling": now, "at": filling.at, "key": key, "stands": stands}
    return render(request, "fulfilment/applicant/_answered.html", shown)


def _refusal(request: HttpRequest, filling: Filling, key: str) -> Refused | None:
    """Why the section may not be changed now."""
    try:
        applying.check_editable(filling.case, acting(request), key)
    except Refused as refused:
        return refused
    return None


def _read_only(request: HttpRequest, filling: Filling, key: str) -> HttpResponse:
    refused = _refusal(request, filling, key)
    shown = {**_frame(filling, key), "refused": refused, "section": filling.facts.get(key)}
    return page(request, "part_read", shown, WRONG if request.method == "POST" else 200)


def _frame(filling: Filling, key: str) -> dict[str, Any]:
    return {
        "filling": filling,
        "case": filling.case,
        "key": key,
        "title": sections.sections_of(filling.case)[key],
    }


def _onward(request: HttpRequest, filling: Filling, key: str) -> HttpResponse:
    """Where saving leads: to the next section with something to do, or back to the list or the check that sent one."""
    if request.POST.get("back") == "check":
        return redirect("case-check", filling.case.number)
    onward = (
        Filling(filling.case, filling.at, filling.language).next_part(key)
        if "onward" in request.POST
        else None
    )
    return (
        redirect("case-part", filling.case.number, onward.key)
        if onward
        else redirect("case", filling.case.number)
    )


# -- facts


def _facts(request: HttpRequest, filling: Filling, key: str, typed: QueryDict | None) -> HttpResponse:
    section = filling.facts[key]
    data = request.POST if request.method == "POST" else typed
    form, adding = fact_form(section.asked, data), key_form(key, data) if section.many else None
    if request.method == "POST":
        return _facts_taken(request, filling, section, form, adding)
    if typed is not None and typed.get("act") == "add" and not any(name.startswith(WAS) for name in typed):
        form = fact_form(
            section.asked
        )  # what was kept says nothing of the answers: they are shown as they stand
    elif typed is not None:
        form.shows_again(typed)
    return _facts_page(request, filling, form, adding=adding, kept=typed is not None)


def _facts_taken(
    request: HttpRequest, filling: Filling, section: FactSection, form: FactForm, adding: FactForm | None
) -> HttpResponse:
    """Whichever button was pressed, what was typed on the page is saved first, or shown again with what is wrong."""
    act, key = request.POST.get("act", ""), section.kind.name
    gone = act.removeprefix("remove:") if act.startswith("remove:") else None
    names = [name for name, one in form.asked.items() if one.key != gone]
    if form.errors.keys() & set(names) or not _facts_saved(request, filling, form, names):
        return _facts_page(request, filling, form, adding=adding)
    if gone is not None:
        registry.withdraw_record(filling.case.organisation, key, gone, actor=acting(request), at=filling.at)
    begun = adding is not None and (act == "add" or _has_typed(adding))
    if adding is not None and act == "none":
        _say_none(request, filling, key, adding)
    elif adding is not None and begun:
        _add_record(request, filling, key, adding)
    if adding is not None and adding.errors:
        now = filling_at(request, filling.case.number)
        return _facts_page(request, now, fact_form(now.facts[key].asked), adding=adding)
    if begun or gone is not None:
        return redirect("case-part", filling.case.number, key)
    return _onward(request, filling, key)


def _facts_saved(request: HttpRequest, filling: Filling, form: FactForm, names: Iterable[str]) -> bool:
    """Save what was answered and emptied; False, with the fault in the form, where that is refused."""
    return saved(form, filling.case.organisation, names, actor=acting(request), at=filling.at)


def _has_typed(adding: FactForm) -> bool:
    """Whether a new record was begun: also with what cannot be read."""
    return bool(adding.errors) or any(value is not None for value in adding.cleaned_data.values())


def _add_record(request: HttpRequest, filling: Filling, name: str, adding: FactForm) -> None:
    """A new record begins with what tells it from others; its other facts are asked then. Faults stand in the form."""
    if not adding.is_valid():
        return
    told = {one.field: one.value for one in adding.statements()}
    try:
        key = key_of(name, told)
        said = [registry.Statement(name, field, value, key) for field, value in told.items()]
        registry.state_many(filling.case.organisation, said, actor=acting(request), at=filling.at)
    except Refused as refused:
        place = next((place for place in adding.asked if place.endswith(f":{refused.field}")), None)
        adding.add_error(place, refused.words.pick(language()))


def _say_none(request: HttpRequest, filling: Filling, name: str, adding: FactForm) -> None:
    """Say that there is no such record; refused, in the form, to who has begun one."""
    if _has_typed(adding):
        adding.add_error(None, _BEGUN.pick(language()))
        return
    try:
        registry.state_none(filling.case.organisation, name, actor=acting(request), at=filling.at)
    except Refused as refused:
        adding.add_error(None, refused.words.pick(language()))


def _facts_page(
    request: HttpRequest,
    filling: Filling,
    form: FactForm,
    *,
    adding: FactForm | None,
    kept: bool = False,
) -> HttpResponse:
    key = request.resolver_match.kwargs["key"]  # type: ignore[union-attr]
    errors = _errors(form) + (_errors(adding) if adding else [])
    shown = {
        **_frame(filling, key),
        "section": filling.facts[key],
        "form": form,
        "adding": adding,
        "kept": kept,
        "errors": errors,
        "back": request.GET.get("back", request.POST.get("back", "")),
    }
    return page(request, "part_facts", shown, WRONG if errors and not kept else 200)


def _errors(form: Any) -> list[tuple[str, str]]:
    """Every error with the id of its field, for the summary."""
    found = []
    for name, texts in form.errors.items():
        place = "" if name == "__all__" else form.fields[name].widget.attrs.get("id") or f"f-{name}"
        found += [(place, text) for text in texts]
    return found


# -- documents, account, declaration


def _documents(request: HttpRequest, filling: Filling, key: str, _typed: QueryDict | None) -> HttpResponse:
    membership, case = acting(request), filling.case
    wrong: dict[str, list[str]] = {}
    if request.method == "POST":
        if number := request.POST.get(
            "take_out"
        ):  # files that were chosen beside it are taken in all the same
            document = get_object_or_404(case.documents, pk=number if number.isdecimal() else 0)
            applying.take_out(document, actor=membership, at=filling.at)
        for one in case.call.documents:
            for upload in request.FILES.getlist(f"files-{one['key']}"):
                try:
                    evidence = registry.keep_evidence(
                        upload, case.organisation, actor=membership, at=filling.at
                    )
                    applying.hand_in(case, one["key"], evidence, actor=membership, at=filling.at)
                except Refused as refused:
                    wrong.setdefault(one["key"], []).append(
                        f"{upload.name}：{refused.words.pick(language())}"
                    )
        if not wrong:
            again = "onward" not in request.POST
            return redirect("case-part", case.number, key) if again else _onward(request, filling, key)
        filling = filling_at(request, case.number)
    wanted = [
        {
            **one,
            "files": [file for file in filling.documents if file.key == one["key"]],
            "wrong": wrong.get(one["key"], []),
        }
        for one in case.call.documents
    ]
    shown = {**_frame(filling, key), "wanted": wanted, "errors": wrong, "accepted": ACCEPTED}
    return page(request, "part_documents", shown, WRONG if wrong else 200)


def _account(request: HttpRequest, filling: Filling, key: str, typed: QueryDict | None) -> HttpResponse:
    case = filling.case
    used = case.account
    initial = {
        "holder": used.holder if used else case.organisation.name,
        "bank": used.bank if used else "",
        "number": used.number if used else "",
    }
    form = AccountForm(request.POST if request.method == "POST" else typed, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            applying.state_account(case, **form.cleaned_data, actor=acting(request), at=filling.at)
            return _onward(request, filling_at(request, case.number), key)
        except Refused as refused:
            refuse(form, refused)
    return _form_page(request, "part_account", filling, form, kept=typed is not None)


def _statement(request: HttpRequest, filling: Filling, key: str, typed: QueryDict | None) -> HttpResponse:
    case, clauses = filling.case, statements.clauses_of(filling.case)
    agreed = bool(case.statement.get("agreed"))
    form = StatementForm(
        clauses,
        request.POST if request.method == "POST" else typed,
        initial=dict.fromkeys([c.key for c in clauses], agreed),
    )
    if request.method == "POST" and form.is_valid():
        try:
            applying.agree(case, agreed=True, actor=acting(request), at=filling.at)
            return _onward(request, filling_at(request, case.number), key)
        except Refused as refused:
            refuse(form, refused)
    return _form_page(request, "part_statement", filling, form, kept=typed is not None)


def _form_page(
    request: HttpRequest, name: str, filling: Filling, form: Any, *, kept: bool, **more: Any
) -> HttpResponse:
    key = request.resolver_match.kwargs["key"]  # type: ignore[union-attr]
    shown = {
        **_frame(filling, key),
        "form": form,
        "errors": [] if kept else _errors(form),
        "kept": kept,
        "back": request.GET.get("back", request.POST.get("back", "")),
        **more,
    }
    return page(request, name, shown, WRONG if request.method == "POST" else 200)


def _proposal(request: HttpRequest, filling: Filling, key: str, typed: QueryDict | None) -> HttpResponse:
    case, now = filling.case, filling.proposal
    initial = {"approach": now.approach, "asked_fen": now.asked_fen} if now else {}
    form = ProposalForm(request.POST if request.method == "POST" else typed, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            filling_in.propose(case, **form.cleaned_data, actor=acting(request), at=filling.at)
            return _onward(request, filling_at(request, case.number), key)
        except Refused as refused:
            refuse(form, refused)
    return _form_page(request, "part_proposal", filling, form, kept=typed is not None, need=need_of(case))


def _consortium(request: HttpRequest, filling: Filling, key: str, typed: QueryDict | None) -> HttpResponse:
    case = filling.case
    form = ConsortiumForm(
        request.POST if request.method == "POST" else typed, case=case, members=filling.members
    )
    if request.method == "POST" and form.is_valid():
        try:
            filling_in.name_members(case, form.stakes(), actor=acting(request), at=filling.at)
            return _onward(request, filling_at(request, case.number), key)
        except Refused as refused:
            refuse(form, refused)
    return _form_page(request, "part_consortium", filling, form, kept=typed is not None)


_HANDLERS: Final[dict[str, Handler]] = {
    sections.DOCUMENTS: _documents,
    sections.ACCOUNT: _account,
    sections.STATEMENT: _statement,
    sections.PROPOSAL: _proposal,
    sections.CONSORTIUM: _consortium,
}
