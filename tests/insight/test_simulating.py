"""The page of simulations: what is typed is read, what comes of it is right, nothing is lost or exhausted."""

from __future__ import annotations

import json
import re
from datetime import date
from io import BytesIO
from urllib.parse import urlencode

import openpyxl
import pytest
from django.utils import timezone

from kechuang.policy import assess_table, load_pack
from kechuang.policy.encoding.changes import parse_change
from kechuang.population.generate import generate

RATE = "9.rd_growth.subsidy_rate"
SIX = {"set": f"{RATE}=6%"}


def address(**asked: object) -> str:
    return f"/simulate/?{urlencode(asked, doseq=True)}"


@pytest.fixture
def small(settings, monkeypatch):
    """Cities of a size that tests can wait for."""
    monkeypatch.setattr("kechuang.insight.questions.SIZES", (2_000, 3_000, 4_000))
    monkeypatch.setattr("kechuang.insight.actions.AT_ONCE", 2_000)


def test_without_a_change_the_page_shows_the_policy_as_it_stands(client, folder, small):
    response = client.get("/simulate/")

    page = response.content.decode()
    assert response.status_code == 200
    assert "没有改动；以下是现行政策的结果。" in page
    assert "虚构城市：各单位均由程序生成，不对应任何真实单位" in page
    assert f'name="p.{RATE}" value="5"' in page


def test_the_sums_are_those_of_two_full_assessments(client, folder, small):
    data = client.get(f"/simulate/report.json?{urlencode(SIX)}").json()

    pack, on = load_pack(), timezone.localdate().replace(day=1)
    city = generate(2_000, seed=20230713, year=on.year - 1, on=on)
    before = assess_table(pack, city, on)
    after = assess_table(pack, city, on, parameters=dict([parse_change(pack, SIX["set"])]))
    paid = [one.id for one in pack.benefits if one.amount.kind == "up_to"]
    assert data["population"]["synthetic"] is True
    assert data["strands"]["ceiling"]["before_fen"] == sum(before.benefits[key].total_fen for key in paid)
    assert data["strands"]["ceiling"]["after_fen"] == sum(after.benefits[key].total_fen for key in paid)
    assert data["benefits"][0]["after"]["sum_fen"] == after.benefits["9.rd_growth"].total_fen


def test_a_form_without_javascript_leads_to_the_short_address_of_what_was_changed(client, folder, small):
    typed = {
        "n": 2000,
        f"p.{RATE}": "6",
        "p.9.rd_growth.yearly_cap": "100",
        "r.I-9": "both",
        "pack": "weihai-2023-5",
    }

    response = client.get(address(**typed))

    expected = address(n=2000, set=f"{RATE}=6%", reading="I-9=both")
    assert (response.status_code, response.url) == (302, expected)
    page = client.get(response.url).content.decode()
    assert "2 处改动" in page
    assert "不再惠及" in page or "惠及不变" in page


def test_a_changed_figure_redraws_only_the_outcome_and_names_its_address(client, folder, small):
    client.get("/simulate/")

    response = client.get(
        address(**{f"p.{RATE}": "6"}), headers={"HX-Request": "true", "HX-Target": "outcome"}
    )

    page = response.content.decode()
    assert "由 5% 改为 6%" in page
    assert "<html" not in page
    assert response.headers["HX-Push-Url"] == address(n=2000, **SIX)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("6%", "6%"), ("1:20", None), ("5", None), ("5.0", None), (" 7.5 ", "7.5%"), ("", None), ("0", "0%")],
)
def test_a_figure_may_be_typed_with_or_without_its_unit(client, folder, small, typed, kept):
    response = client.get(address(**{f"p.{RATE}": typed}))

    assert response.url == (address(n=2000) if kept is None else address(n=2000, set=f"{RATE}={kept}"))


