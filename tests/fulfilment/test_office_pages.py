"""The pages of the offices: who sees what, what is done from them, and what it costs the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from factories import make_department, make_membership, make_organisation
from fulfilment.city import AT, WAN, carried_to, make_call, make_case, make_grower, make_twin, manager_of
from fulfilment.judged import recuse
from fulfilment.office import noticed, reviewed, signed_in
from kechuang.accounts.roles import Role
from kechuang.fulfilment import notices, workflow
from kechuang.fulfilment.models import Approval, BulkRun, Call, Case, SavedView
from kechuang.journal.models import Event
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def text_of(response) -> str:
    return response.content.decode()


def test_a_case_shows_sums_facts_reasons_opinions_and_what_has_happened(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")

    page = text_of(signed_in(city.officer).get(f"/cases/{case.number}/"))

    assert case.organisation.name in page
    assert "已推荐" in page
    assert "15.00 万元" in page
    assert "900 万元" in page  # the R&D spend that the organisation declared
    assert "7 项条件均已满足" in page
    assert "区市推荐" in page
    assert page.index("推荐</strong>") < page.index("提交</strong>")  # the newest first


def test_only_acts_of_ones_own_are_offered_and_hindered_ones_say_why(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    district = text_of(signed_in(city.district).get(f"/cases/{case.number}/"))
    officer = text_of(signed_in(city.officer).get(f"/cases/{case.number}/"))

    assert "acts/recommend/" in district
    assert "acts/accept/" not in district
    assert "acts/accept/" not in officer
    assert "请等待区市推荐。" in officer


def test_an_act_is_done_from_its_form_with_the_sum_in_yuan(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    answer = signed_in(city.district).post(
        f"/cases/{case.number}/acts/recommend/", {"revision": case.revision, "recommend-amount": "12.5 万元"}
    )
    case.refresh_from_db()

    assert answer.status_code == 302
    assert (case.state, case.recommended_fen) == ("recommended", 125 * WAN // 10)


def test_a_refused_act_says_why_beside_the_field_and_keeps_what_was_typed(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")

    answer = signed_in(city.district).post(
        f"/cases/{case.number}/acts/recommend/",
        {"revision": case.revision, "recommend-amount": "200000.00", "recommend-note": "已到现场核对。"},
    )

    assert answer.status_code == 422
    assert text_of(answer).count("金额须大于零且不超过 150,000.00 元，现为 200,000.00 元。") == 2
    assert 'value="200000.00"' in text_of(answer)
    assert "已到现场核对。" in text_of(answer)


def test_a_page_that_has_aged_is_refused(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")

    answer = signed_in(city.officer).post(
        f"/cases/{case.number}/acts/accept/", {"revision": case.revision - 1}
    )
    case.refresh_from_db()

    assert answer.status_code == 422
    assert "有了变化" in text_of(answer)
    assert case.state == "recommended"


def test_what_is_foreign_is_not_there(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    elsewhere = make_membership(Role.DISTRICT, make_organisation(kind="government"), scope="371003")
    other = make_membership(Role.OFFICER, make_department("市农业农村局"))

    found = {
        address: signed_in(person).get(address).status_code
        for person, address in ((elsewhere, f"/cases/{case.number}/"), (other, f"/cases/{case.number}/"))
    }

    assert set(found.values()) == {404}
    assert signed_in(city.officer).get("/cases/2026-9-99-00001/").status_code == 404


def test_a_reviewer_sees_the_own_gate_and_no_sums(city):
    call = make_call(city, gates=[{"gate": "credit", "days": 5, "silence": "agree"}], quorum=1)
    case = reviewed(city, carried_to(city, make_case(call), "accepted"))
    client = signed_in(city.reviewers["credit"])

    page = text_of(client.get(f"/cases/{case.number}/"))
    answer = client.post(
        f"/cases/{case.number}/acts/answer_gate/",
        {
            "revision": case.revision,
            "answer_gate-result": "opposed",
            "answer_gate-note": "列入经营异常名录。",
        },
    )

    assert "是否列入失信、异常或黑名单" in page
    assert "万元" not in page
    assert answer.status_code == 302
    assert case.approvals.get(kind="credit").result == Approval.Result.OPPOSED
    assert signed_in(city.reviewers["green"]).get(f"/cases/{case.number}/").status_code == 404


def test_leaders_and_auditors_read_and_change_nothing(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    leader = make_membership(Role.LEADER, make_organisation(kind="government"))
    client = signed_in(leader)

    page = text_of(client.get(f"/cases/{case.number}/"))
    answer = client.post(
        f"/cases/{case.number}/acts/reject/", {"revision": case.revision, "reject-reason": "否"}
    )

    assert 'class="act"' not in page
    assert 'href="/tasks/"' not in page
    assert answer.status_code == 404
    assert client.get("/cases/").status_code == 200
    assert client.get("/tasks/").status_code == 404


def test_a_leader_begins_with_the_money(city):
    client = signed_in(make_membership(Role.LEADER, make_organisation(kind="government")))

    answer = client.get("/start")

    assert answer.headers["Location"] == "/treasury/"


def test_a_fact_is_verified_from_the_case_and_the_change_is_told(city):
    case = carried_to(city, make_case(make_call(city)), "accepted")
    fact = Fact.objects.get(organisation=case.organisation, record="years", key="2025", field="rd_spend")
    client = signed_in(city.officer)

    address = f"/facts/{fact.pk}/verify/?next=/cases/{case.number}/%23facts"
    offered = address in text_of(client.get(f"/cases/{case.number}/"))
    form = text_of(client.get(address))
    answer = client.post(
        address,
        {"years:2025:rd_spend_0": "850", "years:2025:rd_spend_1": "万元"},
    )
    page = text_of(client.get(f"/cases/{case.number}/"))

    assert offered
    assert "研发" in form
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.number}/#facts")
    assert "850 万元" in page
    assert "另说：900 万元" in page
    assert "提交之后这些部分有了变化" in page
    assert "acts/renew/" in page


def test_a_note_is_for_colleagues_and_no_event_of_the_case(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    client = signed_in(city.officer)

    client.post(f"/cases/{case.number}/notes/", {"note-text": "电话核对过。"})

    assert "电话核对过。" in text_of(client.get(f"/cases/{case.number}/"))
    assert not Event.objects.filter(subject=f"case:{case.pk}", kind="case.noted").exists()


def test_an_overlap_is_decided_by_a_person_with_a_reason(city):
    call = make_call(city)
    manager = make_grower()
    case = carried_to(city, make_case(call, manager), "accepted")
    other = carried_to(city, make_twin(make_call(city), case), "submitted")
    client = signed_in(city.officer)

    silent = client.post(f"/cases/{case.number}/overlaps/{other.number}/", {"overlap-same": "yes"})
    said = client.post(
        f"/cases/{case.number}/overlaps/{other.number}/",
        {"overlap-same": "yes", "overlap-why": "同一笔研发投入。"},
    )
    case.refresh_from_db()

    assert silent.status_code == 422
    assert said.status_code == 302
    assert case.stacking[0]["same"] is True


def test_the_to_do_list_counts_by_act_and_shows_what_is_late(city, clock_at):
    call = make_call(city)
    carried_to(city, make_case(call), "recommended")
    carried_to(city, make_case(call), "submitted")
    clock_at(AT + timedelta(days=25))

    page = text_of(signed_in(city.officer).get("/tasks/"))

    assert '?act=accept" aria-current="page">受理 <span class="tally">1</span>' in page
    assert "1 件逾期" in page


def test_the_to_do_list_begins_with_objections_and_disputed_facts_and_the_day_of_the_first(city, clock_at):
    notice, after = noticed(city, make_grower(), make_grower())
    clock_at(after)
    for line in notice.lines.all():
        notices.object_to(line, notices.Said("李四", "13800001234", "数字不符", "请核对"), at=after)
    manager = manager_of(notice.lines.first().case)
    declared = Fact.objects.filter(organisation=manager.organisation, field="rd_spend", known_to=None).first()
    fact = registry.verify(declared, "890万元", actor=city.officer, at=after)
    correction = registry.raise_correction(fact, "1元", "错", actor=manager, at=after)
    due = notice.lines.first().objections.get().due_on

    page = text_of(signed_in(city.officer).get("/tasks/"))
    other = text_of(signed_in(make_membership(Role.OFFICER)).get("/tasks/"))
    recuse(city.officer, manager.organisation)
    kept = text_of(signed_in(city.officer).get("/tasks/"))

    assert '<a href="/objections/">待答复异议 2 件</a>' in page
    assert due.isoformat() in page
    assert '<a href="/corrections/">待核实的数据更正 1 件</a>' in page
    assert correction.due_on.isoformat() in page
    assert "待答复异议" not in other + "".join(kept.split("待答复异议 1 件"))
    assert "数据更正 1 件" not in other + kept


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [("/tasks/?act=accept", 7), ("/cases/", 7)])
def test_a_list_asks_the_database_as_often_for_one_case_as_for_three(
    city, cases, address, queries, django_assert_num_queries
):
    call = make_call(city)
    for _ in range(cases):
        carried_to(city, make_case(call), "recommended")
    client = signed_in(city.officer)

    with django_assert_num_queries(queries):
        page = text_of(client.get(address))

    assert page.count('<th scope="row"><a href="/cases/2026-9-01-') == cases


def test_the_page_of_a_case_asks_the_database_a_known_number_of_times(city, django_assert_num_queries):
    case = carried_to(city, make_case(make_call(city)), "recommended")
    client = signed_in(city.officer)

    with django_assert_num_queries(9):
        page = text_of(client.get(f"/cases/{case.number}/"))

    assert case.organisation.name in page


def test_a_selection_survives_another_page_of_the_list(city):
    call = make_call(city)
    first = carried_to(city, make_case(call), "recommended")
    second = carried_to(city, make_case(call), "recommended")
    client = signed_in(city.officer)

    client.post(
        "/tasks/list/tasks/select/",
        {"query": "act=accept", "shown": [first.pk], "case": [first.pk], "go": "2"},
    )
    client.post(
        "/tasks/list/tasks/select/",
        {"query": "act=accept", "shown": [second.pk], "case": [second.pk], "go": "1"},
    )

    assert client.session["selected-tasks"] == sorted([first.pk, second.pk])
    assert "已选 2 件" in text_of(client.get("/tasks/?act=accept"))


def test_a_bulk_act_is_done_case_by_case_and_says_what_was_refused(city):
    call = make_call(city)
    ready, waiting = (
        carried_to(city, make_case(call), "recommended"),
        carried_to(city, make_case(call), "submitted"),
    )
    client = signed_in(city.officer)
    chosen = {"command": "accept", "shown": [ready.pk, waiting.pk], "case": [ready.pk, waiting.pk]}

    asked = text_of(client.post("/tasks/list/cases/bulk/", chosen))
    done = client.post("/tasks/list/cases/bulk/", {"command": "accept", "confirmed": "1"})
    result = text_of(client.get(done["Location"]))

    assert "将对 2 件申报办理“受理”。" in asked
    assert "请等待区市推荐。" in result
    assert set(Case.objects.values_list("state", flat=True)) == {"accepted", "submitted"}
    assert BulkRun.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "address", ["/cases/?stage=none", "/tasks/?act=accept&stage=none", "/cases/?state=none"]
)
def test_a_filter_that_nothing_can_fit_leaves_an_empty_list(city, address):
    carried_to(city, make_case(make_call(city)), "recommended")

    assert "没有符合条件的申报" in text_of(signed_in(city.officer).get(address))


def test_a_button_of_sealed_bids_is_for_who_opens_them(city):
    call = make_call(city)
    Call.objects.filter(pk=call.pk).update(sealed=True)
    address = f"/calls/{call.number}/open-bids/"

    assert address in text_of(signed_in(city.officer).get(f"/calls/{call.number}/"))
    assert address not in text_of(signed_in(city.decider).get(f"/calls/{call.number}/"))


def test_a_saved_view_keeps_filters_and_columns(city):
    carried_to(city, make_case(make_call(city)), "submitted")
    client = signed_in(city.officer)

    client.post(
        "/tasks/list/cases/save/", {"title": "环翠", "query": "district=371002&column=number&column=rank"}
    )
    page = text_of(client.get("/cases/?" + SavedView.objects.get().query))

    assert "名次" in page
    assert "统一社会信用代码</th>" not in page


def test_an_export_holds_texts_that_look_like_formulas_as_texts(city):
    import io

    import openpyxl

    manager = make_grower(name='=HYPERLINK("http://example.invalid")有限公司')
    carried_to(city, make_case(make_call(city), manager), "submitted")

    answer = signed_in(city.officer).get("/tasks/list/cases/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", manager.organisation.name)
    assert sheet["F2"].value == 150_000


def test_anybody_reads_a_notice_and_may_object_without_an_account(city, clock_at):
    notice, after = noticed(city)
    clock_at(after)
    visitor = Client()

    page = text_of(visitor.get(f"/notices/{notice.number}/"))
    said = {
        "line": "1",
        "name": "王某某",
        "contact": "13800001234",
        "ground": "研发投入不实",
        "remedy": "重新核定",
    }
    raised = visitor.post(f"/notices/{notice.number}/object/", said, follow=True)

    assert notice.hash in page
    assert "与发布时一致" in page
    assert f"{notice.number}-Y1" in text_of(raised)
    assert "王某某" not in text_of(visitor.get(f"/notices/{notice.number}/"))


def test_the_copy_for_machines_is_what_the_hash_is_over(city):
    import hashlib

    notice, _ = noticed(city)

    data = Client().get(f"/notices/{notice.number}.json").content

    assert hashlib.sha256(data).hexdigest() == notice.hash


def test_an_answered_objection_is_shown_with_its_ground_and_without_who_raised_it(city, clock_at):
    notice, after = noticed(city)
    clock_at(after)
    said = {"line": "1", "name": "赵六", "contact": "z@example.com", "ground": "数据不实。", "remedy": "核对"}
    Client().post(f"/notices/{notice.number}/object/", said)

    officer = signed_in(city.officer)
    shown = text_of(officer.get(f"/objections/{notice.number}-Y1/"))
    officer.post(f"/objections/{notice.number}-Y1/", {"upheld": "no", "answer": "已核对报表，属实。"})
    page = text_of(Client().get(f"/notices/{notice.number}/"))

    assert "赵六" in shown
    assert "已核对报表，属实。" in page
    assert "数据不实。" in page
    assert "赵六" not in page


def test_the_public_list_of_calls_and_a_call_are_open_to_everybody(city):
    call = make_call(city)

    index = text_of(Client().get("/calls/"))
    page = text_of(Client().get(f"/calls/{call.number}/"))

    assert call.title["zh"] in index
    assert "还有" in index
    assert "按核定金额同比例分配" in page
    assert "市里自己核对，不用您交" in page


def test_the_manager_of_the_organisation_is_not_an_officer(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    client = signed_in(manager_of(case))

    assert client.get("/tasks/").status_code == 404
    assert client.post(f"/cases/{case.number}/notes/", {"note-text": "x"}).status_code == 404
    assert workflow.possible(case, manager_of(case))[0].command == "withdraw"


def test_all_of_a_tab_is_selected_also_where_the_address_names_no_tab(city):
    case = carried_to(city, make_case(make_call(city)), "recommended")
    client = signed_in(city.officer)
    query = text_of(client.get("/tasks/")).partition('name="query" value="')[2].partition('"')[0]

    answer = client.post("/tasks/list/tasks/select/", {"query": query, "shown": [case.pk], "go": "all"})

    assert answer.status_code == 302
    assert client.session["selected-tasks"] == [case.pk]
