"""The people of an organisation: who acts for it, who is invited, who asks to manage it."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts import actions, contacts, queries
from kechuang.accounts.acting import CHOSEN, ActingRequest, as_role
from kechuang.accounts.forms import InviteForm, OfficeContactForm, PersonForm, said, sent
from kechuang.accounts.models import Claim, Invitation, Membership, Organisation, User
from kechuang.accounts.refusals import Refused
from kechuang.accounts.registration_views import sign_in_new
from kechuang.accounts.roles import DEPARTMENT, Role
from kechuang.journal import clock


@require_safe
@as_role()
def people(request: ActingRequest) -> HttpResponse:
    """Everybody who acts for my organisation; a manager also sees invitations and claims."""
    return _people(request)


def _people(request: ActingRequest, **more: object) -> HttpResponse:
    organisation = request.membership.organisation
    manages = request.membership.role == Role.MANAGER
    shown = {
        "people": queries.people_of(organisation),
        "manages": manages,
        "states_contact": request.membership.role in DEPARTMENT,
        "contact": contacts.contact_of(organisation) if request.membership.role in DEPARTMENT else None,
        "invitations": queries.invitations_open(organisation, clock.now()) if manages else [],
        "claims": queries.claims_open(organisation) if manages else [],
        **more,
    }
    return render(request, "accounts/people.html", shown, status=409 if "refused" in more else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.MANAGER)
def invite(request: ActingRequest) -> HttpResponse:
    """Invite a colleague; the address to open is shown as well, for where no mail goes out."""
    form = InviteForm(sent(request), initial={"role": Role.CLERK})
    if request.method == "POST" and form.is_valid():
        given, actor = form.cleaned_data, request.membership
        invitation, code = actions.invite(
            actor.organisation, Role(given["role"]), given["email"], actor=actor, at=clock.now()
        )
        return show_invitation(request, invitation, code)
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(*DEPARTMENT)
def contact(request: ActingRequest) -> HttpResponse:
    """How my department is reached, as its calls and notices tell it."""
    return contact_page(request, request.membership.organisation, back=reverse("people"))


def contact_page(request: ActingRequest, office: Organisation, *, back: str) -> HttpResponse:
    """State how an office is reached, then back to where one came from."""
    known = contacts.contact_of(office)
    form = OfficeContactForm(sent(request), initial=asdict(known) if known else None)
    if request.method == "POST" and form.is_valid():
        given = contacts.Reached(**form.cleaned_data)
        try:
            contacts.state_contact(office, given, actor=request.membership, at=clock.now())
        except Refused as refused:
            form.add_error(refused.field or None, said(refused.words))
        else:
            return redirect(back)
    shown = {"form": form, "office": office, "back": back}
    return render(request, "accounts/contact.html", shown, status=422 if form.errors else 200)


def show_invitation(request: HttpRequest, invitation: Invitation, code: str) -> HttpResponse:
    """The address of an invitation, this once."""
    address = request.build_absolute_uri(reverse("invitation", args=[code]))
    return render(request, "accounts/invited.html", {"invitation": invitation, "address": address})


@require_POST
@as_role(Role.MANAGER)
def withdraw(request: ActingRequest, number: int) -> HttpResponse:
    """Make an invitation of my organisation void."""
    invitation = get_object_or_404(Invitation, pk=number, organisation=request.membership.organisation)
    actions.withdraw(invitation, actor=request.membership, at=clock.now())
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.MANAGER)
def end(request: ActingRequest, number: int) -> HttpResponse:
    """Ask once, then end a membership of my organisation."""
    membership = queries.people_of(request.membership.organisation).filter(pk=number).first()
    if membership is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/end.html", {"one": membership, "back": reverse("people")})
    try:
        actions.end(membership, actor=request.membership, at=clock.now())
    except Refused as refused:
        return _people(request, refused=refused.words)
    return redirect("people")


@require_POST
@as_role(Role.MANAGER)
def decide_claim(request: ActingRequest, number: int) -> HttpResponse:
    """Confirm or refuse somebody who says to be a manager of my organisation."""
    claim = get_object_or_404(Claim, pk=number, organisation=request.membership.organisation)
    try:
        actions.decide_claim(
            claim, confirmed="confirm" in request.POST, actor=request.membership, at=clock.now()
        )
    except Refused as refused:
        return _people(request, refused=refused.words)
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """What is offered by whom; accepted by whoever is signed in, or while making an account."""
    found, at = queries.invitation_by(code), clock.now()
    if found is None or not queries.is_open(found, at):
        return render(request, "accounts/invitation_void.html", status=410)
    stranger = not request.user.is_authenticated
    form = PersonForm(sent(request), initial={"email": found.email}) if stranger else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _accept(request, code, form)
        except Refused as refused:
            if form is None:
                return render(request, "accounts/invitation_void.html", status=410)
            form.add_error(refused.field or None, said(refused.words))
    shown = {"invitation": found, "form": form, "code": code}
    return render(
        request, "accounts/invitation.html", shown, status=422 if form is not None and form.errors else 200
    )


def _accept(request: HttpRequest, code: str, form: PersonForm | None) -> HttpResponse:
    at = clock.now()
    with transaction.atomic():
        user = actions.enrol(**form.cleaned_data, at=at) if form else cast("User", request.user)
        membership: Membership = actions.accept(code, user=user, at=at)
    if form:
        sign_in_new(request, user, form.cleaned_data["password"])
    request.session[CHOSEN] = membership.pk
    return redirect("memberships")
