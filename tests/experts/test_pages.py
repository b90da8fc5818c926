"""The pages, the API and the command of this room, as people and programs meet them."""

from __future__ import annotations

import json

import pytest

from experts.factories import (
    AT,
    BORN,
    kept_from,
    make_decider,
    make_expert,
    make_id,
    make_officer,
    make_proposed,
)
from factories import make_membership, make_organisation
from fulfilment.city import carried_to, make_call, make_case, make_city
from fulfilment.office import signed_in
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.cli.main import main
from kechuang.experts import actions, declaring, drawing, replaying
from kechuang.experts.declaring import Said
from kechuang.experts.models import Draw, Expert, Tie, Work

pytestmark = pytest.mark.django_db
DRAW = {
    "purpose": "第 9 条评审", "seats": "2", "substitutes": "1", "first_day": "2026-04-01", "last_day": "2026-04-03",
}  # fmt: skip


@pytest.fixture(autouse=True)
def hour(clock_at):
    """All stories play on one morning."""
    return clock_at


@pytest.fixture
def officer():
    return make_officer()


def text(answer) -> str:
    return answer.content.decode()


def entered(**more) -> dict[str, object]:
    return {
        "name": "张教授", "id_number": make_id(BORN), "born": BORN.isoformat(), "title": "associate",
        "fields_": ["materials"], "email": "zhang@example.com", **more,
    }  # fmt: skip


def test_an_officer_enters_an_expert_the_decider_confirms_and_the_expert_agrees(officer):
    client, decider = signed_in(officer), signed_in(make_decider())

    page = client.post("/experts/new/", entered())
    expert = Expert.objects.get()
    assert page.url == f"/experts/{expert.pk}/"
    assert "待批准" in text(client.get("/experts/?state=proposed&q=张&field=materials"))
    invited = text(decider.post(f"/experts/{expert.pk}/confirm/", {"no_record": "on"}))
    code = invited.partition("/invitations/")[2].partition('"')[0]
    person = make_membership(Role.CLERK)
    signed_in(person).post(f"/invitations/{code}")

    expert.refresh_from_db()
    own = signed_in(expert.membership)
    assert "请确认您的信息" in text(own.get("/expert/"))
    own.post("/expert/agree/")
    assert "请确认您的信息" not in text(own.get("/expert/"))


def test_what_is_wrong_comes_back_beside_its_field_with_all_that_was_typed(officer):
    answer = signed_in(officer).post("/experts/new/", entered(title="middle"))

    assert answer.status_code == 422
    assert "职称至少为副高级" in text(answer)
    assert 'value="张教授"' in text(answer)


def test_an_officer_keeps_an_entry(officer):
    client, firm = signed_in(officer), make_organisation(name="海鸥电机有限公司")
    expert = make_expert(officer)
    home = f"/experts/{expert.pk}/"

    for name, given in (
        ("employ", {"employ-organisation": firm.uscc, "employ-began_on": "2020-01-01"}),
        (
            "tie",
            {
                "tie-kind": "objection",
                "tie-organisation": make_organisation().name,
                "tie-source": "来函 3 号",
            },
        ),
        ("check", {"no_record": "on", "note": "无变化"}),
    ):
        assert client.post(f"{home}{name}/", given).status_code == 302, name
    page = text(client.get(home))
    assert "海鸥电机有限公司" in page
    assert "来函 3 号" in page
    assert "回避中" in page
    assert len(kept_from(expert.membership)) == 2

    wrong = client.post(f"{home}employ/", {"employ-organisation": "没有这家"})
    assert wrong.status_code == 422
    assert "没有找到这个单位" in text(wrong)
    assert client.post(f"{home}remove/", {"remove-reason": "违反纪律"}).status_code == 302
    assert "已出库" in text(client.get(home))


def test_doubles_are_offered_for_merging(officer):
    client, one = signed_in(officer), make_expert(officer, orcid="0000-0002-1825-0097")
    two = make_proposed(officer, orcid="0000-0002-1825-0097")

    assert "可能是同一人" in text(client.get(f"/experts/{two.pk}/"))
    client.post(f"/experts/{two.pk}/merge/", {"merge-into": one.pk, "merge-reason": "同一 ORCID"})

    assert "已并入" in text(client.get(f"/experts/{two.pk}/"))


def test_joint_work_is_entered_with_everybody_who_shared_in_it(officer):
    one, other, firm = make_expert(officer), make_expert(officer), make_organisation()
    given = {
        "kind": "patent", "title": "一种电机", "identifier": "ZL2025", "on": "2025-06-01", "source": "专利检索",
        "experts": [one.pk, other.pk], "organisations": firm.name,
    }  # fmt: skip

    assert signed_in(officer).post("/experts/works/new/", given).status_code == 302
    assert Work.objects.get().shares.count() == 3
    assert kept_from(one.membership) == {firm.pk}
    assert "一种电机" in text(signed_in(officer).get(f"/experts/{one.pk}/"))


