"""A kept statement answers as the query that it was made of, whatever comes between two askings."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
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

    assert statements.ask_first("first", named, name=one.name).first() == one
    assert statements.ask_first("first", named, name="没有").first() is None


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
    assert "DROP" not in statements._STATEMENTS["named"].sql


def planned():
    """How often a statement is kept planned on this connection, by what it asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return Counter(text for (text,) in cursor.fetchall())


def test_the_database_plans_a_statement_once():
    one, other = make_organisation(), make_organisation()

    for each in (one, other, one):
        statements.asked("planned once", named, name=each.name)

    assert planned()[statements._STATEMENTS["planned once"].sql] == 1


def test_a_plan_for_a_handful_does_not_serve_thousands():
    one = make_organisation()

    def build(numbers):
        return Organisation.objects.filter(pk__any_of=numbers).order_by("-id")

    many = statements.asked("thousands", build, numbers=tuple(range(one.pk, one.pk + 2_000)))

    assert many == [one]
    assert statements._STATEMENTS["thousands"].sql not in planned()


def test_a_constant_may_be_anything():
    one = make_organisation(name="50% $1 ''; \\ %s")

    for part in ("%", "$1", "''", "\\", "%s", "%%"):
        found = statements.asked(
            ("constant", part),
            lambda pk, part=part: Organisation.objects.filter(pk=pk, name__contains=part),
            pk=one.pk,
        )
        assert found == ([] if part == "%%" else [one]), part


def test_a_fault_in_one_of_several_is_the_database_s_own_error():
    asks = [statements.ask_sql("SELECT %(n)s / 0", n=1), statements.ask_sql("SELECT %(n)s + 1", n=1)]

    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
        statements.together(asks).__enter__()

    assert statements.ask_sql("SELECT %(n)s + 1", n=1).rows() == [(2,)]


def test_kept_statements_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(statements, "_MOST_STATEMENTS", 3)

    for number in range(7):
        statements.asked(("many", number), named, name="某")

    assert len(statements._STATEMENTS) <= 3


def count_of(kind):
    return statements.ask_count("of a kind", lambda kind: Organisation.objects.filter(kind=kind), kind=kind)


def test_rows_are_counted():
    make_organisation(kind="consortium")
    make_organisation(kind="consortium")

    assert count_of("consortium").first() == 2
    assert not count_of("nothing").first()


def test_several_are_asked_in_one_message_and_answer_as_they_would_alone(django_assert_num_queries):
    one, other = make_organisation(kind="consortium"), make_organisation(name="100% 乙")
    asks = [
        statements.ask("named", named, name=one.name),
        statements.ask("named", named, name=other.name),
        statements.ask("nowhere", lambda pk: Organisation.objects.filter(pk=pk, kind__in=[]), pk=1),
        statements.ask(
            "part", lambda part: Organisation.objects.filter(name__contains="100%", pk__gt=part), part=0
        ),
        count_of("consortium"),
    ]
    alone = [ask.rows() for ask in asks]

    with django_assert_num_queries(1), statements.together(asks):
        found = [ask.rows() for ask in asks]
        again = statements.asked("named", named, name=one.name)

    assert found == alone == [[one], [other], [], [other], [1]]
    assert again == [one]


def test_what_is_asked_beside_is_asked_of_the_database(django_assert_num_queries):
    one, other = make_organisation(), make_organisation()

    with statements.together([statements.ask("named", named, name=one.name)]), django_assert_num_queries(1):
        assert statements.asked("named", named, name=other.name) == [other]


def test_afterwards_the_database_is_asked_again():
    one = make_organisation()
    ask = statements.ask("named", named, name=one.name)

    with statements.together([ask]):
        Organisation.objects.filter(pk=one.pk).update(name="新名")
        within = ask.rows()

    assert within == [one]
    assert ask.rows() == []


def test_within_others_what_is_known_is_not_asked_again(django_assert_num_queries):
    one, other = make_organisation(), make_organisation()
    known, more = (statements.ask("named", named, name=each.name) for each in (one, other))

    with statements.together([known]):
        Organisation.objects.filter(pk=one.pk).update(name="新名")
        with django_assert_num_queries(1), statements.together([known, more]):
            assert (known.rows(), more.rows()) == ([one], [other])
        with django_assert_num_queries(0):
            assert known.rows() == [one]


def test_a_fault_within_leaves_nothing_known():
    one = make_organisation()
    ask = statements.ask("named", named, name=one.name)

    with pytest.raises(RuntimeError), statements.together([ask]):
        raise RuntimeError

    Organisation.objects.filter(pk=one.pk).update(name="新名")
    assert ask.rows() == []


def test_rows_stand_for_what_would_be_fetched_beside(django_assert_num_queries):
    clerk = make_membership()
    rows = statements.asked(
        "members", lambda of: Membership.objects.filter(organisation=of), of=clerk.organisation_id
    )

    statements.prefetched(clerk.organisation, "memberships", rows)

    with django_assert_num_queries(0):
        (found,) = clerk.organisation.memberships.all()
        assert found.organisation is clerk.organisation


def test_a_list_is_kept_page_by_page(django_assert_num_queries):
    made = [make_organisation(kind="consortium") for _ in range(5)]

    def build():
        return Organisation.objects.filter(kind="consortium").order_by("id")

    for key in ("list", None):
        pages = statements.Pages(key, build)
        assert [pages[0:2], pages[2:4], pages[4:6]] == [made[0:2], made[2:4], made[4:]]
    assert sorted(statements._STATEMENTS) == [("list", 0, 2), ("list", 2, 4), ("list", 4, 6)]


def test_a_value_may_be_one_of_several():
    made = [make_organisation() for _ in range(4)]

    def build(numbers):
        return Organisation.objects.filter(pk__any_of=numbers).order_by("id")

    for chosen in (made[:1], made[1:], []):
        assert statements.asked("some", build, numbers=tuple(one.pk for one in chosen)) == chosen
    assert list(statements._STATEMENTS) == ["some"]


def test_sql_of_one_s_own_is_asked_alike(django_assert_num_queries):
    made = [make_organisation() for _ in range(3)]
    sql = (
        "SELECT id, name FROM accounts_organisation WHERE id = ANY(%(wanted)s) OR name = %(name)s ORDER BY id"
    )
    ask = statements.ask_sql(sql, wanted=(made[0].pk, made[1].pk), name=made[2].name)
    other = statements.ask_sql(sql, wanted=(), name=made[1].name)
    expected = [(one.pk, one.name) for one in made]

    with django_assert_num_queries(1), statements.together([ask, other]):
        assert (ask.rows(), other.rows()) == (expected, expected[1:2])

    assert ask.rows() == expected


def test_nothing_is_compared_with_none():
    with pytest.raises(ValueError, match="None: name"):
        statements.ask("named", named, name=None)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_an_act_only():
    locked = statements.ask("locked", lambda: Organisation.objects.select_for_update().order_by("id"))
    with transaction.atomic():
        assert locked.rows() == []

    with pytest.raises(transaction.TransactionManagementError, match="inside the transaction"):
        locked.rows()


def test_without_a_key_nothing_is_kept_and_each_asking_is_its_own(django_assert_num_queries):
    one, other = make_organisation(), make_organisation()
    asks = [statements.ask_count(None, named, name=each.name) for each in (one, other)]

    with django_assert_num_queries(3), statements.together(asks):
        counts = [ask.first() for ask in asks]
        (found,) = statements.Pages(None, named, name=other.name)[0:5]

    assert (counts, found) == ([1, 1], other)
    assert statements._STATEMENTS == {}