def test_sums_are_typed_in_the_unit_beside_the_field(client, folder, small):
    response = client.get(address(**{"p.9.rd_growth.yearly_cap": "1,200"}))

    assert response.url == address(n=2000, set="9.rd_growth.yearly_cap=1200万元")


def test_what_cannot_be_read_is_named_beside_its_field_and_stays_there(client, folder, small):
    response = client.get(address(**{f"p.{RATE}": "六", "p.9.rd_growth.yearly_cap": "50"}))

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="六"' in page
    assert "应为比例，如 10% 或 1:3，现为“六%”" in page
    assert "每家企业年度补助上限由 100 万元 改为 50 万元" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"set": "9.rd_growth.subsidy_rat=6%"}, "没有参数“9.rd_growth.subsidy_rat”"),
        ({"reading": "I-9=maybe"}, "没有口径“I-9=maybe”"),
        ({"pack": "nowhere"}, "没有政策包“nowhere”"),
        ({"solve": RATE, "appropriation": "many"}, "拨款应为金额，如 6000万元，现为“many”"),
        ({"solve": "nothing", "appropriation": "1万元"}, "没有参数“nothing”"),
    ],
)
def test_an_address_that_asks_the_impossible_says_so(client, folder, small, asked, said):
    response = client.get(address(**asked))

    assert response.status_code == 422
    assert said in response.content.decode()


def test_an_appropriation_is_solved_with_its_curve(client, folder, small):
    page = client.get(address(solve=RATE, appropriation="20")).content.decode()

    assert "拨款 200,000.00 元：补助比例上限可定为 " in page
    assert 'id="chart-solution"' in page


def test_sensitivity_lists_every_figure_in_force(client, folder, small):
    page = client.get(address(sensitivity=1)).content.decode()

    assert "最敏感的是" in page
    assert "研发投入递增补助：补助比例上限" in page
    assert 'id="chart-sensitivity"' in page


def test_a_large_city_is_made_in_the_background_with_progress(client, folder, small, work):
    before = client.get(address(n=3000, **SIX)).content.decode()
    work()
    after = client.get(address(n=3000, **SIX)).content.decode()

    assert "正在准备城市" in before
    assert 'http-equiv="refresh"' in before
    assert "由 5% 改为 6%" in after
    told = client.get(f"/simulate/report.json?{urlencode({'n': 3000})}").json()
    assert (told["population"]["title"], told["population"]["subjects"]) == ("虚构城市", 3000)


def test_what_takes_long_is_answered_in_the_background(client, folder, small, work, monkeypatch):
    monkeypatch.setattr("kechuang.insight.answers.AT_MOST", 0.0)

    before = client.get(address(**SIX)).content.decode()
    work()
    after = client.get(address(**SIX)).content.decode()

    assert "正在推演" in before
    assert "由 5% 改为 6%" in after
    client.cookies["django_language"] = "en"
    assert "from 5% to 6%" in client.get(address(**SIX)).content.decode()


def test_too_many_questions_in_the_background_are_refused_politely(client, folder, small, monkeypatch):
    monkeypatch.setattr("kechuang.insight.answers.AT_MOST", 0.0)
    monkeypatch.setattr("kechuang.insight.actions.MOST_WAITING", 1)
    client.get(address(**SIX))

    response = client.get(address(set=f"{RATE}=7%"))

    assert response.status_code == 503
    assert "推演的人太多" in response.content.decode()


def test_a_city_whose_making_failed_says_so_and_is_made_anew(client, folder, small, work):
    from kechuang.insight.models import Population, State

    client.get(address(n=3000))
    Population.objects.filter(size=3000).update(state=State.FAILED)

    page = client.get(address(n=3000)).content.decode()
    work()

    assert "排队中" in page
    assert "没有改动" in client.get(address(n=3000)).content.decode()


def test_files_that_were_deleted_are_made_anew(client, folder, small):
    from kechuang.insight import populations
    from kechuang.insight.models import Population

    client.get("/simulate/")
    populations.delete(Population.objects.get().folder)

    assert "没有改动" in client.get("/simulate/").content.decode()


