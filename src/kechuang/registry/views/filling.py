"""An organisation fills in its own facts: question by question, or as a workbook; and uploads evidence."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS
from kechuang.exchange.intake import UnusableFileError
from kechuang.journal import clock
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, load_vocabulary
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions, keys, queries, showing, workbooks
from kechuang.registry.forms import FactForm, fact_form, key_form
from kechuang.registry.saving import saved
from kechuang.registry.showing import ShownRecord
from kechuang.registry.values import plain_of
from kechuang.registry.views.common import attached


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*APPLICANTS)
def record(request: HttpRequest, record: str) -> HttpResponse:
    """One record: what the city knows, and the questions that are left. `key` in the address names the record."""
    kind, key = _kind(record), request.GET.get("key", "")
    if bool(key) != (kind.name != SUBJECT):
        raise Http404
    membership = acting(request)
    known, asked = showing.asked_of(membership.organisation_id, record, key, clock.now())
    form = fact_form(asked, request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {"kind": kind, "record": ShownRecord(kind, key), "known": known, "key": key}
    if request.method != "POST":
        return render(request, "registry/fill.html", {**shown, **_questions(form)})
    only = request.POST.get("only", "")
    if only:
        return _save_one(request, form, only)
    if form.is_valid() and _saved(request, form, list(form.asked)):
        return redirect("organisation")
    return render(request, "registry/fill.html", {**shown, **_questions(form)}, status=422)


def _questions(form: FactForm) -> dict[str, Any]:
    """The form, and each question with the value that it shows."""
    pairs: list[dict[str, Any]] = [
        {"field": form[name], "asked": asked, "name": name} for name, asked in form.asked.items()
    ]
    return {"form": form, "questions": pairs}


def _save_one(request: HttpRequest, form: FactForm, name: str) -> HttpResponse:
    """Save the one question that was just answered; the answer is that question anew, with what became of it."""
    if name not in form.asked:
        raise Http404
    form.full_clean()
    done = name not in form.errors and _saved(request, form, [name])
    question = next(one for one in _questions(form)["questions"] if one["name"] == name)
    if done:
        form.fields[name].was = json.dumps(plain_of(form.cleaned_data.get(name)))  # type: ignore[attr-defined]
    shown = {"question": question, "saved": clock.now() if done else None}
    return render(request, "registry/_question.html", shown)


def _saved(request: HttpRequest, form: FactForm, names: list[str]) -> bool:
    """Save what was changed among these questions; False, with the fault in the form, where that is refused."""
    membership = acting(request)
    return saved(form, membership.organisation, names, actor=membership, at=clock.now())


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*APPLICANTS)
def add(request: HttpRequest, record: str) -> HttpResponse:
    """A new record: first what tells it from others."""
    kind, membership = _kind(record), acting(request)
    if kind.name == SUBJECT:
        return redirect("fill", SUBJECT)
    form = key_form(record, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = {one.field: one.value for one in form.statements()}
        try:
            key = keys.key_of(record, told)
            known = queries.facts_known(membership.organisation_id, clock.now()).filter(
                record=record, key=key
            )
            said = [actions.Statement(record, name, value, key) for name, value in told.items()]
            if not known.exists():
                actions.state_many(membership.organisation, said, actor=membership, at=clock.now())
            return redirect(f"{reverse('fill', args=[record])}?{urlencode({'key': key})}")
        except Refused as refused:
            name = next((name for name in form.asked if name.endswith(f":{refused.field}")), None)
            form.add_error(name, refused.words.pick(language()))
    shown = {"kind": kind, **_questions(form)}
    return render(request, "registry/add.html", shown, status=422 if request.method == "POST" else 200)


@require_POST
@as_role(*APPLICANTS)
def none(request: HttpRequest, record: str) -> HttpResponse:
    """Say that one's organisation has no record of a kind."""
    membership = acting(request)
    try:
        actions.state_none(membership.organisation, _kind(record).name, actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=422)
    return redirect("organisation")


@require_safe
@as_role(*APPLICANTS)
def own_workbook(request: HttpRequest, language: str) -> HttpResponseBase:
    """The workbook with what is known of one's organisation, to be filled in further."""
    if language not in {"zh", "en"}:
        raise Http404
    return workbook_of(acting(request).organisation, language)


def workbook_of(organisation: Organisation, language: str) -> FileResponse:
    """What is known of an organisation now, as the workbook that it fills in further."""
    name = "本单位事实.xlsx" if language == "zh" else "kechuang-facts.xlsx"
    return attached(lambda file: workbooks.write(file, organisation, clock.now(), language), name)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*APPLICANTS)
def from_workbook(request: HttpRequest) -> HttpResponse:
    """Facts of one's organisation as a workbook; what the city knows better is left as it is, and told."""
    if request.method != "POST":
        return render(request, "registry/workbook.html")
    upload = request.FILES.get("file")
    membership = acting(request)
    try:
        if upload is None:
            raise Refused("请选择填好的工作簿。", "Choose the workbook that you filled in.", "file")  # noqa: TRY301
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
            for part in upload.chunks():
                file.write(part)
            file.flush()
            taken = workbooks.take(Path(file.name), membership, clock.now())
    except (Refused, UnusableFileError) as refused:
        return render(request, "registry/workbook.html", {"refused": refused.words}, status=422)
    return render(request, "registry/workbook.html", {"taken": taken}, status=422 if taken.faults else 200)


@require_POST
@as_role(*APPLICANTS)
def upload(request: HttpRequest) -> HttpResponse:
    """A file that proves something."""
    given: UploadedFile[bytes] | None = request.FILES.get("file")
    membership = acting(request)
    try:
        if given is None:
            raise Refused("请选择要上传的材料。", "Choose the file to upload.", "file")  # noqa: TRY301
        kept = actions.keep_evidence(given, membership.organisation, actor=membership, at=clock.now())
    except Refused as refused:
        return render(request, "registry/refused.html", {"refused": refused.words}, status=422)
    return redirect(f"{reverse('organisation')}?kept={kept.pk}#evidence")


def _kind(record: str) -> RecordKind:
    kind = load_vocabulary().records.get(record)
    if kind is None:
        raise Http404
    return kind
