"""One's own API tokens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kechuang.accounts import queries, tokens
from kechuang.accounts.acting import memberships_of, signed_in, user_of
from kechuang.accounts.forms import TokenForm, said, sent
from kechuang.accounts.refusals import Refused
from kechuang.journal import clock


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def own(request: HttpRequest) -> HttpResponse:
    """The list, and a form for a new one; the token itself is shown in the answer and never again."""
    held = {one.pk: one for one in memberships_of(user_of(request).pk, clock.today())}
    form = TokenForm(sent(request), held=list(held.values()))
    secret = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actor = held[given["membership"]]
        try:
            _token, secret = tokens.make(
                title=given["title"], days=given["days"], actor=actor, at=clock.now()
            )
            form = TokenForm(held=list(held.values()))
        except Refused as refused:
            form.add_error(refused.field or None, said(refused.words))
    shown = {
        "form": form,
        "held": held,
        "secret": secret,
        "tokens": queries.tokens_of(user_of(request)),
        "now": clock.now(),
    }
    return render(request, "accounts/tokens.html", shown, status=422 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Make one of my own tokens void."""
    token = get_object_or_404(queries.tokens_of(user_of(request)), pk=number)
    tokens.revoke(token, actor=token.membership, at=clock.now())
    return redirect("tokens")
