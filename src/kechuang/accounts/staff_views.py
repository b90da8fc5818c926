"""What operators do for the offices: staff, claims, offices; and the staff sessions in which they and auditors work."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts import actions, people, queries, staff
from kechuang.accounts.acting import ActingRequest, as_role, has_factor
from kechuang.accounts.forms import OfficeForm, SessionForm, StaffForm, said, sent
from kechuang.accounts.models import Claim, Membership, StaffSession, User
from kechuang.accounts.people_views import contact_page, show_invitation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.accounts.views import own_path
from kechuang.journal import clock
from kechuang.reader.paging import paged

MOST_CLAIMS: Final = 50


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR, Role.AUDITOR, unbounded=True)
def session(request: ActingRequest) -> HttpResponse:
    """Begin a staff session: why, and for how long; then on to where one came from."""
    to = own_path(request.POST.get("next", "") or request.GET.get("next", ""))
    form = SessionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            staff.begin(**form.cleaned_data, actor=request.membership, at=clock.now())
        except Refused as refused:
            form.add_error(refused.field or None, said(refused.words))
        else:
            return redirect(to or ("staff" if request.membership.role == Role.OPERATOR else "journal"))
    shown = {"form": form, "next": to, "past": _past(request.membership)}
    return render(request, "accounts/session.html", shown, status=422 if form.errors else 200)


def _past(membership: Membership) -> QuerySet[StaffSession]:
    return membership.staff_sessions.order_by("-id")[:10]


@require_POST
@as_role(Role.OPERATOR, Role.AUDITOR, unbounded=True)
def end_session(request: ActingRequest) -> HttpResponse:
    """End the staff session under way."""
    staff.finish(actor=request.membership, at=clock.now())
    return redirect("account")


@require_safe
@as_role(Role.OPERATOR)
def everybody(request: ActingRequest) -> HttpResponse:
    """All staff of all offices."""
    words = request.GET.get("q", "").strip()[:100]
    shown = {
        **paged(request, queries.staff(words)),
        "q": words,
        "claims_count": queries.claims_open().count(),
    }
    return render(request, "accounts/staff.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR)
def add(request: ActingRequest) -> HttpResponse:
    """Give somebody a role in an office: at once by user name, by invitation to an email address."""
    form = StaffForm(sent(request), offices=queries.offices(), on=clock.today())
    if request.method == "POST" and form.is_valid():
        try:
            return _give(request, form)
        except Refused as refused:
            form.add_error(refused.field or None, said(refused.words))
    return render(request, "accounts/staff_add.html", {"form": form}, status=422 if form.errors else 200)


def _give(request: ActingRequest, form: StaffForm) -> HttpResponse:
    given, actor, at = form.cleaned_data, request.membership, clock.now()
    organisation, role, scope = given["organisation"], Role(given["role"]), given["scope"]
    if "@" in given["who"]:
        found = actions.invite(organisation, role, given["who"], scope=scope, actor=actor, at=at)
        return show_invitation(request, *found)
    user = User.objects.filter(username=given["who"].lower(), is_active=True).first()
    if user is None:
        raise Refused(
            "没有这个用户名。请核对，或写邮箱发出邀请。",
            "Nobody has this user name. Check it, or give an email address to invite.",
            "who",
        )
    actions.grant(user, organisation, role, scope=scope, actor=actor, at=at)
    return redirect("staff")


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR)
def add_office(request: ActingRequest) -> HttpResponse:
    """Set up an office of the city."""
    form = OfficeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_office(**form.cleaned_data, actor=request.membership, at=clock.now())
        except Refused as refused:
            form.add_error(refused.field or None, said(refused.words))
        else:
            return redirect("staff-add")
    return render(request, "accounts/office_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR)
def contact(request: ActingRequest, number: int) -> HttpResponse:
    """How any office is reached."""
    return contact_page(request, get_object_or_404(queries.offices(), pk=number), back=reverse("staff"))


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OPERATOR)
def end(request: ActingRequest, number: int) -> HttpResponse:
    """Ask once, then end somebody's role in an office."""
    membership = queries.staff().filter(pk=number).first()
    if membership is None:
        raise Http404
    shown = {"one": membership, "back": reverse("staff")}
    if request.method == "POST":
        try:
            actions.end(membership, actor=request.membership, at=clock.now())
        except Refused as refused:
            return render(request, "accounts/end.html", {**shown, "refused": refused.words}, status=409)
        return redirect("staff")
    return render(request, "accounts/end.html", shown)


@require_POST
@as_role(Role.OPERATOR)
def switch_person(request: ActingRequest, number: int) -> HttpResponse:
    """Shut a person out of the site, or let them in again."""
    user = get_object_or_404(User, pk=number)
    act = people.let_in if "let_in" in request.POST else people.shut_out
    try:
        act(user, actor=request.membership, at=clock.now())
    except Refused as refused:
        return render(request, "accounts/refused.html", {"refused": refused.words}, status=409)
    return redirect("staff-person", number)


@require_POST
@as_role(Role.OPERATOR)
def help_person(request: ActingRequest, number: int) -> HttpResponse:
    """Let a person in who has forgotten the password, or lost the second factor."""
    user = get_object_or_404(User, pk=number)
    if "factors" in request.POST:
        people.forget_factors(user, actor=request.membership, at=clock.now())
        return redirect("staff-person", number)
    path = people.offer_password(user, actor=request.membership, at=clock.now())
    return _person(request, user, address=request.build_absolute_uri(path))


@require_safe
@as_role(Role.OPERATOR)
def person(request: ActingRequest, number: int) -> HttpResponse:
    """One person: memberships past and present, and what may be done for them."""
    return _person(request, get_object_or_404(User, pk=number))


def _person(request: ActingRequest, user: User, address: str = "") -> HttpResponse:
    held = Membership.objects.filter(user=user).select_related("organisation").order_by("-id")
    shown = {"person": user, "held": held, "address": address, "has_factor": has_factor(user.pk)}
    return render(request, "accounts/staff_person.html", shown)


@require_safe
@as_role(Role.OPERATOR)
def claims(request: ActingRequest) -> HttpResponse:
    """Claims that wait, of all organisations."""
    shown = {"claims": queries.claims_open()[:MOST_CLAIMS]}
    return render(request, "accounts/claims.html", shown)


@require_POST
@as_role(Role.OPERATOR)
def decide_claim(request: ActingRequest, number: int) -> HttpResponse:
    """Confirm or refuse a claim of any organisation."""
    claim = get_object_or_404(Claim, pk=number)
    try:
        actions.decide_claim(
            claim, confirmed="confirm" in request.POST, actor=request.membership, at=clock.now()
        )
    except Refused as refused:
        return render(request, "accounts/refused.html", {"refused": refused.words}, status=409)
    return redirect("claims")