def test_an_uploaded_files_subjects_are_simulated_at_its_secret_address_only(client, uploaded):
    asked = {"run": uploaded.id, **SIX}

    response = client.get(address(**asked))

    page = response.content.decode()
    assert "由 5% 改为 6%" in page
    assert "海滨2号公司" in page
    assert "网址也含这次上传的保密地址" in page
    assert "虚构城市：各单位" not in page
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert client.get(address(run="not-there")).status_code == 404


def test_a_sum_that_does_not_move_is_shown_once_and_the_city_is_named_once(client, folder, small):
    page = client.get(address(**SIX)).content.decode()
    book = client.get(f"/simulate/report.xlsx?{urlencode(SIX)}")

    assert page.count('aria-hidden="true">→</span>') == 1
    sheet = openpyxl.load_workbook(BytesIO(book.content))["改了什么"]
    assert "对象：虚构城市，2,000 户" in [row[0].value for row in sheet.iter_rows()]


def test_long_names_on_a_chart_are_broken_into_lines_and_figures_along_it_all_shown(client, folder, small):
    page = client.get(address(**SIX, sensitivity=1)).content.decode()

    given = re.search(r'<script id="chart-sensitivity" type="application/json">(.*?)</script>', page).group(1)
    chart = json.loads(given)
    assert chart["yAxis"]["axisLabel"]["overflow"] == "break"
    assert "width" not in chart["xAxis"]["axisLabel"]


def test_the_workbook_and_the_paper_say_the_same(client, folder, small):
    book = client.get(f"/simulate/report.xlsx?{urlencode(SIX)}")
    paper = client.get(f"/simulate/report.pdf?{urlencode(SIX)}")

    sheets = openpyxl.load_workbook(BytesIO(book.content))
    assert sheets.sheetnames[0] == "改了什么"
    assert "由 5% 改为 6%" in sheets["改了什么"]["A2"].value
    assert paper.content.startswith(b"%PDF-")
    assert "attachment" in paper.headers["Content-Disposition"]
    assert client.get("/simulate/report.doc").status_code == 404


def test_another_policy_can_be_tried(client, folder, small):
    page = client.get(address(pack="example-city")).content.decode()

    assert "政策包由“威海市关于强化科技创新" in page
    assert "受影响的事项有" in page


def test_old_populations_go_and_others_stay(client, folder, small):
    from datetime import timedelta

    from kechuang.insight.actions import delete_old
    from kechuang.insight.models import Population

    client.get("/simulate/")
    kept = delete_old()
    stays = Population.objects.get().folder.exists()
    Population.objects.update(used_at=timezone.now() - timedelta(days=400))
    gone, folder_of_it = delete_old(), Population.objects.first()

    assert (kept, stays, gone, folder_of_it) == (0, True, 1, None)
    assert list((folder / "simulations").glob("*/")) == []


def test_a_page_asks_the_database_few_questions(client, folder, small, django_assert_num_queries):
    client.get("/simulate/")

    with django_assert_num_queries(1):
        client.get(address(**SIX))


def test_every_change_of_the_address_is_read_back_the_same(folder):
    from django.http import QueryDict

    from kechuang.insight.questions import read_question
    from kechuang.policy import bind

    law = bind(load_pack(), date(2024, 6, 1))
    query = urlencode(
        [("n", 100_000), ("set", "22.national_award.sums[first]=12345.67元"), ("set", f"{RATE}=1:3"),
         ("reading", "I-9=both"), ("solve", RATE), ("appropriation", "6000万元"), ("sensitivity", "1")]
    )  # fmt: skip

    once = read_question(QueryDict(query), law, "zh")
    again = read_question(QueryDict(once.query), law, "en")

    assert once.faults == ()
    assert again.query == once.query
    assert json.dumps(once.query)
    assert (again.parameters, again.appropriation) == (once.parameters, 6000 * 10**6)
