"""Who must stay away: computed, declared, renewed; and what the database refuses."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from experts.factories import AT, kept_from, make_expert, make_officer
from factories import TODAY, make_membership, make_organisation
from fulfilment.city import carried_to, make_call, make_case, make_city
from kechuang.accounts import actions as accounts
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import actions, declaring, recusal
from kechuang.experts.catalogue import grounds, years_after
from kechuang.experts.declaring import Said
from kechuang.experts.models import Work
from kechuang.fulfilment import workflow
from kechuang.fulfilment.models import Approval

pytestmark = pytest.mark.django_db


def work(kind: str = "paper", on: date = TODAY, number: str = "10.1/x") -> Work:
    return Work(kind=kind, title="低速机", identifier=number, on=on, source="知网")


def test_every_ground_has_words_in_both_languages_and_somebody_who_enters_it():
    assert all(
        one.title.zh and one.title.en and one.why.zh and one.who and one.reaches for one in grounds().values()
    )


def test_a_tie_keeps_away_until_the_years_after_its_end_have_passed():
    ground = grounds()["employer"]

    assert ground.holds(None, None, TODAY)
    assert ground.holds(None, years_after(TODAY, -3), TODAY)
    assert not ground.holds(None, years_after(TODAY, -3) - timedelta(days=1), TODAY)
    assert not ground.holds(TODAY + timedelta(days=1), None, TODAY)
    assert grounds()["kinship"].holds(None, date(1980, 1, 1), TODAY)


def test_an_expert_stays_away_from_the_employer_and_for_three_years_after_leaving():
    firm = make_organisation()
    expert = make_expert(works_at=firm)
    assert kept_from(expert.membership) == {firm.pk}

    actions.leave(expert.employments.get(), date(2026, 2, 1), actor=expert.membership, at=AT)
    assert kept_from(expert.membership) == {firm.pk}

    recusal.renew_all(AT.replace(year=2029, month=2, day=2))
    assert kept_from(expert.membership) == set()


def test_an_employer_given_by_name_keeps_away_as_soon_as_an_organisation_bears_the_name():
    expert = make_expert(employer="威海 甲公司")
    assert kept_from(expert.membership) == set()

    firm = make_organisation(name="威海甲公司")
    make_organisation(name="威海甲公司二厂")
    recusal.renew_all(AT)

    assert kept_from(expert.membership) == {firm.pk}
    assert recusal.kept_away(TODAY, [firm.pk])


def test_renewing_twice_changes_nothing():
    expert = make_expert(works_at=make_organisation())

    assert recusal.renew(expert, AT) == 0
    assert Recusal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_declared_while_the_clock_renews_stays_in_force(monkeypatch):
    """The clock has read the ties when the declaration is committed, and reads on."""
    officer, firm = make_officer(), make_organisation()
    read = recusal.reasons

    def declare() -> None:
        declaring.declare(Said("kinship", organisation=firm), actor=officer, at=AT)
        connection.close()

    def read_and_meanwhile(today):
        found = read(today)
        monkeypatch.setattr(recusal, "reasons", read)
        beside = threading.Thread(target=declare)
        beside.start()
        beside.join()
        return found

    monkeypatch.setattr(recusal, "reasons", read_and_meanwhile)
    recusal.renew_all(AT)

    assert kept_from(officer) == {firm.pk}


def test_an_official_who_also_manages_a_firm_stays_away_from_it():
    firm = make_organisation()
    officer = make_officer()
    make_membership(Role.MANAGER, firm, user=officer.user)

    assert recusal.renew(officer.user, AT) == 1
    assert kept_from(officer) == {firm.pk}


def test_an_official_stays_away_for_three_years_from_a_firm_that_one_managed():
    officer, firm = make_officer(), make_organisation()
    make_membership(Role.MANAGER, firm)
    own = make_membership(Role.MANAGER, firm, user=officer.user)
    recusal.renew(officer.user, AT)

    accounts.end(own, actor=own, at=AT)

    assert kept_from(officer) == {firm.pk}
    recusal.renew_all(AT + timedelta(days=2 * 365))
    assert kept_from(officer) == {firm.pk}
    recusal.renew_all(AT + timedelta(days=3 * 366))
    assert kept_from(officer) == set()


def test_whoever_begins_to_act_for_a_firm_stays_away_from_it_from_that_moment_on():
    officer, expert, firm = make_officer(), make_expert(), make_organisation()
    manager = make_membership(Role.MANAGER, firm)
    for judge in (officer, expert.membership):
        _, code = accounts.invite(firm, Role.CLERK, judge.user.email, actor=manager, at=AT)
        accounts.accept(code, user=judge.user, at=AT)
        assert kept_from(judge) == {firm.pk}

    accounts.register(uscc="91371000MA3D0TEST0", name="威海新设有限公司", kind="enterprise", district="371002",
                      user=officer.user, at=AT)  # fmt: skip

    assert len(kept_from(officer)) == 2


def test_whoever_comes_into_office_stays_away_from_the_firm_that_one_managed_before():
    firm = make_organisation()
    manager, operator = make_membership(Role.MANAGER, firm), make_membership(Role.OPERATOR)
    office = make_officer().organisation

    officer = accounts.grant(manager.user, office, Role.OFFICER, actor=operator, at=AT)

    assert kept_from(officer) == {firm.pk}


def test_officials_declare_too_and_a_colleague_takes_back_a_mistake():
    officer, firm = make_officer(), make_organisation()
    tie = declaring.declare(Said("kinship", organisation=firm, note="配偶任职"), actor=officer, at=AT)
    assert kept_from(officer) == {firm.pk}

    with pytest.raises(Refused, match="Another officer"):
        declaring.withdraw(tie, why="填错", actor=officer, at=AT)
    declaring.withdraw(tie, why="单位选错", actor=make_officer(), at=AT)

    assert kept_from(officer) == set()


def test_an_applicant_declares_nothing_and_a_bidder_objection_is_entered_by_the_office():
    officer, firm = make_officer(), make_organisation()
    expert = make_expert(officer)
    with pytest.raises(Refused, match="nothing here"):
        declaring.declare(Said("holding", organisation=firm), actor=make_membership(Role.MANAGER), at=AT)
    with pytest.raises(Refused, match="ground"):
        declaring.declare(Said("objection", organisation=firm), actor=expert.membership, at=AT)

    with pytest.raises(Refused, match="rests on"):
        declaring.enter(expert, Said("objection", organisation=firm), actor=officer, at=AT)
    declaring.enter(expert, Said("objection", organisation=firm, source="来函 3 号"), actor=officer, at=AT)

    assert kept_from(expert.membership) == {firm.pk}


def test_a_tie_between_people_reaches_where_the_other_works_both_ways():
    one_firm, other_firm = make_organisation(), make_organisation()
    one, other = make_expert(works_at=one_firm), make_expert(works_at=other_firm)

    declaring.declare(Said("teacher", other=other), actor=one.membership, at=AT)

    assert kept_from(one.membership) == kept_from(other.membership) == {one_firm.pk, other_firm.pk}


def test_co_authors_stay_away_from_each_others_places_and_from_those_in_the_work_for_three_years():
    officer, named = make_officer(), make_organisation()
    one_firm = make_organisation()
    one, other = make_expert(officer, works_at=one_firm), make_expert(officer)

    declaring.state_work(work(), [one, other], [named], actor=officer, at=AT)

    assert kept_from(one.membership) == {one_firm.pk, named.pk}
    assert kept_from(other.membership) == {one_firm.pk, named.pk}
    recusal.renew_all(AT + timedelta(days=3 * 366))
    assert kept_from(other.membership) == set()


def test_a_work_is_entered_once_and_by_at_least_two():
    officer = make_officer()
    expert = make_expert(officer)

    with pytest.raises(Refused, match="Name one expert"):
        declaring.state_work(work(), [expert], [], actor=officer, at=AT)
    declaring.state_work(work(), [expert], [make_organisation()], actor=officer, at=AT)
    with pytest.raises(Refused, match="there already"):
        declaring.state_work(work(), [expert], [make_organisation()], actor=officer, at=AT)


def test_merged_identities_keep_the_ties_of_both():
    officer, one_firm, other_firm = make_officer(), make_organisation(), make_organisation()
    one, other = make_expert(officer, works_at=one_firm), make_expert(officer, works_at=other_firm)

    actions.merge(other, one, reason="同一人", actor=officer, at=AT)

    assert kept_from(one.membership) == kept_from(other.membership) == {one_firm.pk, other_firm.pk}


def test_a_recused_official_can_write_no_opinion_even_past_every_rule():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "submitted")
    Recusal.objects.create(
        user=city.district.user,
        organisation=case.organisation,
        ground="declared",
        source="tie:1",
        began_at=AT,
    )

    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Approval.objects.create(
            case=case,
            kind="recommendation",
            result="agreed",
            asked_at=AT,
            given_at=AT,
            given_by=city.district,
        )
    with pytest.raises(Refused, match="not yours"):
        workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)


def test_an_opinion_given_before_the_recusal_may_still_be_voided_and_not_rewritten():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "recommended")
    given = case.approvals.get(kind="recommendation")
    Recusal.objects.create(
        user=city.district.user,
        organisation=case.organisation,
        ground="declared",
        source="tie:1",
        began_at=AT,
    )

    assert Approval.objects.filter(pk=given.pk).update(voided_at=AT)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Approval.objects.filter(pk=given.pk).update(note="改口")


def test_a_refusal_of_the_database_becomes_a_sentence_in_the_workflow(monkeypatch):
    """Where a recusal begins between the look and the write, the person reads a sentence, not a fault."""
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "submitted")
    Recusal.objects.create(
        user=city.district.user,
        organisation=case.organisation,
        ground="declared",
        source="tie:1",
        began_at=AT,
    )
    monkeypatch.setattr("kechuang.fulfilment.rules.may_act", lambda *_: True)

    with pytest.raises(Refused, match="a colleague does this"):
        workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    case.refresh_from_db()
    assert case.state == "submitted"


def test_nobody_is_freed_by_ones_own_word_that_one_has_left_long_ago():
    officer, firm = make_officer(), make_organisation()
    expert = make_expert(officer)
    job = actions.employ(expert, firm, "", (None, None), actor=expert.membership, at=AT)

    with pytest.raises(Refused, match="entered by the department"):
        actions.leave(job, date(2019, 1, 1), actor=expert.membership, at=AT)
    assert firm.pk in kept_from(expert.membership)
    actions.leave(job, date(2019, 1, 1), actor=officer, at=AT)

    assert firm.pk not in kept_from(expert.membership)