def test_an_expert_says_when_not_to_come_and_what_ties_them(officer):
    expert, firm = make_expert(officer), make_organisation()
    client = signed_in(expert.membership)

    client.post("/expert/absence/", {"absence-since": "2026-04-01", "absence-until": "2026-04-09"})
    client.post("/expert/tie/", {"tie-kind": "paid", "tie-organisation": firm.uscc})
    client.post("/expert/employ/", {"employ-employer": "山东大学"})
    client.post("/expert/leave/", {"number": expert.employments.get().pk})

    page = text(client.get("/expert/"))
    assert "2026-04-09" in page
    assert firm.name in page
    assert str(expert.employments.get().ended_on) == "2026-03-02"
    client.post("/expert/present/", {"number": expert.absences.get().pk})
    assert not expert.absences.exists()
    assert client.post("/expert/absence/", {"absence-since": "x"}).status_code == 422
    assert client.post("/expert/present/", {"number": "9" * 30}).status_code == 404


def test_any_member_of_staff_declares_and_reads_only_their_own(officer):
    firm, reviewer = make_organisation(), make_membership(Role.REVIEWER, scope="credit")
    client = signed_in(reviewer)

    assert client.post("/recusals/", {"kind": "kinship", "organisation": firm.uscc}).status_code == 302

    assert firm.name in text(client.get("/recusals/"))
    assert firm.name not in text(signed_in(officer).get("/recusals/"))
    assert firm.name in text(signed_in(make_membership(Role.AUDITOR)).get("/recusals/"))
    assert client.post("/recusals/", {"kind": "kinship"}).status_code == 422


def test_a_colleague_takes_back_a_mistake_and_nobody_their_own(officer):
    firm = make_organisation()
    tie = declaring.declare(Said("kinship", organisation=firm), actor=officer, at=AT)

    assert signed_in(officer).get(f"/recusals/{tie.pk}/withdraw/").status_code == 404
    answer = signed_in(make_officer()).post(f"/recusals/{tie.pk}/withdraw/", {"reason": "单位选错"})

    assert answer.status_code == 302
    assert Tie.objects.get().withdrawn_why == "单位选错"


def test_an_entry_shows_no_tie_to_whom_its_reader_stays_away_from_but_ones_own(officer, client):
    expert, firm = make_expert(officer), make_organisation(name="回避对象科技有限公司")
    declaring.declare(Said("holding", organisation=firm), actor=expert.membership, at=AT)
    declaring.declare(Said("kinship", organisation=firm), actor=officer, at=AT)
    colleague = make_officer()

    def seen(who):
        _, secret = tokens.make(title="程序", days=30, actor=who, at=AT)
        told = client.get(f"/api/experts/{expert.pk}/background", HTTP_AUTHORIZATION=f"Bearer {secret}")
        page = text(signed_in(who).get(f"/experts/{expert.pk}/"))
        return firm.name in page, [one["kind"] for one in told.json()["ties"]]

    assert seen(officer) == (False, [])
    assert seen(colleague) == (True, ["holding"])
    assert firm.name in text(signed_in(expert.membership).get("/expert/"))


def test_a_draw_for_a_call_leaves_out_whoever_is_tied_and_is_public_with_masked_names(client):
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "submitted")
    pool = [
        make_expert(city.officer, name=f"欧阳修{number}", employer=f"大学{number}") for number in range(4)
    ]
    declaring.declare(Said("holding", organisation=case.organisation), actor=pool[0].membership, at=AT)
    officer = signed_in(city.officer)

    answer = officer.post("/draws/new/", {**DRAW, "subject": case.call.number})
    draw = Draw.objects.get()
    assert answer.url == f"/draws/{draw.number}/"
    before = text(client.get(answer.url))
    assert "需回避" in before
    assert "名单与公布的校验值一致" in before
    assert "抽取</button>" not in before

    officer.post(f"{answer.url}carry-out/", {"carry-witness": "0302"})
    page, own = text(client.get(answer.url)), text(officer.get(answer.url))
    assert "结果一致" in page
    assert "欧阳修" not in page
    assert "欧阳修" in own
    officer.post(f"{answer.url}decline/", {"place": "1", "decline-reason": "家人住院"})
    page = text(client.get(answer.url))
    assert "家人住院" not in page
    assert "不能参加" in page
    assert "家人住院" not in text(client.get(f"/draws/{draw.number}.json"))
    assert replaying.verify(client.get(f"/draws/{draw.number}.json").json()) == []
    assert "C2026-001" in text(client.get("/draws/"))


def test_a_draw_is_refused_with_the_reason_beside_its_field(officer):
    client = signed_in(officer)

    few = client.post("/draws/new/", DRAW)
    unknown = client.post("/draws/new/", {**DRAW, "subject": "2026-99-01"})

    assert (few.status_code, unknown.status_code) == (422, 422)
    assert "需要 2 位" in text(few)
    assert "没有这个申报通知" in text(unknown)


