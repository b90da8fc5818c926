"""Lists that are taken back, and complete lists, which end what they no longer name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.journal.models import Event
from kechuang.registry import actions, queries, working
from kechuang.registry.lists import undoing
from kechuang.registry.models import Coverage, Fact
from registry.factories import apply, high_tech, known, take, undo

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)
KEY = "high_tech_enterprise|national|2025"


def test_undoing_restores_what_was_known_before(officer):
    kept, new = make_organisation(), make_organisation()
    apply(take([high_tech(kept)], officer), officer)
    before = known(kept, AT)
    second = apply(take([high_tech(kept, number="GR2"), high_tech(new)], officer), officer, LATER)

    undone = undo(second, officer, LATEST)

    assert undone.state == "undone"
    assert known(kept) == before
    assert known(new) == {}
    assert known(kept, LATER)["number"] == "GR2"  # it was known then, and stays so
    assert (undone.counts["restored"], undone.counts["kept"]) == (1, 0)
    assert Event.objects.last().kind == "list.undone"


def test_undoing_leaves_what_was_said_after_the_list_and_says_so(officer):
    organisation = make_organisation()
    first = apply(take([high_tech(organisation)], officer), officer)
    apply(take([high_tech(organisation, number="GR2")], officer), officer, LATER)

    before = known(organisation, LATER)

    undone = undo(first, officer, LATEST)

    assert known(organisation) == before
    assert before["number"] == "GR2"
    assert (undone.counts["kept"], undone.counts["repeated"]) == (1, len(before) - 1)
    assert [fact.field for fact in queries.kept_when_undone(undone, officer)] == ["number"]


def test_what_a_later_list_repeats_stands_on_its_word_when_the_earlier_one_is_undone(officer):
    organisation, other = make_organisation(), make_organisation()
    first = apply(take([high_tech(organisation), high_tech(other)], officer), officer)
    second = apply(take([high_tech(organisation)], officer), officer, LATER)

    undo(first, officer, LATEST)

    standing = Fact.objects.filter(organisation=organisation, record="statuses", known_to=None)
    assert {fact.list_import_id for fact in standing} == {second.pk}
    assert known(other) == {}  # the second list did not name it
    undo(second, officer, LATEST + timedelta(days=1))
    assert known(organisation, LATEST + timedelta(days=2)) == {}


def test_a_later_list_that_was_undone_itself_repeats_nothing(officer):
    organisation = make_organisation()
    first = apply(take([high_tech(organisation)], officer), officer)
    second = apply(take([high_tech(organisation)], officer), officer, LATER)

    undo(second, officer, LATEST)
    undone = undo(first, officer, LATEST)

    assert known(organisation, LATEST + timedelta(days=1)) == {}
    assert undone.counts["repeated"] == 0


def test_undoing_two_lists_in_either_order_leads_back_to_the_beginning(officer):
    organisation = make_organisation()
    first = apply(take([high_tech(organisation)], officer), officer)
    second = apply(take([high_tech(organisation, number="GR2")], officer), officer, LATER)

    undo(first, officer, LATEST)
    undo(second, officer, LATEST + timedelta(days=1))

    assert known(organisation, LATEST + timedelta(days=2)) == {}


def test_undoing_the_later_list_first_keeps_the_earlier_one_undoable(officer):
    organisation = make_organisation()
    first = apply(take([high_tech(organisation)], officer), officer)
    second = apply(take([high_tech(organisation, number="GR2")], officer), officer, LATER)

    undo(second, officer, LATEST)
    assert known(organisation)["number"] == "GR202537000001"
    undo(first, officer, LATEST + timedelta(days=1))

    assert known(organisation, LATEST + timedelta(days=2)) == {}


def test_an_undoing_that_stopped_half_way_goes_on(officer, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 3)
    found = apply(take([high_tech(make_organisation())], officer), officer)
    actions.undo_list(found, actor=officer, at=LATER)

    undoing.next_chunk(found.pk, LATER)
    assert Fact.objects.filter(known_to__isnull=True).count() == 2
    working.undo_list(found.pk, lambda: LATER)

    found.refresh_from_db()
    assert (found.state, found.done, found.total) == ("undone", 5, 5)


def test_a_complete_list_says_that_whoever_is_not_on_it_has_none(officer):
    found = apply(take([high_tech(make_organisation())], officer, complete=True), officer)

    assert Coverage.objects.get().record == "statuses"
    undo(found, officer, LATER)
    assert not Coverage.objects.filter(known_to__isnull=True).exists()


def test_a_complete_list_ends_what_it_no_longer_names_as_the_dry_run_shows_and_undoing_brings_it_back(
    officer,
):
    first, second = make_organisation(), make_organisation()
    apply(take([high_tech(first), high_tech(second)], officer), officer)

    found = take([high_tech(first)], officer, complete=True)
    row = found.rows.get(change="ended")
    before = known(second)["expires_on"]
    apply(found, officer, LATER)
    ended = known(second)["expires_on"]
    undo(found, officer, LATER)

    assert found.counts["ended"] == 1
    assert (row.organisation, row.before, row.after) == (
        second,
        {"expires_on": before},
        {"expires_on": "2026-03-01"},
    )
    assert (before, ended, known(second)["expires_on"]) == ("2028-11-02", "2026-03-01", "2028-11-02")
    assert known(first)["expires_on"] == "2028-11-02"


def test_a_complete_list_leaves_other_kinds_of_status_and_what_had_ended_before(officer):
    first, second, third = (make_organisation() for _ in range(3))
    sme = [second.uscc, "", "科技型中小企业", "", "2026371001", date(2026, 1, 5), None]
    past = [third.uscc, "", "高新技术企业", "", "GR1", date(2020, 1, 5), date(2023, 1, 4)]
    apply(take([high_tech(first), sme, past], officer), officer)

    assert take([high_tech(first)], officer, complete=True).counts["ended"] == 0


def test_who_stands_on_a_refused_row_was_named_all_the_same(officer):
    first, second = make_organisation(), make_organisation()
    apply(take([high_tech(first), high_tech(second)], officer), officer)

    found = take([high_tech(first), [*high_tech(second)[:5], "十一月", None]], officer, complete=True)

    assert (found.counts["refused"], found.counts["ended"]) == (1, 0)


def test_a_record_without_a_last_day_is_known_no_longer_and_known_again_after_undoing(officer):
    first, second = make_organisation(), make_organisation()
    heads = ["主体代码", "单位名称", "平台名称", "平台类别", "平台级别"]
    rows = [[one.uscc, "", f"{one.uscc}实验室", "重点实验室", "省级"] for one in (first, second)]
    apply(take(rows, officer, heads, "platforms"), officer)
    platforms = Fact.objects.filter(organisation=second, record="platforms", known_to=None).order_by("field")
    before = list(platforms.values_list("key", "field", "value"))

    found = take(rows[:1], officer, heads, "platforms", complete=True)
    apply(found, officer, LATER)
    gone = list(platforms)
    undo(found, officer, LATER)

    assert found.counts["ended"] == 1
    assert (len(before), gone) == (3, [])
    assert list(platforms.values_list("key", "field", "value")) == before


def test_a_list_of_what_everybody_has_is_never_complete(officer):
    with pytest.raises(Refused, match="complete"):
        take([[make_organisation().uscc, 2025]], officer, ["主体代码", "年度"], "years", complete=True)
