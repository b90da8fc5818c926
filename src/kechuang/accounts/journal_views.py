"""The journal for auditors and operators: who did what when, as pages and files; webhooks; what did not arrive."""

from __future__ import annotations

from typing import Final

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts import journal_files
from kechuang.accounts.acting import ActingRequest, as_role
from kechuang.accounts.forms import JournalFilterForm, WebhookForm, sent
from kechuang.accounts.queries import deliveries_seen_by, events_seen_by, may_be_recused
from kechuang.accounts.roles import Role
from kechuang.journal import actions, clock, queries, statements
from kechuang.journal.models import Webhook
from kechuang.reader.paging import paged

MOST_LISTED: Final = 10_000  # to count millions of events would take longer than anybody pages through them


@require_safe
@as_role(Role.AUDITOR, Role.OPERATOR)
def journal(request: ActingRequest) -> HttpResponse:
    """Events that fit the filters in the address, the newest first."""
    form, chosen = _chosen(request)
    reader = request.membership
    count = events_seen_by(reader, chosen)[:MOST_LISTED].count()
    seldom = chosen != queries.Filters() or may_be_recused(
        reader
    )  # what is looked for, or kept from somebody
    found = statements.Pages(None if seldom else "journal", lambda: events_seen_by(reader, chosen))
    shown = {
        "form": form,
        **paged(request, found, count, rows=30),  # each with what the event says
        "address": request.GET.urlencode(),
        "most": journal_files.MOST_EXPORTED,
        "most_listed": MOST_LISTED,
    }
    return render(request, "accounts/journal.html", shown, status=422 if form.errors else 200)


def _chosen(request: ActingRequest) -> tuple[JournalFilterForm, queries.Filters]:
    form = JournalFilterForm(request.GET)
    form.is_valid()
    given = {key: value for key, value in form.cleaned_data.items() if value}
    return form, queries.Filters(**given)


@require_safe
@as_role(Role.AUDITOR, Role.OPERATOR)
def export(request: ActingRequest, form: str) -> HttpResponseBase:
    """The same events as a file; who took it is an event itself."""
    _form, chosen = _chosen(request)
    at = clock.now()
    file = journal_files.taken_by(request.membership, chosen, form, at)
    name = f"kechuang-journal-{localtime(at):%Y%m%d-%H%M}.{form}"
    return FileResponse(file, as_attachment=True, filename=name)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR)
def webhooks(request: ActingRequest) -> HttpResponse:
    """Addresses that are told of events; a new one's secret is shown in the answer and never again."""
    form, secret = WebhookForm(sent(request)), ""
    if request.method == "POST" and form.is_valid():
        made = actions.add_webhook(
            **form.cleaned_data, organisation_id=None, actor=request.membership, at=clock.now()
        )
        form, secret = WebhookForm(), made.secret
    shown = {"form": form, "secret": secret, "webhooks": queries.webhooks()}
    return render(request, "accounts/webhooks.html", shown, status=422 if form.errors else 200)


@require_POST
@as_role(Role.OPERATOR)
def switch_webhook(request: ActingRequest, number: int) -> HttpResponse:
    """Stop telling an address, or begin again."""
    webhook = get_object_or_404(Webhook, pk=number)
    actions.switch_webhook(webhook, active="resume" in request.POST, actor=request.membership, at=clock.now())
    return redirect("webhooks")


@require_safe
@as_role(Role.OPERATOR)
def deliveries(request: ActingRequest) -> HttpResponse:
    """What did not arrive, and why."""
    shown = paged(request, deliveries_seen_by(request.membership), rows=30)
    return render(request, "accounts/deliveries.html", shown)


@require_POST
@as_role(Role.OPERATOR)
def try_again(request: ActingRequest, number: int) -> HttpResponse:
    """Begin anew with something that was given up."""
    found = get_object_or_404(deliveries_seen_by(request.membership), pk=number)
    actions.try_again(found, actor=request.membership, at=clock.now())
    return redirect("deliveries")
