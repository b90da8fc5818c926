"""Registering an organisation: its code, what it is, who registers. One page each; what was typed is kept on the way.

Nothing on the way says whether a code or a mail address is known here.
"""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kechuang.accounts import actions, codes, counting
from kechuang.accounts.acting import CHOSEN
from kechuang.accounts.forms import OrganisationForm, PersonForm, UsccForm, said, sent
from kechuang.accounts.models import Claim, Membership, User
from kechuang.accounts.refusals import Refused
from kechuang.journal import clock
from kechuang.reader.packs import pack_in_force

KEPT: Final = "registering"  # in the session: what was typed so far
MOST: Final = 20  # registrations from one address in 15 minutes


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The code."""
    form = UsccForm(sent(request), initial=_typed(request))
    if request.method == "POST" and form.is_valid():
        _keep(request, form.cleaned_data)
        return redirect("register-organisation")
    return render(request, "accounts/register_code.html", {"form": form}, status=_status(form))


@require_safe
def check_code(request: HttpRequest) -> HttpResponse:
    """While one types: what is wrong with the code, or that it is right. Asks no database."""
    text = request.GET.get("uscc", "")[:64]
    fault = codes.fault_of(text)
    return render(request, "accounts/_code.html", {"fault": fault and said(fault), "empty": not text.strip()})


@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Name, kind and district."""
    typed = _typed(request)
    if "uscc" not in typed:
        return redirect("register")
    form = OrganisationForm(sent(request), initial=typed, on=clock.today())
    if request.method == "POST" and form.is_valid():
        _keep(request, form.cleaned_data)
        return redirect("register-person")
    return render(
        request, "accounts/register_organisation.html", {"form": form, "typed": typed}, status=_status(form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest) -> HttpResponse:
    """Who registers, unless signed in; what will be registered stands beside it. Then it is done."""
    typed = _typed(request)
    if not {"uscc", "name", "kind", "district"} <= set(typed):
        return redirect("register")
    stranger = not request.user.is_authenticated
    form = PersonForm(sent(request)) if stranger else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _register(request, typed, form)
        except Refused as refused:
            if form is None:
                raise
            form.add_error(refused.field or None, said(refused.words))
    kind = pack_in_force().vocabulary.codes["subject_kind"][typed["kind"]]
    shown = {"form": form, "typed": typed, "kind": kind}
    return render(request, "accounts/register_person.html", shown, status=_status(form))


def _register(request: HttpRequest, typed: dict[str, str], form: PersonForm | None) -> HttpResponse:
    at = clock.now()
    address = get_adapter().get_client_ip(request)
    if not counting.try_once(f"register from {address}", most=MOST, at=at):
        raise Refused("登记次数过多。请 15 分钟后再试。", "Too many registrations. Try again in 15 minutes.")
    with transaction.atomic():
        user: Any = actions.enrol(**form.cleaned_data, at=at) if form else request.user
        done = actions.register(**typed, user=user, at=at)
    request.session.pop(KEPT, None)
    if form:
        sign_in_new(request, user, form.cleaned_data["password"])
    if isinstance(done, Membership):
        request.session[CHOSEN] = done.pk
    return redirect("registered")


def sign_in_new(request: HttpRequest, user: User, password: str) -> None:
    """Sign in who has just made an account; the session gets a new key."""
    known = authenticate(request, username=user.username, password=password)
    record_authentication(request, known, "password", username=user.username)
    get_adapter().login(request, known)


@require_safe
def registered(request: HttpRequest) -> HttpResponse:
    """What came of it: one may act at once, or somebody must confirm first."""
    if not request.user.is_authenticated:
        return redirect("register")
    waiting = Claim.objects.filter(user=request.user, decided_at=None).select_related("organisation").last()
    return render(request, "accounts/registered.html", {"claim": waiting})


def _typed(request: HttpRequest) -> dict[str, str]:
    found: dict[str, str] = request.session.get(KEPT, {})
    return found


def _keep(request: HttpRequest, more: dict[str, str]) -> None:
    request.session[KEPT] = {**_typed(request), **more}


def _status(form: Any) -> int:
    return 422 if form is not None and form.errors else 200
