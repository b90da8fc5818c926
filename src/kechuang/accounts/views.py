"""One's own account: who I am, in which capacity I act, how I sign in."""

from __future__ import annotations

from allauth.account.internal.flows.logout import logout
from allauth.mfa.models import Authenticator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts import queries, typed
from kechuang.accounts.acting import CHOSEN, FACTORS, Person, memberships_of, signed_in, user_of
from kechuang.accounts.forms import ContactForm, sent
from kechuang.journal import clock


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Name and address, which may be changed here, and the way to everything else of one's own."""
    from kechuang.accounts.people import keep_contact

    user = user_of(request)
    told = {name: getattr(user, name) for name in ("name", "email", "phone")}
    form = ContactForm(sent(request), initial=told)
    if request.method == "POST" and form.is_valid():
        keep_contact(user, **form.cleaned_data, actor=Person.of(user), at=clock.now())
        return redirect(f"{reverse('account')}?saved=1")
    shown = {
        "form": form,
        "saved": "saved" in request.GET,
        "held": memberships_of(user.pk, clock.today()),
        "claims": queries.claims_of(user),
        "factors": Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).count(),
        "tokens": queries.tokens_of(user).filter(revoked_at=None, expires_at__gt=clock.now()).count(),
    }
    return render(request, "accounts/account.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def memberships(request: HttpRequest) -> HttpResponse:
    """The capacities of a person; choosing one lasts until signing out."""
    held = list(memberships_of(user_of(request).pk, clock.today()))
    if request.method == "POST":
        if request.POST.get("membership") not in {str(one.pk) for one in held}:
            raise Http404
        request.session[CHOSEN] = int(request.POST["membership"])
        return redirect(own_path(request.POST.get("next", "")) or "memberships")
    shown = {"held": held, "claims": queries.claims_of(user_of(request)), "next": request.GET.get("next", "")}
    return render(request, "accounts/memberships.html", shown)


def own_path(text: str) -> str:
    """The text if it is a path of this site, else ''."""
    return text if text.startswith("/") and url_has_allowed_host_and_scheme(text, None) else ""


@require_safe
@signed_in
def typed_again(request: HttpRequest) -> HttpResponse:
    """The form that came back when the sign-in had run out, to be looked at and sent again."""
    found = typed.taken(request)
    if found is None:
        return redirect("start")
    return show_again(request, found, anew=False)


def show_again(request: HttpRequest, found: typed.Typed, *, anew: bool, status: int = 200) -> HttpResponse:
    """What was typed, and a button that sends it. anew: because of a sign-in in another tab."""
    back = own_path(request.headers.get("Referer", "").partition(request.get_host())[2]) if anew else ""
    shown = {"typed": found, "anew": anew, "back": back or found.path}
    return render(request, "accounts/typed.html", shown, status=status)
