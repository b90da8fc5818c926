"""Every route and every API operation x a stranger and every role: what one table says is what they get.

A view that `accounts.acting` guards carries `.roles`; every other view must stand in PUBLIC, with a reason. What routes
name, and who must not tell it from what is not there, stands in `objects.py` and is tried in `test_foreign_objects.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from web.objects import NO_OBJECT, ROUTES

PUBLIC_ROOMS = {"reader", "interview", "entitlements", "drafting", "insight", "web", "django"}
"""Rooms of which everything is open without an account, or by knowing an address that nobody can guess."""

PUBLIC = {
    "sign-in", "account_login", "mfa_authenticate", "account_inactive", "openid_connect_login",
    "openid_connect_callback", "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup",
    "sign-out", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "register", "account_signup", "register-code", "register-organisation", "register-person", "registered",
    "invitation",
    "calls", "call", "notices", "notice", "notice-json", "notice-pdf", "object", "objection-receipt", "awards",
    "awards-export", "draws", "draw", "draw-json",
    "challenges", "challenge",
}  # fmt: skip
"""Open to strangers by name: ways in, and what the law makes public."""

OWN = {
    "account_change_password", "account_set_password", "account_reauthenticate", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "socialaccount_connections", "mfa_index", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    "mfa_list_webauthn", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn",
}  # fmt: skip
"""One's own account, guarded by django-allauth: a stranger is led to sign in."""


WIDE_ROLES = {"operator", "auditor"}
ALWAYS = {"journal-export"}
"""Routes whose address names a form of the page rather than an object."""

NAMED_IN_THE_FORM = {"memberships"}
"""Routes whose sent form names the object: without one there is nothing."""


@dataclass(frozen=True)
class Route:
    """A route: its name, its pattern with placeholders, the view, and who may see it (`roles`), None if unguarded."""

    name: str
    pattern: str
    converters: tuple[tuple[str, object], ...]
    view: Any

    @property
    def roles(self) -> Any:
        return getattr(self.view, "roles", None)

    @property
    def room(self) -> str:
        module = self.view.__module__.split(".")
        return module[1] if module[0] == "kechuang" else module[0]

    def address(self, named: Mapping[str, Any] | None = None) -> str:
        """An address of the route; objects are those with a number that does not exist, unless they are `named`."""
        return reverse(self.name, kwargs={**self.named(), **(named or {})})

    def named(self) -> dict[str, object]:
        """What the view is given for its placeholders: things that do not exist."""
        groups = re.findall(r"\(\?P<(\w+)>([^)]*)\)", self.pattern)
        return {key: _absent(one) for key, one in self.converters} | {
            key: _sample(one) for key, one in groups
        }


def _sample(group: str) -> str:
    """Something that fits a group of a regular expression: the first of several words, a number, or a word."""
    if "|" in group:
        return group.split("|", maxsplit=1)[0]
    return "987654321" if group.startswith(("[0-9]", "[0-9-]")) else "absent"


def _absent(converter: object) -> object:
    if isinstance(converter, IntConverter):
        return 987_654_321
    if isinstance(converter, UUIDConverter):
        return "00000000-0000-4000-8000-000000000000"
    assert isinstance(converter, (SlugConverter, StringConverter)), converter
    return "absent"


def routes() -> list[Route]:
    """All routes of the site, by name and address; the API's operations are a table of their own."""
    return list(_walk(get_resolver().url_patterns, "", {}))


def _walk(patterns: list[Any], before: str, converters: dict[str, object]) -> Iterator[Route]:
    for one in patterns:
        pattern, known = before + str(one.pattern), {**converters, **one.pattern.converters}
        if isinstance(one, URLResolver):
            if one.namespace != "api":
                yield from _walk(one.url_patterns, pattern, known)
        elif isinstance(one, URLPattern):
            yield Route(one.name or pattern, pattern, tuple(known.items()), one.callback)


def guarded() -> list[Route]:
    """Ending the staff session comes last, since it shuts the wide pages."""
    return sorted(
        (one for one in routes() if one.roles is not None), key=lambda one: one.name == "staff-session-end"
    )


def test_every_route_is_guarded_or_stands_among_the_open_ones_with_a_name():
    unguarded = {one.name for one in routes() if one.roles is None and one.room not in PUBLIC_ROOMS}

    assert unguarded - PUBLIC - OWN == set()


def test_the_table_names_no_route_that_is_gone():
    names = {one.name for one in routes()}

    assert (PUBLIC | OWN | set(ROUTES) | set(NO_OBJECT)) - names == set()


@pytest.mark.django_db
def test_a_stranger_is_led_to_sign_in_from_every_page_of_a_role():
    client = Client()
    found = {}

    for one in [*guarded(), *(one for one in routes() if one.name in OWN)]:
        response = client.get(one.address())
        if response.status_code == 405:
            response = client.post(one.address())
        found[one.pattern] = (response.status_code, response.headers.get("Location", "").split("?")[0])

    assert {page: answer for page, answer in found.items() if answer != (302, "/sign-in")} == {}


@pytest.mark.django_db
def test_every_role_finds_its_own_pages():
    """Whoever may gets the page, or word that a form is not complete, and never a fault."""
    from kechuang.accounts.roles import Role

    wrong, posted = {}, set()
    for role in Role:
        client = _client_of(role)
        for one in guarded():
            if not _may(role, one):
                continue
            methods = ["get"] if one.name in posted else ["get", "post"]
            posted.add(one.name)
            for method in methods:
                named = bool(one.named()) or (method == "post" and one.name in NAMED_IN_THE_FORM)
                status = _status(client, method, one.address())
                if status not in (
                    {404, 405} if named and one.name not in ALWAYS else {200, 302, 405, 409, 422}
                ):
                    wrong[role.value, method, one.pattern] = status

    assert wrong == {}, wrong


