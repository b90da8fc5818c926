"""What was entered by mistake is taken back: it stays on file, and keeps nobody away any more."""

from __future__ import annotations

import pytest

from experts.factories import AT, kept_from, make_decider, make_expert, make_officer
from factories import TODAY, make_membership, make_organisation
from fulfilment.office import signed_in
from fulfilment.test_projects_api import program
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import correcting, declaring
from kechuang.experts.models import Employment, Work
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(clock_at):
    clock_at(AT)
    return make_officer()


@pytest.fixture
def firm():
    return make_organisation()


def stated(officer, experts, firm, number="10.1/x"):
    work = Work(kind="paper", title="低速机", identifier=number, on=TODAY, source="知网")
    return declaring.state_work(work, experts, [firm], actor=officer, at=AT)


def test_an_employment_entered_by_mistake_is_taken_back_with_its_reason_and_keeps_away_no_more(officer, firm):
    expert = make_expert(officer, works_at=firm)
    mistake = expert.employments.get()

    correcting.withdraw_employment(mistake, reason="同名的另一人", actor=officer, at=AT)

    mistake.refresh_from_db()
    assert kept_from(expert.membership) == set()
    assert (mistake.withdrawn_by, mistake.withdrawn_why) == (officer, "同名的另一人")
    told = Event.objects.get(kind="expert.employment_withdrawn")
    assert told.data == {"employment": mistake.pk, "reason": "同名的另一人"}


def test_a_work_entered_by_mistake_is_taken_back_and_may_be_entered_anew(officer, firm):
    one, other = make_expert(officer), make_expert(officer)
    mistake = stated(officer, [one], firm)

    correcting.withdraw_work(mistake, reason="作者重名", actor=officer, at=AT)

    assert kept_from(one.membership) == set()
    stated(officer, [other], firm)
    assert kept_from(other.membership) == {firm.pk}
    with pytest.raises(Refused, match="there already"):
        stated(officer, [one], firm)


def test_only_the_department_takes_back_never_about_oneself_and_not_without_a_reason(officer, firm):
    expert = make_expert(officer, works_at=firm)
    employment, work = expert.employments.get(), stated(officer, [expert], firm)
    own = make_membership(Role.OFFICER, officer.organisation, user=expert.user)

    for actor in (expert.membership, own, make_officer("市财政局"), make_decider()):
        with pytest.raises(Refused, match="officer"):
            correcting.withdraw_employment(employment, reason="误录", actor=actor, at=AT)
        with pytest.raises(Refused, match="officer"):
            correcting.withdraw_work(work, reason="误录", actor=actor, at=AT)
    for act, what in ((correcting.withdraw_employment, employment), (correcting.withdraw_work, work)):
        with pytest.raises(Refused, match="Say why"):
            act(what, reason=" ", actor=officer, at=AT)
    assert kept_from(expert.membership) == {firm.pk}


def test_the_page_of_an_expert_takes_back_an_employment_and_a_work(officer, firm):
    expert = make_expert(officer, works_at=firm)
    work = stated(officer, [expert], firm)
    client, address = signed_in(officer), f"/experts/{expert.pk}/withdraw/"
    employment = expert.employments.get()

    wrong = client.post(address, {"withdraw-what": f"work:{work.pk}", "withdraw-reason": ""})
    for what in (f"employment:{employment.pk}", f"work:{work.pk}"):
        done = client.post(address, {"withdraw-what": what, "withdraw-reason": "误录"})
        assert done.status_code == 302

    assert wrong.status_code == 422
    assert kept_from(expert.membership) == set()
    assert "撤回误录的任职或成果" not in client.get(f"/experts/{expert.pk}/").content.decode()


def test_a_program_takes_back_an_employment_and_a_work(officer, firm):
    expert = make_expert(officer, works_at=firm)
    work, employment = stated(officer, [expert], firm), expert.employments.get()
    send = program(officer)

    first = send(f"experts/{expert.pk}/employments/{employment.pk}/withdraw", {"reason": "误录"})
    second = send(f"works/{work.pk}/withdraw", {"reason": "误录"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["employments"] == []
    assert Employment.objects.get().withdrawn_at == Work.objects.get().withdrawn_at == AT
