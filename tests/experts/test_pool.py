"""The pool: who may enter, who may stay, and that one person stands in it once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from experts.factories import (
    AT,
    make_decider,
    make_expert,
    make_id,
    make_officer,
    make_profile,
    make_proposed,
)
from factories import make_department, make_membership, make_organisation, make_user
from kechuang.accounts import actions as accounts
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import actions, rules
from kechuang.experts.catalogue import entry
from kechuang.experts.identity import checked_id, checked_orcid, hash_of
from kechuang.experts.models import Expert
from kechuang.registry import queries as registry
from kechuang.registry.rules import may_see_evidence

pytestmark = pytest.mark.django_db


def test_an_id_number_with_a_wrong_check_digit_or_another_birthday_is_refused():
    born = date(1975, 5, 20)
    good = make_id(born, 7)
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")

    assert checked_id(good[:6] + " " + good[6:], born) == good
    with pytest.raises(Refused, match="check digit"):
        checked_id(wrong, born)
    with pytest.raises(Refused, match="another day"):
        checked_id(good, date(1975, 5, 21))


def test_a_passport_number_will_do_and_twelve_digits_will_not():
    assert checked_id("e1234567", date(1980, 1, 1)) == "E1234567"
    with pytest.raises(Refused, match="18 digits"):
        checked_id("123456789012", date(1980, 1, 1))


def test_an_orcid_is_kept_in_one_spelling_and_its_check_digit_is_looked_at():
    assert checked_orcid("https://orcid.org/0000-0002-1825-0097") == "0000-0002-1825-0097"
    assert checked_orcid("000000021694233X") == "0000-0002-1694-233X"
    assert checked_orcid("") == ""
    with pytest.raises(Refused, match="no ORCID"):
        checked_orcid("0000-0002-1825-0098")


def test_the_id_number_itself_is_kept_nowhere():
    number = make_id()
    expert = actions.propose(make_profile(), number, actor=make_officer(), at=AT)

    kept = Expert.objects.filter(pk=expert.pk).values().get()

    assert number not in str(kept)
    assert kept["id_hash"] == hash_of(number)


def test_the_same_person_is_entered_once_and_the_refusal_names_them_to_their_department_only():
    officer, other, number = make_officer(), make_officer("市财政局"), make_id()
    actions.propose(make_profile(name="张教授"), number, actor=officer, at=AT)

    with pytest.raises(Refused, match="张教授"):
        actions.propose(make_profile(), number, actor=officer, at=AT)
    with pytest.raises(Refused, match="another department") as refused:
        actions.propose(make_profile(), number, actor=other, at=AT)
    assert "张教授" not in refused.value.words.zh


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "middle"}, "title"),
        ({"born": date(1955, 1, 1)}, "exception"),
        ({"fields": ()}, "fields"),
        ({"fields": ("astrology",)}, "fields"),
        ({"name": " "}, "name"),
    ],
)
def test_the_rules_of_entry_say_which_field_is_wrong(given, field):
    profile = make_profile(**given)

    with pytest.raises(Refused) as refused:
        actions.propose(profile, make_id(profile.born), actor=make_officer(), at=AT)

    assert refused.value.field == field


def test_beyond_the_age_somebody_enters_with_a_written_exception():
    profile = make_profile(born=date(1955, 1, 1), exception="国内仅有的船用低速机专家")

    expert = actions.propose(profile, make_id(profile.born), actor=make_officer(), at=AT)

    assert expert.exception


def test_another_person_confirms_and_the_expert_joins_by_the_invitation():
    officer, decider = make_officer(), make_decider()
    expert = make_proposed(officer)
    with pytest.raises(Refused, match="decider"):
        actions.confirm(expert, actor=officer, at=AT, no_record=True)
    with pytest.raises(Refused, match="integrity"):
        actions.confirm(expert, actor=decider, at=AT, no_record=False)

    expert, code = actions.confirm(expert, actor=decider, at=AT, no_record=True)
    membership = accounts.accept(code, user=make_user(), at=AT)

    expert.refresh_from_db()
    assert (expert.state, expert.membership, membership.role) == ("confirmed", membership, Role.EXPERT)
    assert expert.expires_on == date(2029, 3, 2)


def test_a_decider_lets_experts_in_and_nobody_else():
    decider = make_decider()

    with pytest.raises(Refused, match="not yours"):
        accounts.invite(decider.organisation, Role.OFFICER, "x@example.com", actor=decider, at=AT)
    with pytest.raises(Refused, match="not yours"):
        accounts.invite(make_organisation(), Role.EXPERT, "x@example.com", actor=decider, at=AT)
    operator = make_membership(Role.OPERATOR, make_department("市大数据局"))
    with pytest.raises(Refused, match="not yours"):
        accounts.grant(make_user(), decider.organisation, Role.EXPERT, actor=operator, at=AT)


def test_whose_yearly_check_is_overdue_lapses_and_a_check_brings_them_back():
    officer = make_officer()
    expert = make_expert(officer)
    late = AT + timedelta(days=366)

    assert actions.lapse_overdue(late) == 1
    assert actions.lapse_overdue(late) == 0
    expert.refresh_from_db()
    assert (expert.state, expert.reason) == ("lapsed", "年度核对逾期")

    expert = actions.check(expert, no_record=True, note="", actor=officer, at=late)
    assert (expert.state, expert.reason) == ("confirmed", "")


def test_a_check_that_finds_a_record_lapses_the_place():
    officer = make_officer()

    expert = actions.check(make_expert(officer), no_record=False, note="见通报", actor=officer, at=AT)

    assert (expert.state, expert.reason) == ("lapsed", "科研诚信记录不合格；见通报")


def test_whoever_leaves_the_pool_loses_the_role():
    officer = make_officer()
    expert = make_expert(officer)

    actions.remove(expert, reason="违反评审纪律", actor=officer, at=AT)

    expert.refresh_from_db()
    assert (expert.state, expert.membership.ended_at) == ("removed", AT)


def test_two_entries_of_one_person_are_found_and_merged():
    officer = make_officer()
    one = make_expert(officer, orcid="0000-0002-1825-0097")
    profile = make_profile(name=one.name, born=one.born, orcid=one.orcid)
    two = actions.propose(profile, "E7654321", actor=officer, at=AT)

    assert actions.doubles_of(one) == [two]
    merged = actions.merge(two, one, reason="护照与身份证为同一人", actor=officer, at=AT)

    two.refresh_from_db()
    assert (merged, two.merged_into, two.state) == (one, one, "removed")
    with pytest.raises(Refused, match="merged already"):
        actions.merge(two, one, reason="再来一次", actor=officer, at=AT)


def test_an_entry_changed_meanwhile_is_not_overwritten_and_a_change_asks_for_agreement_anew():
    officer = make_officer()
    expert = make_expert(officer)

    changed = actions.change(
        expert, make_profile(name="新名"), revision=expert.revision, actor=officer, at=AT
    )

    assert (changed.name, changed.agreed_at) == ("新名", None)
    with pytest.raises(Refused, match="changed"):
        actions.change(expert, make_profile(), revision=expert.revision, actor=officer, at=AT)


def test_the_pool_is_seen_by_its_department_and_auditors_and_an_expert_sees_oneself():
    expert, other = make_expert(), make_expert()
    seen = {
        role: set(rules.experts_visible_to(make_membership(role, make_department("市科技局"))))
        for role in Role
    }

    assert {role for role, found in seen.items() if found} == {Role.OFFICER, Role.DECIDER, Role.AUDITOR}
    assert set(rules.experts_visible_to(expert.membership)) == {expert}
    assert not rules.experts_visible_to(make_officer("市财政局")).filter(pk=other.pk).exists()


def test_a_file_of_an_expert_is_for_the_department_and_the_expert_only():
    officer, stranger = make_officer(), make_officer("市财政局")
    expert = make_expert(officer)
    upload = SimpleUploadedFile("职称证.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")

    file = actions.add_file(expert, upload, actor=officer, at=AT).evidence

    assert may_see_evidence(officer, file)
    assert may_see_evidence(expert.membership, file)
    assert not may_see_evidence(stranger, file)
    assert not may_see_evidence(make_expert(officer).membership, file)
    assert file not in registry.evidence_of(file.organisation_id, stranger)


def test_only_the_expert_says_when_they_cannot_come():
    officer = make_officer()
    expert = make_expert(officer)

    made = actions.add_absence(
        expert, date(2026, 4, 1), date(2026, 4, 9), "出国", actor=expert.membership, at=AT
    )

    assert list(expert.absences.all()) == [made]
    with pytest.raises(Refused, match="Only the expert"):
        actions.drop_absence(made, actor=officer, at=AT)
    with pytest.raises(Refused, match="before the first"):
        actions.add_absence(expert, date(2026, 4, 9), date(2026, 4, 1), "", actor=expert.membership, at=AT)


def test_whoever_is_removed_loses_the_role_under_every_account_of_the_merged_entries():
    officer = make_officer()
    one, two = make_expert(officer), make_expert(officer)
    actions.merge(two, one, reason="护照与身份证为同一人", actor=officer, at=AT)

    actions.remove(one, reason="违反评审纪律", actor=officer, at=AT)

    ended = [each.ended_at for each in Membership.objects.filter(user__in=[one.user, two.user])]
    assert ended == [AT, AT]


def test_the_year_of_a_check_counts_from_the_city_s_day_of_confirmation():
    night = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # in Weihai it is the 3rd

    due_on = rules.check_due_on(Expert(proposed_at=night - timedelta(days=9), confirmed_at=night))

    assert due_on == date(2026, 3, 3) + timedelta(days=entry().check_days)
