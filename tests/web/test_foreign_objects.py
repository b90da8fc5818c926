"""Every object x everybody who has nothing to do with it: the answer is that of an object that is not there.

What the objects are, and whose, stands in `objects.py`; a route or operation that names an object and is not in its
tables fails here.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.http import Http404
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from factories import AT
from kechuang.accounts import tokens
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import WIDE, Role
from kechuang.journal import clock
from web import objects, objects_called, objects_financed, objects_judged
from web.objects import Thing, World, outsider
from web.test_matrix import PUBLIC_ROOMS, Route, _status, operations, routes

ROUTES = {**objects.ROUTES, **objects_judged.ROUTES, **objects_financed.ROUTES}
NO_OBJECT = {**objects.NO_OBJECT, **objects_judged.NO_OBJECT, **objects_financed.NO_OBJECT}
OPERATIONS = {**objects_called.OPERATIONS, **objects_judged.OPERATIONS, **objects_financed.OPERATIONS}
PUBLIC_OPERATIONS = {
    *objects_called.PUBLIC_OPERATIONS,
    *objects_judged.PUBLIC_OPERATIONS,
    *objects_financed.PUBLIC_OPERATIONS,
}
OPEN_ROOMS = PUBLIC_ROOMS - {"entitlements"} | {"allauth"}


@pytest.fixture(scope="module", autouse=True)
def at_a_known_time_in_a_folder_of_its_own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    with (
        override_settings(EVIDENCE_ROOT=folder, API_RATE=0, CLAMD=""),
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(timezone, "now", lambda: AT)
        yield


@pytest.fixture(scope="module")
def things(for_all, at_a_known_time_in_a_folder_of_its_own):
    """What routes and operations name, by their names: in one world, that each test finds as it was made."""

    def make() -> tuple[dict[str, Thing], dict[str, Thing]]:
        world = World()
        for one in objects_judged.MADE_FIRST:
            one(world)
        return tuple({name: one(world) for name, one in table.items()} for table in (ROUTES, OPERATIONS))

    return for_all(make)


@pytest.fixture
def named_by_routes(things) -> dict[str, Thing]:
    return deepcopy(things[0])


@pytest.fixture
def named_by_operations(things) -> dict[str, Thing]:
    return deepcopy(things[1])


@cache
def naming() -> dict[str, Route]:
    """Routes with a placeholder, of rooms where things belong to somebody."""
    return {one.name: one for one in routes() if one.named() and one.room not in OPEN_ROOMS}


def test_every_route_that_names_something_says_whose_it_is_or_why_nobody_s():
    assert set(naming()) - set(ROUTES) - set(NO_OBJECT) == set()
    assert set(ROUTES) & set(NO_OBJECT) == set()


@pytest.mark.django_db
def test_what_belongs_to_others_is_not_there(named_by_routes):
    people = {role: outsider(role) for role in Role}
    found = {}
    for name, thing in named_by_routes.items():
        route = naming()[name]
        for role, person in people.items():
            if role in thing.seen_by:
                continue
            for method in ("GET", "POST"):
                found[name, role.value, method] = _asked(route, thing, person, method)

    assert {what: status for what, status in found.items() if status not in {404, 405}} == {}


@pytest.mark.django_db
def test_everybody_finds_what_is_their_own(named_by_routes):
    missed = {}
    for name, thing in named_by_routes.items():
        route = naming()[name]
        client = Client(raise_request_exception=False)
        client.force_login(thing.own.user)
        address = route.address(thing.named)
        status = _status(client, "get", address)
        if status in {404, 405}:
            status = _status(client, "post", address, thing.sent)
        if status in {404, 405, 500}:
            missed[name] = status

    assert missed == {}


def _asked(route: Route, thing: Thing, person: Membership, method: str) -> int:
    """What the view itself answers: that its 404 looks like any other is tried in test_matrix."""
    request = RequestFactory().generic(method, route.address(thing.named))
    request.user, request.membership, request.session = person.user, person, {}
    request.staff_session = person.staff_sessions.first() if person.role in WIDE else None
    try:
        return route.view(request, **{**route.named(), **thing.named}).status_code
    except Http404:
        return 404


@cache
def operations_naming() -> dict[str, tuple[str, str]]:
    """Operations with a placeholder, by id: method and path; without the reader's, which are about public text."""
    return {
        name: (method, path)
        for name, method, path in operations()
        if "{" in path and not path.startswith("/packs")
    }


def test_every_operation_that_names_something_says_whose_it_is_or_why_nobody_s():
    assert set(operations_naming()) == set(OPERATIONS) | set(PUBLIC_OPERATIONS)


@pytest.mark.django_db
def test_an_operation_answers_for_what_belongs_to_others_as_for_what_is_missing(named_by_operations):
    people = {role: _bearer(outsider(role)) for role in Role}
    different = {}
    for name, thing in named_by_operations.items():
        missing = _called(name, thing, people[Role.CLERK], missing=True)
        for role, headers in people.items():
            if role in thing.seen_by:
                continue
            foreign = _called(name, thing, headers)
            if foreign != missing or foreign[0] != 404:
                different[name, role.value] = (foreign, missing)

    assert different == {}


@pytest.mark.django_db
def test_an_operation_finds_what_is_one_s_own(named_by_operations):
    missed = {}
    for name, thing in named_by_operations.items():
        headers = _bearer(thing.own)
        with transaction.atomic():
            status, body = _called(name, thing, headers)
            transaction.set_rollback(True)
        if status in {401, 404, 405, 500}:
            missed[name] = status, body

    assert missed == {}


def _bearer(person: Membership) -> dict[str, str]:
    _, secret = tokens.make(title="x", days=30, actor=person, at=clock.now())
    return {"authorization": f"Bearer {secret}"}


def _called(name: str, thing: Thing, headers: dict[str, str], *, missing: bool = False) -> tuple[int, Any]:
    """Status and body of an operation, without the number of the request."""
    method, path = operations_naming()[name]
    named = {key: _absent(value) if missing else value for key, value in thing.named.items()}
    address = "/api" + path.format(**named)
    sent = json.dumps(thing.sent).encode() if method != "GET" else b""
    response = Client(raise_request_exception=False).generic(
        method, address, sent, "application/json", headers=headers
    )
    text = response.getvalue().decode(errors="replace")
    return response.status_code, re.sub(
        "[0-9a-f]{32}", "", text.replace(address, "…")
    ) if response.status_code >= 400 else ""


def _absent(value: object) -> object:
    """A name of the same kind that nothing has."""
    return 987_654_321 if isinstance(value, int) else "2026-0-00-00000" if str(value)[:1].isdigit() else value
