"""A kept statement answers as the query that it was made of, whatever comes between two askings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Count, Prefetch, Q, Sum

from factories import AT, TODAY, make_membership, make_organisation
from kechuang.accounts.acting import memberships_of
from kechuang.accounts.models import Invitation, Membership, Organisation
from kechuang.journal import statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(statements, "_STATEMENTS", {})


def named(name):
    return Organisation.objects.filter(name=name).order_by("id")


def test_each_asking_brings_its_own_values():
    one, other = make_organisation(), make_organisation()

    found = [statements.asked("named", named, name=each.name) for each in (one, other, one)]

    assert found == [[one], [other], [one]]
    assert list(statements._STATEMENTS) == ["named"]


def test_rows_are_whole_objects_with_what_is_joined_and_annotated(django_assert_num_queries):
    held = make_membership()
    statements.asked("held", memberships_of, user_id=0, on=TODAY)

    with django_assert_num_queries(1):
        (found,) = statements.asked("held", memberships_of, user_id=held.user_id, on=TODAY)
        told = (found.user.name, found.organisation.name, found.is_recused)

    assert found == held
    assert told == (held.user.name, held.organisation.name, False)
    assert found.since == held.since
    assert (found._state.adding, found._state.db) == (False, "default")


def test_what_is_joined_is_none_where_there_is_nothing(django_assert_num_queries):
    clerk = make_membership()
    Invitation.objects.create(
        organisation=clerk.organisation,
        role="clerk",
        code_hash="0",
        invited_by=clerk,
        created_at=AT,
        expires_at=AT,
    )

    (found,) = statements.asked(
        "invitations",
        lambda role: Invitation.objects.filter(role=role).select_related("accepted_by"),
        role="clerk",
    )

    with django_assert_num_queries(0):
        assert found.accepted_by is None


def test_what_is_fetched_beside_is_there(django_assert_num_queries):
    clerk = make_membership()
    people = Prefetch("memberships", Membership.objects.select_related("user"))

    (found,) = statements.asked(
        "with people",
        lambda number: Organisation.objects.filter(pk=number).prefetch_related(people),
        number=clerk.organisation_id,
    )

    with django_assert_num_queries(0):
        assert [one.user.name for one in found.memberships.all()] == [clerk.user.name]


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (lambda found: found.values_list("name", flat=True), ["甲", "乙"]),
        (lambda found: found.values_list("name", "district"), [("甲", "371002"), ("乙", "371003")]),
        (lambda found: found.values("name"), [{"name": "甲"}, {"name": "乙"}]),
        (
            lambda found: found.values("kind").annotate(n=Count("pk")).values_list("n", flat=True).order_by(),
            [2],
        ),
        (
            lambda found: (
                found.values("kind").annotate(n=Sum("pk") * 0).values_list("n", flat=True).order_by()
            ),
            [0],
        ),
    ],
)
def test_rows_may_be_values(narrow, expected):
    make_organisation(name="甲", kind="consortium")
    make_organisation(name="乙", kind="consortium", district="371003")

    def build(kind):
        return narrow(Organisation.objects.filter(kind=kind).order_by("id"))

    assert statements.asked("values", build, kind="consortium") == expected
    assert statements.asked("values", build, kind="consortium") == expected
    assert statements.asked("values", build, kind="nothing") == []


def test_rows_may_have_names():
    make_organisation(name="甲", kind="consortium")

    (found,) = statements.asked(
        "named rows",
        lambda kind: Organisation.objects.filter(kind=kind).values_list("name", "district", named=True),
        kind="consortium",
    )

    assert (found.name, found.district) == ("甲", "371002")


def test_one_value_may_stand_in_several_places_and_beside_constants():
    early, late = make_organisation(created_at=AT), make_organisation(created_at=AT + timedelta(days=2))

    def build(at):
        return Organisation.objects.filter(
            Q(created_at__lt=at) | Q(created_at=at), kind="enterprise"
        ).order_by("id")

    assert statements.asked("until", build, at=AT) == [early]
    assert statements.asked("until", build, at=AT + timedelta(days=2)) == [early, late]


def test_the_first_row_or_none(django_assert_num_queries):
    one = make_organisation()

    assert statements.first("first", named, name=one.name) == one
    assert statements.first("first", named, name="没有") is None


def test_where_no_row_can_fit_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert (
            statements.asked("nowhere", lambda pk: Organisation.objects.filter(pk=pk, kind__in=[]), pk=1)
            == []
        )


def test_a_query_that_starts_from_an_object_is_refused():
    organisation = make_organisation()

    with pytest.raises(ValueError, match="starts from the model"):
        statements.asked(
            "of an object", lambda role: organisation.memberships.filter(role=role), role="clerk"
        )


def test_a_value_is_never_written_into_the_statement():
    make_organisation(name="'; DROP TABLE accounts_user; --")

    (found,) = statements.asked("named", named, name="'; DROP TABLE accounts_user; --")

    assert found.name == "'; DROP TABLE accounts_user; --"
    assert "DROP" not in statements._STATEMENTS["named"]._sql


def test_kept_statements_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(statements, "_MOST_STATEMENTS", 3)

    for number in range(7):
        statements.asked(("many", number), named, name="某")

    assert len(statements._STATEMENTS) <= 3
