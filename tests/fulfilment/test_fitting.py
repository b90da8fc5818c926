"""Who is proposed for which case: the fitting ones, evenly, and never who stays away."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experts.factories import make_expert
from factories import AT
from fulfilment.city import make_city
from fulfilment.judged import make_draw, make_evaluation, make_panel, rubric_with
from fulfilment.office import signed_in
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.experts import actions
from kechuang.experts.catalogue import fields
from kechuang.experts.fitting import FIRST, FURTHER, fit
from kechuang.experts.queries import fields_of
from kechuang.fulfilment import workflow
from kechuang.fulfilment.judging import assigning, panels
from kechuang.journal.models import Event

CODES = sorted(fields())
some_fields = st.frozensets(st.sampled_from(CODES), max_size=5)


@given(some_fields, some_fields)
def test_a_fit_is_a_whole_number_that_counts_what_both_name_and_nothing_else(wanted, known):
    shared = len(wanted & known)

    assert fit(wanted, known) == fit(known, wanted) == fit(wanted, wanted & known)
    assert fit(wanted, known) == (0 if not shared else FIRST + FURTHER * (shared - 1))


def test_accounting_counts_only_where_the_case_names_it():
    assert fit({"materials"}, {"finance"}) == 0
    assert fit({"materials", "finance"}, {"finance"}) == FIRST


@st.composite
def panels_of_plain_numbers(draw):
    """Fits of a field in common or none, forbidden seats that leave each case enough."""
    cases, seats = draw(st.integers(1, 5)), draw(st.integers(3, 6))
    fits = [[draw(st.sampled_from([0, FIRST])) for _ in range(seats)] for _ in range(cases)]
    away = [frozenset(draw(st.sets(st.integers(0, seats - 1), max_size=1))) for _ in range(cases)]
    return fits, draw(st.integers(1, 2)), away


@settings(max_examples=80, deadline=None)
@given(panels_of_plain_numbers(), st.randoms(use_true_random=False))
def test_in_whatever_order_the_seats_stand_the_fits_are_the_same_and_who_stays_away_judges_nothing(
    asked, chance
):
    fits, per_case, away = asked
    most = len(fits)
    order = list(range(len(fits[0])))
    chance.shuffle(order)
    turned = [[row[seat] for seat in order] for row in fits]
    turned_away = [frozenset(order.index(seat) for seat in one) for one in away]

    first = assigning.by_fit(fits, per_case, most, away)
    second = assigning.by_fit(turned, per_case, most, turned_away)

    assert not any(seat in away[case] for case, some in enumerate(first) for seat in some)
    assert _worth(fits, first) == _worth(turned, second)


def _worth(fits, found):
    """The fits of each place, and how uneven the loads are."""
    loads = Counter(seat for some in found for seat in some)
    chosen = sorted(fits[case][seat] for case, some in enumerate(found) for seat in some)
    return chosen, sum(load * (load - 1) for load in loads.values())


@given(st.integers(2, 6), st.integers(0, 5))
def test_at_equal_load_the_fitting_one_is_preferred(seats, place):
    place %= seats
    (chosen,) = assigning.by_fit(
        [[FIRST if one == place else 0 for one in range(seats)]], 1, 1, [frozenset()]
    )

    assert chosen == [place]


def test_with_equal_fits_the_work_is_even():
    found = assigning.by_fit([[FIRST] * 4] * 6, 2, 4, [frozenset()] * 6)

    assert set(Counter(seat for some in found for seat in some).values()) == {3}


@pytest.mark.django_db
class TestPanel:
    """A panel of experts with fields."""

    @pytest.fixture
    def city(self):
        return make_city()

    @pytest.fixture
    def before(self, city):
        """Two cases, one a case; of six experts the last two know of ocean."""
        rubric = rubric_with(per_case=2, size=6, quorum=2, trim=0)
        call, cases = make_evaluation(city, 2, rubric=rubric)
        known = [("materials",)] * 4 + [("ocean", "finance")] * 2
        experts = [
            make_expert(city.officer, employer=f"第 {place} 研究院", fields=one).membership
            for place, one in enumerate(known)
        ]
        panel = make_panel(call, city.officer, experts)
        for case in cases:
            workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)
        return panel, cases, experts

    def test_who_shares_a_field_is_proposed_and_who_stays_away_is_not(self, city, before):
        panel, (first, second), experts = before
        Recusal.objects.create(
            user=experts[5].user,
            organisation=first.organisation,
            ground="employer",
            source="test:1",
            began_at=AT,
        )
        panels.state_fields(panel, {first.pk: ["ocean"]}, actor=city.officer, at=AT)

        proposed = assigning.propose(panel, 2)
        asked = assigning.asked_of(panel, panel.cases.select_related("case"))
        reasons = assigning.why(asked, proposed)

        seats = {one.membership_id: one.pk for one in panel.seats.all()}
        ocean, away = seats[experts[4].pk], seats[experts[5].pk]
        assert ocean in proposed[first.pk]
        assert away not in proposed[first.pk]
        assert (reasons[first.pk, ocean].fit, reasons[first.pk, ocean].rank) == (FIRST, 1)
        assert (
            set(proposed[second.pk]) & set(proposed[first.pk]) == set()
        )  # nothing is stated of it: the load decides
        assert Event.objects.get(kind="panel.fields_stated").data["fields"] == {first.number: ["ocean"]}

    def test_a_colleague_assigns_where_an_officer_stays_away_from_a_case(self, city, before):
        panel, (case, other), _ = before
        seats = list(panel.seats.values_list("pk", flat=True))
        Recusal.objects.create(
            user=city.officer.user,
            organisation=other.organisation,
            ground="family",
            source="test:1",
            began_at=AT,
        )

        with pytest.raises(Refused, match="a colleague does it"):
            panels.assign(panel, {case.pk: seats[:2]}, actor=city.officer, at=AT)
        with pytest.raises(Refused, match="not of this panel"):
            panels.state_fields(panel, {other.pk: ["ocean"]}, actor=city.officer, at=AT)

    def test_fields_are_of_the_list_and_stated_by_the_department_that_runs_the_call(self, city, before):
        panel, (case, _), _ = before

        with pytest.raises(Refused, match="No such field"):
            panels.state_fields(panel, {case.pk: ["alchemy"]}, actor=city.officer, at=AT)
        with pytest.raises(Refused, match="another department"):
            panels.state_fields(panel, {case.pk: ["ocean"]}, actor=city.district, at=AT)

    def test_what_was_stated_before_or_drawn_for_is_suggested_and_counts_only_once_it_is_saved(
        self, city, before
    ):
        panel, (case, other), _ = before
        panel.draw = make_draw(city, seats=2, fields=("materials",))
        panel.save()
        panels.state_fields(panel, {case.pk: ["ocean"]}, actor=city.officer, at=AT)

        places = list(panel.cases.select_related("case"))

        assert assigning.suggested_fields(panel, places) == {other.pk: ["materials"]}
        assert not any(assigning.asked_of(panel, places).fits[1])

    def test_merged_entries_are_one_person_with_the_fields_of_both(self, city):
        one, two = (make_expert(city.officer, employer="甲", fields=(code,)) for code in ("ocean", "energy"))
        actions.merge(two, one, reason="同一人", actor=city.officer, at=AT)

        assert fields_of([two.user_id])[two.user_id] == {"ocean", "energy"}

    @pytest.mark.usefixtures("clock_at")
    def test_an_officer_states_fields_and_sees_why_each_expert_is_proposed(self, city, before):
        panel, (case, other), _ = before
        client = signed_in(city.officer)

        page = client.get(f"/panels/{panel.pk}/").content.decode()
        client.post(f"/panels/{panel.pk}/fields/", {f"fields-{case.pk}": ["finance", "ocean"]})
        proposal = client.get(f"/panels/{panel.pk}/assign/").content.decode()

        assert f'name="fields-{other.pk}"' in page
        assert [one.fields for one in panel.cases.all()] == [["ocean", "finance"], []]
        assert f"契合 {FIRST + FURTHER}，第 1 名，共 1 件" in proposal
        assert "有的申报还没有填写领域" in proposal
        assert client.post(f"/panels/{panel.pk}/fields/", {f"fields-{case.pk}": "alchemy"}).status_code == 422
