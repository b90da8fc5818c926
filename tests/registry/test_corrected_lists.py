"""A department's list and disputes of what it says: what was corrected stands, open disputes follow the fact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Message
from kechuang.registry import actions, queries
from kechuang.registry.lists.showing import shown_rows
from kechuang.registry.models import Correction, Fact
from registry.factories import apply, high_tech, known, take, undo

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def clerk():
    return make_membership(Role.MANAGER)


@pytest.fixture
def listed(officer, clerk):
    """A list that gives the firm the certificate GR1."""
    return apply(take([high_tech(clerk.organisation, "GR1")], officer), officer)


@pytest.fixture
def dispute(listed, clerk):
    """The firm says that it is GR2."""
    fact = Fact.objects.get(field="number", known_to=None)
    return actions.raise_correction(fact, "GR2", "证书为证", actor=clerk, at=AT)


def uphold(dispute, officer, at=AT):
    return actions.answer_correction(dispute, uphold=True, answer="核实", actor=officer, at=at)


def test_the_same_list_again_leaves_what_was_corrected_and_says_so(dispute, officer, clerk):
    uphold(dispute, officer)

    again = take([high_tech(clerk.organisation, "GR1")], officer)
    (row,) = shown_rows(again.rows.all(), "statuses")
    apply(again, officer, LATER)

    assert (again.counts["same"], again.counts["corrected"]) == (1, 1)
    assert {one.title.zh: one.corrected.zh for one in row.fields if one.corrected} == {"证书编号": "GR2"}
    assert known(clerk.organisation)["number"] == "GR2"


def test_something_new_counts_and_is_told_to_who_decided_and_to_the_firm(dispute, officer, clerk):
    uphold(dispute, officer)

    new = take([high_tech(clerk.organisation, "GR3")], officer)
    apply(new, officer, LATER)

    row = new.rows.get()
    assert (row.change, row.before, row.corrected) == ("changed", {"number": "GR2"}, {"number": "GR2"})
    assert known(clerk.organisation)["number"] == "GR3"
    told = Message.objects.filter(kind="correction.overtaken")
    assert {one.recipient for one in told} == {officer.user, clerk.user}
    assert "was corrected to GR2. Its source now says GR3" in told[0].body["en"]


def test_a_correction_of_a_correction_stands_against_the_list_too(dispute, officer, clerk):
    uphold(dispute, officer)
    fact = Fact.objects.get(field="number", known_to=None)
    uphold(actions.raise_correction(fact, "GR4", "再核", actor=clerk, at=AT), officer)

    apply(take([high_tech(clerk.organisation, "GR1")], officer), officer, LATER)

    assert known(clerk.organisation)["number"] == "GR4"


@pytest.mark.parametrize(("number", "state"), [("GR2", "settled"), ("GR3", "open")])
def test_an_open_dispute_follows_what_the_next_list_says(dispute, officer, clerk, number, state):
    apply(take([high_tech(clerk.organisation, number)], officer), officer, LATER)

    dispute.refresh_from_db()
    assert dispute.state == state
    assert dispute.fact.value == ("GR1" if state == "settled" else number)


def test_undoing_the_list_closes_an_open_dispute_and_leaves_a_correction(dispute, listed, officer, clerk):
    undo(listed, officer, LATER)

    dispute.refresh_from_db()
    assert dispute.state == "lapsed"
    assert "took “certificate number” back" in Message.objects.filter(recipient=clerk.user).get().body["en"]
    assert known(clerk.organisation) == {}


def test_undoing_the_list_leaves_what_the_department_corrected_since_and_names_it(
    dispute, listed, officer, clerk
):
    uphold(dispute, officer)

    undone = undo(listed, officer, LATER)

    assert known(clerk.organisation) == {"number": "GR2"}
    assert [fact.field for fact in queries.kept_when_undone(undone, officer)] == ["number"]


def test_a_dispute_of_a_fact_that_stands_no_more_is_not_upheld(dispute, officer):
    Fact.objects.filter(field="number").update(known_to=LATER)

    with pytest.raises(Refused, match="took this fact back"):
        uphold(dispute, officer, LATEST)

    assert Correction.objects.get().state == "open"
    assert not Fact.objects.filter(field="number", known_to=None).exists()