def test_a_prepared_draw_is_cancelled_with_a_reason_by_its_department_only(officer, client):
    for number in range(2):
        make_expert(officer, employer=f"大学{number}")
    days = (AT.date(), AT.date())
    draw = drawing.prepare(drawing.Plan("评审", 1, 0, days), actor=officer, at=AT)
    home = f"/draws/{draw.number}/"

    assert (
        signed_in(make_officer("市财政局")).post(f"{home}cancel/", {"cancel-reason": "x"}).status_code == 404
    )
    assert signed_in(officer).post(f"{home}cancel/", {}).status_code == 422
    assert signed_in(officer).post(f"{home}cancel/", {"cancel-reason": "改期"}).status_code == 302
    assert "作废：改期" in text(client.get(home))


def test_the_api_does_what_the_pages_do(officer, client):
    def ask(method, path, membership=None, **given):
        headers = {"authorization": f"Bearer {token_of(membership)}"} if membership else {}
        return client.generic(method, f"/api{path}", json.dumps(given), "application/json", headers=headers)

    person = {**entered(), "fields": ["materials"], "title": "full"}
    del person["fields_"]
    made = ask("POST", "/experts", officer, **person).json()
    ask("POST", f"/experts/{made['id']}/confirm", make_decider(), no_record=True)
    assert ask("GET", f"/experts/{made['id']}", officer).json()["state"] == "confirmed"
    assert ask("GET", "/experts", officer).json()["count"] == 1
    assert ask("GET", "/experts", make_membership(Role.CLERK)).status_code == 404

    firm, expert = make_organisation(), make_expert(officer, employer="大学")
    tie = ask("POST", "/recusals", expert.membership, kind="paid", organisation=firm.uscc).json()
    assert ask("GET", "/recusals", expert.membership).json()["recusals"][0]["uscc"] == firm.uscc
    assert ask("POST", f"/recusals/{tie['id']}/withdraw", officer, reason="填错").json()["withdrawn"] is True
    assert ask("POST", "/recusals", officer, kind="paid", organisation="x").status_code == 409
    assert ask("POST", "/expert/agree", expert.membership, sure=True).json()["agreed"] is True
    ask("POST", "/expert/absences", expert.membership, since="2026-05-01", until="2026-05-02")
    assert expert.absences.count() == 1

    plan = {**DRAW, "seats": 1, "substitutes": 0}
    draw = ask("POST", "/draws", officer, **plan).json()["draw"]
    done = ask("POST", f"/draws/{draw['number']}/carry-out", officer, witness="0302").json()
    assert done["differences"] == []
    assert ask("GET", f"/draws/{draw['number']}").json() == done
    assert (
        ask(
            "POST", f"/draws/{draw['number']}/declines", expert.membership, place=1, reason="出差"
        ).status_code
        == 200
    )
    assert ask("GET", "/draws").json()["draws"][0]["state"] == "carried_out"
    assert ask("POST", "/draws", **plan).status_code == 401


def token_of(membership) -> str:
    return tokens.make(title="x", days=30, actor=membership, at=AT)[1]


def test_the_command_verifies_a_draw_from_its_file_alone(officer, tmp_path, capsys):
    for number in range(3):
        make_expert(officer, employer=f"大学{number}")
    days = (AT.date(), AT.date())
    draw = drawing.prepare(drawing.Plan("评审", 1, 1, days), actor=officer, at=AT)
    told = drawing.exported(drawing.carry_out(draw, actor=officer, at=AT))
    whole, changed, broken = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    whole.write_text(json.dumps(told), encoding="utf-8")
    changed.write_text(json.dumps({**told, "seats": 2}), encoding="utf-8")
    broken.write_text("{", encoding="utf-8")

    assert main(["draw", "verify", str(whole)]) == 0
    assert told["drawn"][0]["key"] in capsys.readouterr().out
    assert main(["draw", "verify", str(changed)]) == 1
    assert "pool_hash" in capsys.readouterr().out
    assert main(["draw", "verify", "--json", str(changed)]) == 1
    assert json.loads(capsys.readouterr().out)[0]["problem"] == "pool_hash"
    assert main(["draw", "verify", str(broken)]) == 2
    assert main(["draw", "verify", str(tmp_path / "none.json")]) == 2


def test_personal_data_are_on_no_page_of_others(officer, client):
    expert = make_expert(officer, employer="大学")
    days = (AT.date(), AT.date())
    draw = drawing.prepare(drawing.Plan("评审", 1, 0, days), actor=officer, at=AT)
    drawing.carry_out(draw, actor=officer, at=AT)
    stranger = signed_in(make_officer("市财政局"))
    pages = [text(client.get(f"/draws/{draw.number}/")), text(stranger.get(f"/draws/{draw.number}/"))]
    pages.append(text(stranger.get("/experts/")))

    assert not any(
        secret in page for page in pages for secret in (expert.name, expert.email, str(expert.born))
    )
    assert stranger.get(f"/experts/{expert.pk}/").status_code == 404
    assert stranger.post(f"/experts/{expert.pk}/check/", {}).status_code == 404


def test_the_pool_asks_the_database_as_often_for_many_as_for_one(officer, django_assert_num_queries):
    client = signed_in(officer)
    make_expert(officer)
    client.get("/experts/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/experts/")
    for _ in range(4):
        make_expert(officer)
    with django_assert_num_queries(len(few)):
        client.get("/experts/")
    assert actions.lapse_overdue(AT) == 0