@pytest.mark.django_db
def test_no_role_finds_the_pages_of_others():
    """Asked of the view itself: rendering a thousand times that nothing is there would prove no more."""
    from factories import make_membership
    from kechuang.accounts.roles import Role

    found = {}
    for role in Role:
        membership = make_membership(role)
        for one in guarded():
            if _may(role, one):
                continue
            for method in ("GET", "POST"):
                request = RequestFactory().generic(method, one.address())
                request.user, request.membership, request.session = membership.user, membership, {}
                request.staff_session = membership.staff_sessions.first() if role in WIDE_ROLES else None
                found[role.value, method, one.pattern] = _asked(one, request)

    assert {what: answer for what, answer in found.items() if answer not in {404, 405}} == {}


@pytest.mark.django_db
def test_the_character_nul_is_refused_at_every_route_in_the_query_and_in_every_placeholder():
    from factories import make_membership
    from kechuang.accounts.roles import Role

    client = Client(raise_request_exception=False)
    client.force_login(make_membership(Role.OFFICER).user)
    found = {}

    for one in routes():
        for address in (f"{one.address()}?q=%00", *_with_nul(one)):
            response = client.get(address)
            if response.status_code != 400 or "空字符" not in response.content.decode():
                found[address] = response.status_code

    assert found == {}


@pytest.mark.django_db
def test_the_character_nul_is_refused_at_every_operation_of_the_api(settings):
    settings.API_RATE = 0
    client = Client(raise_request_exception=False)
    found = {}

    for _name, method, path in operations():
        for written in (re.sub(r"{[^}]*}", "%00", path), re.sub(r"[{}]", "", path) + "?q=%00"):
            response = client.generic(method, f"/api{written}", b"{}", "application/json")
            if "%00" in written and (response.status_code, response.headers["Content-Type"]) != NUL_ANSWER:
                found[method, written] = response.status_code

    assert found == {}


NUL_ANSWER = (400, "application/problem+json")


def _with_nul(one: Route) -> list[str]:
    """The address of a route with the character in its placeholders for text, if it has any."""
    address = one.address()
    return [address.replace("absent", "%00")] if "absent" in address else []


def _status(client: Client, method: str, address: str, sent: Mapping[str, str] | None = None) -> int:
    """What is answered; whatever the request did is undone."""
    with transaction.atomic():
        try:
            response = getattr(client, method)(address, sent)
            response.getvalue()  # to its end, so that a file is closed
        except (
            DatabaseError
        ):  # the page of the fault asks the database too, whose transaction is broken by then
            return 500
        finally:
            transaction.set_rollback(True)
    return response.status_code


def _asked(one: Route, request: HttpRequest) -> int:
    try:
        return one.view(request, **one.named()).status_code
    except Http404:
        return 404


@pytest.mark.django_db
def test_a_page_of_others_looks_like_one_that_is_not_there():
    from kechuang.accounts.roles import Role

    client = _client_of(Role.CLERK)

    refused, absent = client.get("/people/all"), client.get("/people/nowhere")

    assert refused.status_code == absent.status_code == 404
    assert _main(refused) == _main(absent)


def _main(response: HttpResponse) -> str:
    """What the page says, without the number of the request."""
    page = re.sub("[0-9a-f]{32}", "", response.content.decode())
    return page[page.index("<main") : page.index("</main>")]


def _client_of(role: str) -> Client:
    from factories import make_membership

    client = Client(raise_request_exception=False)
    client.force_login(make_membership(role).user)
    return client


def _may(role: str, one: Route) -> bool:
    return one.roles in {"signed in", ()} or role in one.roles


def operations() -> list[tuple[str, str, str]]:
    """Every operation of the API: id, method and path."""
    from kechuang.web.api import api

    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            found += [
                (operation.operation_id, method, f"{prefix}{path}")
                for operation in view.operations
                for method in operation.methods
            ]
    return found


def test_an_address_of_the_api_stands_in_one_router():
    """The first router that has an address answers for all its methods; another's would never be asked."""
    from kechuang.web.api import api

    found = [f"{prefix}{path}" for prefix, router in api._routers for path in router.path_operations]

    assert sorted(found) == sorted(set(found))


OPEN_OPERATIONS = (
    "/packs",
    "/assess",
    "/explain",
    "/ask",
    "/simulate",
    "/calls",
    "/notices",
    "/awards",
    "/draws",
)
"""Beginnings of what anybody may ask: the policy, calculations over facts of the request itself, what is public."""


@pytest.mark.django_db
def test_every_operation_is_open_by_name_or_refuses_a_cookie_and_a_wrong_token(settings):
    from factories import make_membership

    settings.API_RATE = 0
    client = Client()
    client.force_login(make_membership().user)
    found = {}
    for _name, method, path in operations():
        if path.startswith(OPEN_OPERATIONS) or (method == "GET" and path.startswith("/challenges")):
            continue
        address = "/api" + path.replace("{", "").replace("}", "")
        for headers in ({}, {"authorization": "Bearer kc_wrong"}):
            response = client.generic(method, address, b"{}", "application/json", headers=headers)
            if response.status_code != 401:
                found[method, path] = response.status_code

    assert found == {}
