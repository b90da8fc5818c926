"""Lists of departments: compared before anything changes, applied in chunks, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from factories import AT, make_organisation
from kechuang.accounts.models import Organisation
from kechuang.accounts.refusals import Refused
from kechuang.exchange.lists import write_list_template
from kechuang.journal.models import Event
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.reference.uscc import make_uscc
from kechuang.registry import actions, queries, working
from kechuang.registry.lists import applying
from kechuang.registry.models import Fact, ListImport
from registry.factories import STATUSES, apply, high_tech, known, take, upload, workbook

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)
KEY = "high_tech_enterprise|national|2025"


def test_the_dry_run_changes_nothing_and_tells_every_difference(officer):
    known_already, renamed, new = make_organisation(), make_organisation(), make_organisation()
    apply(take([high_tech(known_already), high_tech(renamed)], officer), officer)
    events = Event.objects.count()

    found = take([high_tech(known_already), high_tech(renamed, number="GR2"), high_tech(new), ["x"]], officer)

    assert found.state == "checked"
    assert Fact.objects.count() == 10
    assert Event.objects.count() == events + 1  # that it was taken in
    assert [found.counts[name] for name in ("rows", "added", "changed", "same", "refused")] == [4, 1, 1, 1, 1]
    changed = found.rows.get(change="changed")
    assert (changed.before, changed.after["number"]) == ({"number": "GR202537000001"}, "GR2")


def test_a_certificate_without_last_day_holds_three_years_and_the_difference_says_so(officer):
    found = take([high_tech(make_organisation())], officer)

    row = found.rows.get()
    assert (row.after["granted_on"], row.after["expires_on"]) == ("2025-11-03", "2028-11-02")
    assert row.filled == ["expires_on"]
    assert found.counts["filled"] == 1


@pytest.mark.parametrize(
    ("kind", "granted", "expires"),
    [
        ("科技型中小企业", date(2025, 4, 1), "2025-12-31"),
        ("高新技术企业", date(2024, 2, 29), "2027-02-28"),
    ],
)
def test_the_last_day_follows_from_the_kind_of_status(officer, kind, granted, expires):
    found = take([[make_organisation().uscc, "", kind, "", "1", granted, None]], officer)

    assert found.rows.get().after["expires_on"] == expires


def test_an_sme_number_revoked_within_the_year_ends_that_day(officer):
    organisation = make_organisation()
    row = [organisation.uscc, "", "科技型中小企业", "", "2025371001", date(2025, 4, 1), None]
    apply(take([row], officer), officer)

    apply(take([[*row[:-1], date(2025, 9, 30)]], officer), officer, LATER)

    assert known(organisation)["expires_on"] == "2025-09-30"
    assert known(organisation, AT)["expires_on"] == "2025-12-31"


def test_a_list_that_is_applied_is_known_from_then_on_with_one_event(officer):
    organisation = make_organisation()
    found = take([high_tech(organisation)], officer)
    told = []
    actions.on_change.append(told.append)
    try:
        apply(found, officer, LATER)
    finally:
        actions.on_change.remove(told.append)

    fact = Fact.objects.get(field="number")
    assert (fact.key, fact.value, fact.known_from) == (KEY, "GR202537000001", LATER)
    assert (fact.stated_by, fact.list_import) == (officer, found)
    assert not known(organisation, AT)
    event = Event.objects.last()
    assert (event.kind, event.data["hash"], event.data["counts"]["facts"]) == (
        "list.applied",
        found.file_hash,
        5,
    )
    assert told == [[organisation.pk]]
    assert found.state == "applied"


def test_applying_again_changes_nothing(officer):
    organisation = make_organisation()
    apply(take([high_tech(organisation)], officer), officer)

    again = apply(take([high_tech(organisation)], officer), officer, LATER)

    assert again.counts["facts"] == 0
    assert Fact.objects.count() == 5


def test_only_the_fields_that_differ_are_superseded(officer):
    organisation = make_organisation()
    apply(take([high_tech(organisation)], officer), officer)

    second = apply(take([high_tech(organisation, number="GR2")], officer), officer, LATER)

    assert second.counts["facts"] == 1
    fact = Fact.objects.get(field="number", known_to__isnull=True)
    assert fact.supersedes.known_to == fact.known_from == LATER


def test_an_empty_cell_leaves_what_is_on_file(officer):
    organisation = make_organisation()
    apply(take([high_tech(organisation)], officer), officer)

    apply(take([high_tech(organisation, number=None)], officer), officer, LATER)

    assert known(organisation)["number"] == "GR202537000001"


def test_a_list_that_stopped_half_way_goes_on_where_it_stopped(officer, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 2)
    organisations = [make_organisation() for _ in range(5)]
    found = take([high_tech(one) for one in organisations], officer)
    actions.apply_list(found, actor=officer, at=AT)

    applying.next_chunk(found.pk, AT)  # and then the worker dies
    found.refresh_from_db()
    assert (found.state, found.done, Fact.objects.count()) == ("applying", 2, 10)
    working.apply_list(found.pk, lambda: LATER)

    found.refresh_from_db()
    assert (found.state, found.done, found.counts["facts"]) == ("applied", 5, 25)
    assert Fact.objects.count() == 25


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (["", "", "高新技术企业", "", "1", date(2025, 1, 1)], "主体代码", "统一社会信用代码"),
        (["91371002MA00000002", "", "高新技术企业", "", "1", None], "主体代码", "校验位正确"),
        (
            [make_uscc("9", "1", "371002", "MA099999"), "", "高新技术企业", "", "1", None],
            "主体代码",
            "已登记的单位",
        ),
    ],
)
def test_a_row_of_nobody_is_refused_with_what_to_do(officer, row, column, said):
    found = take([row], officer)

    (fault,) = found.rows.get().faults
    assert (found.counts["refused"], fault["column"]) == (1, column)
    assert said in fault["expected"]["zh"]
    assert fault["remedy"]["zh"]
    assert fault["remedy"]["en"]


def test_a_bad_cell_and_a_record_without_kind_are_refused_with_what_to_do(officer):
    first, second = make_organisation(), make_organisation()
    bad = [first.uscc, "", "高新企业", "", "1", "三月"]
    nameless = [second.uscc, "", None, None, "GR1", None]

    found = take([bad, nameless], officer)

    columns = [[fault["column"] for fault in row.faults] for row in found.rows.all()]
    assert columns == [["资质", "认定日期"], ["资质"]]


def test_a_record_that_stands_twice_is_refused_on_both_rows(officer):
    organisation = make_organisation()

    found = take([high_tech(organisation), high_tech(organisation, number="GR2")], officer)

    assert found.counts["refused"] == 2
    assert "第 3 行" in found.rows.first().faults[0]["expected"]["zh"]


def test_unknown_organisations_are_registered_when_wished_and_named_in_full(officer):
    headings = [*STATUSES, "单位类型", "区市或开发区"]
    code, short = (make_uscc("9", "1", "371002", f"MA0999{number}1") for number in range(2))
    rows = [
        [*high_tech(code, name="新来的公司"), "企业", "环翠区"],
        [*high_tech(short, name="不全的公司"), "企业", None],
    ]

    found = apply(take(rows, officer, headings, register_unknown=True), officer)

    new = Organisation.objects.get(uscc=code)
    assert (new.name, new.kind, new.district) == ("新来的公司", "enterprise", "371002")
    assert known(new)["number"] == "GR202537000001"
    assert not Organisation.objects.filter(uscc=short).exists()
    assert (found.counts["register"], found.counts["refused"], found.counts["unknown_organisation"]) == (
        1,
        1,
        2,
    )


def test_a_name_that_differs_from_the_registered_one_is_counted(officer):
    found = take([high_tech(make_organisation(), name="别家公司")], officer)

    assert found.counts["names_differ"] == 1


def test_a_provisional_sme_number_is_on_file_by_a_word_of_its_own_and_counts_for_nothing_yet(officer):
    organisation = make_organisation()
    row = [organisation.uscc, "", "科技型中小企业（公示中）", "", "", date(2026, 2, 20), None]

    apply(take([row], officer), officer)
    apply(
        take([[*row[:2], "科技型中小企业", "", "2026371001", date(2026, 3, 1), None]], officer),
        officer,
        LATER,
    )

    kinds = queries.facts_known(organisation.pk, LATEST).filter(field="kind").values_list("value", flat=True)
    assert set(kinds) == {"tech_sme_provisional", "tech_sme"}


def test_annual_figures_and_facts_of_the_subject_come_by_list_too(officer):
    organisation = make_organisation()
    scale = take(
        [[organisation.uscc, 2025, "是"]], officer, ["统一社会信用代码", "年度", "规模以上企业"], "years"
    )
    size = take([[organisation.uscc, "小型"]], officer, ["主体代码", "企业规模"], "subject")

    apply(scale, officer)
    apply(size, officer)

    facts = {(fact.record, fact.key, fact.field): fact.value for fact in Fact.objects.all()}
    assert facts == {
        ("years", "2025", "year"): 2025,
        ("years", "2025", "above_scale"): True,
        ("subject", "", "size"): "small",
    }


def test_a_file_of_which_nothing_can_be_read_fails_with_a_sentence(officer):
    found = actions.take_list(upload(b"junk", "a.xlsx"), "statuses", actor=officer, at=AT)

    working.read_list(found.pk)

    found.refresh_from_db()
    assert found.state == "failed"
    assert found.problem["zh"]
    with pytest.raises(Refused, match="reload"):
        actions.apply_list(found, actor=officer, at=AT)


def test_a_list_with_nothing_to_apply_is_not_applied(officer):
    with pytest.raises(Refused, match="no row"):
        apply(take([["x"]], officer), officer)


def test_a_double_click_applies_once(officer):
    found = take([high_tech(make_organisation())], officer)
    actions.apply_list(found, actor=officer, at=AT)

    with pytest.raises(Refused, match="reload"):
        actions.apply_list(found, actor=officer, at=AT)


@pytest.mark.parametrize("kind", list(load_vocabulary().records))
def test_the_empty_list_of_every_kind_is_read_back_by_its_headings(officer, data_folder, kind):
    path = data_folder / "list.xlsx"
    write_list_template(path, load_vocabulary().records[kind], load_vocabulary())

    found = actions.take_list(upload(path.read_bytes(), "a.xlsx"), kind, actor=officer, at=AT)
    working.read_list(found.pk)

    found.refresh_from_db()
    assert (found.state, "没有数据行" in found.problem["zh"]) == ("failed", True)


def test_a_record_gives_way_to_none_said_by_a_list_before(officer):
    organisation = make_organisation()
    none = actions.state_none(organisation, "statuses", actor=officer, at=AT, source=Fact.Source.LIST)

    apply(take([high_tech(organisation)], officer), officer, LATER)

    none.refresh_from_db()
    assert none.known_to == LATER


def test_lists_are_kept_by_their_content(officer):
    data = workbook(STATUSES, high_tech(make_organisation()))

    found = actions.take_list(
        upload(data, "C:\\名录\\a.xlsx"), "statuses", title="2025 第一批", actor=officer, at=AT
    )

    assert (found.file_name, found.title, ListImport.objects.count()) == ("a.xlsx", "2025 第一批", 1)
    assert date(2026, 3, 2) == AT.date()
