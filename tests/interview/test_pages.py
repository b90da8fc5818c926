"""From the first question to the results, from the address alone: no database, no session, nothing kept."""

from __future__ import annotations

import io
import json
import re

import pytest
from openpyxl import load_workbook

from kechuang.policy import assess, load_pack, read_case

LANGUAGES = ["zh-hans", "en"]


@pytest.fixture
def done(answer_all, sme):
    _, address = answer_all(sme)
    return address


def test_the_first_page_says_what_it_is_and_offers_ways_in(client):
    said = client.get("/ask/").content.decode()

    assert "本站不保存" in said
    assert 'href="/ask/questions/"' in said
    assert "?q=kind&amp;v=enterprise" in said
    assert "着力深化产学研融通" in said


def test_an_sme_is_led_to_its_results(answer_all, client, sme):
    keys, address = answer_all(sme)
    said = client.get(address).content.decode()

    assert keys[:3] == ["kind", "records", "statuses"]
    assert set(keys) == set(sme)
    assert "可申报最高 <strong>15.00 万元</strong>" in said
    assert "研发投入递增补助" in said
    assert "高新技术企业证书或科技型中小企业入库编号" in said
    assert "不用您交" in said


def test_a_refusal_says_until_when_it_can_be_mended(answer_all, client, sme):
    _, address = answer_all(sme)

    said = client.get(address).content.decode()

    assert "最迟 2026-03-02 为合同办理备案，并使备案合同与登记合同一致，即可申报，最高 5.00 万元" in said


def test_no_page_asks_the_database_or_keeps_anything(client, answer_all, sme):
    _, address = answer_all(sme)

    for path in (address, address.replace("/results/", "/share/"), "/ask/"):
        response = client.get(path)
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_page_says_why_and_how_far(client, fields, sme, language):
    client.cookies["django_language"] = language
    response, seen = client.get("/ask/questions/"), []
    while response.status_code == 200:
        page, here = response.content.decode(), fields(response)
        assert here["q"] not in seen
        seen.append(here["q"])
        assert ("为什么问这个" if language == "zh-hans" else "Why do you ask?") in page
        assert re.search(
            "还有约 [0-9]+ 问" if language == "zh-hans" else "about [0-9a-z]+ questions? left", page
        )
        assert page.count("<h1") == 1
        given = {"v": sme[here["q"]]} if here["q"] in sme else {"unknown": "1"}
        response = client.get("/ask/questions/", {**here, **given})

    assert len(seen) > 10


def test_an_answer_that_cannot_be_read_is_said_and_nothing_is_lost(client, fields, sme):
    response = client.get("/ask/questions/", {"q": "kind", "v": "enterprise"})
    given = fields(response)
    response = client.get("/ask/questions/", {**given, "v": ["statuses"]})
    response = client.get("/ask/questions/", {**fields(response), "v": ["tech_sme"]})

    wrong = client.get("/ask/questions/", {**fields(response), "v": "gestern"})
    empty = client.get("/ask/questions/", {**fields(response), "v": ""})

    assert "请填写日期，例如 2024-06-20" in wrong.content.decode()
    assert 'aria-invalid="true"' in wrong.content.decode()
    assert fields(wrong) == fields(response)
    assert "请填写；不清楚就点“不知道”" in empty.content.decode()


def test_nothing_chosen_is_asked_for_once_more(client, fields):
    response = client.get("/ask/questions/", {"q": "kind"})

    assert "请选一项" in response.content.decode()
    assert fields(response)["q"] == "kind"


def test_counts_beside_kinds_are_read(client, fields):
    here = fields(client.get("/ask/questions/", {"q": "kind", "v": "enterprise"}))
    here = fields(client.get("/ask/questions/", {**here, "v": ["statuses", "contracts"]}))
    here = fields(client.get("/ask/questions/", {**here, "unknown": "1"}))
    assert here["q"] == "contracts"

    two = client.get("/ask/questions/", {**here, "v": "development", "n-development": "2"}).content.decode()
    wrong = client.get(
        "/ask/questions/", {**here, "v": "development", "n-development": "99"}
    ).content.decode()

    assert "技术开发 × 2" in two
    assert "每项不超过 20" in wrong
    assert 'value="99"' in wrong


def test_an_answer_can_be_changed_and_the_later_ones_stay(client, done, state_of, fields):
    page = client.get("/ask/questions/", {"s": state_of(done), "change": "years.2025.rd_spend"})
    assert 'value="900"' in page.content.decode()
    assert "修改回答" in page.content.decode()

    after = client.get("/ask/questions/", {**fields(page), "v": "688"})
    said = client.get(after["Location"]).content.decode()

    assert "还差 12 万元" in said
    assert "假如 2025 年研发投入达到 700 万元" in said
    assert "600 万元" in said  # the answer about 2024


def test_lists_can_be_changed_after_all(client, done, state_of, fields):
    page = client.get("/ask/questions/", {"s": state_of(done), "change": "records"})
    assert re.search(r'value="contracts"[^>]*checked', page.content.decode())

    after = client.get("/ask/questions/", {**fields(page), "v": ["statuses", "contracts", "loans"]})

    assert after.status_code == 200
    assert fields(after)["q"] == "loans"


def test_back_leads_to_the_answer_before(client, fields):
    first = client.get("/ask/questions/", {"q": "kind", "v": "enterprise"})
    state = fields(first)["s"]

    assert f"?s={state}&amp;change=kind" in first.content.decode()
    again = client.get("/ask/questions/", {"s": state, "change": "kind"}).content.decode()
    assert re.search(r'value="enterprise"[^>]*checked', again)
    assert 'class="ask-back" href="/ask/"' in again


def test_with_htmx_only_the_question_comes_and_the_address_is_set(client, fields):
    headers = {"HTTP_HX_REQUEST": "true"}
    response = client.get("/ask/questions/", {"q": "kind", "v": "enterprise"}, **headers)

    assert b"<html" not in response.content
    assert b"<title>" in response.content
    assert response["HX-Push-Url"] == f"/ask/questions/?s={fields(response)['s']}"


def test_with_htmx_the_end_leads_to_the_results(client, done, state_of):
    ended = client.get("/ask/questions/", {"s": state_of(done)}, HTTP_HX_REQUEST="true")

    assert ended["HX-Redirect"] == done


def test_one_part_of_the_policy_can_be_asked_about_alone(client, answer_all, sme):
    topic = re.search(r'\?s=(\S+)" lang="zh-CN">着力深化产学研融通', client.get("/ask/").content.decode())[1]

    keys, address = answer_all(sme, {"s": topic})
    said = client.get(address).content.decode()

    assert not [key for key in keys if key.startswith("years.")]
    assert "这里只看了一个方面" in said
    assert "研发投入递增补助" not in said
    assert "接着问其他政策" in said


def test_what_somebody_else_may_have_is_set_aside(client, done):
    said = client.get(done).content.decode()

    folded = said[said.index("aside-list") :]
    assert "牵头创建全国重点实验室奖励" in folded
    assert "研发投入递增补助" not in folded[: folded.index("</ul>")]


def test_the_full_reasoning_has_a_page(client, done):
    said = client.get(done.replace("/results/", "/results/9/rd_growth/")).content.decode()
    nowhere = client.get(done.replace("/results/", "/results/9/nothing/"))

    assert "增长 10%（含）以上" in said
    assert "150,000.00 元" in said
    assert nowhere.status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_results_can_be_kept_as_a_pdf(client, done, language):
    client.cookies["django_language"] = language
    response = client.get(done.replace("/results/", "/results.pdf"))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert "kechuang-2026-01-20.pdf" in response["Content-Disposition"]


def test_the_facts_read_back_give_the_same_results(client, done):
    facts = json.loads(client.get(done.replace("/results/", "/results.facts")).content)
    results = json.loads(client.get(done.replace("/results/", "/results.json")).content)
    workbook = load_workbook(
        io.BytesIO(client.get(done.replace("/results/", "/results.xlsx")).content), read_only=True
    )
    pack = load_pack("weihai-2023-5")
    from datetime import date

    again = assess(pack, read_case(facts, pack.vocabulary), date(2026, 1, 20))

    assert results["totals"]["ceiling_fen"] == again.ceiling_fen == 15_000_000
    assert len(workbook.sheetnames) > 1
    assert client.get(done.replace("/results/", "/results.doc")).status_code == 404


def test_the_link_to_share_holds_all_answers_and_nothing_personal(client, done, state_of):
    said = client.get(done.replace("/results/", "/share/")).content.decode()

    link = re.search(r'id="link" value="([^"]+)"', said)[1]
    assert state_of(link.replace("&amp;", "&")) == state_of(done)
    assert 'src="data:image/svg+xml' in said
    assert client.get("/ask/share/").status_code == 200


def test_a_question_that_does_not_exist_is_not_found(client):
    assert client.get("/ask/questions/", {"q": "nothing", "v": "1"}).status_code == 404
    assert client.get("/ask/questions/", {"change": "years.2025.nothing"}).status_code == 404
    assert client.post("/ask/questions/").status_code == 405


def test_the_results_of_nothing_say_what_to_do(client):
    said = client.get("/ask/results/").content.decode()

    assert "继续回答" in said
    assert "还没有回答" in said


def test_an_older_link_offers_todays_assessment(client, done, monkeypatch):
    from datetime import date

    monkeypatch.setattr("kechuang.interview.views.timezone.localdate", lambda: date(2026, 3, 1))
    kept = client.get(done).content.decode()
    monkeypatch.setattr("kechuang.interview.views.timezone.localdate", lambda: date(2028, 1, 1))
    late = client.get(done).content.decode()

    assert "测算日 2026-01-20" in kept
    assert "按今天重新测算" in kept
    assert "测算日 2028-01-01" in late


def test_overlapping_support_for_one_record_is_shown_to_a_person(client, answer_all):
    known = {
        "kind": "enterprise",
        "records": ["carriers"],
        "carriers": ["incubator", "science_park"],
        "carriers.incubator.level": "national",
        "carriers.incubator.approved_on": "2025-05-01",
        "carriers.science_park.level": "provincial",
        "carriers.science_park.approved_on": "2025-05-01",
    }
    _, address = answer_all(known)

    said = client.get(address).content.decode()

    assert "孵化载体" in said


def test_an_answer_being_changed_says_too_why_it_was_asked(client, done, state_of):
    said = client.get(
        "/ask/questions/", {"s": state_of(done), "change": "years.2025.above_scale"}
    ).content.decode()

    assert "为什么问这个" in said
    assert "“规模以上企业中”" in said


def test_a_number_of_records_of_thousands_of_digits_is_a_mistake_not_an_accident(client):
    many = "9" * 5000

    for asked in (
        {"q": "contracts", "v": "development", "n-development": many},
        {"q": "bases", "v": many},
    ):
        page = client.get("/ask/questions/", asked)
        assert page.status_code == 200
        assert "请先改正" in page.content.decode()


def test_a_link_too_long_for_a_picture_is_shared_without_one(client, done, monkeypatch):
    address = done.replace("/results/", "/share/")
    assert "<figure>" in client.get(address).content.decode()

    monkeypatch.setattr("kechuang.interview.views._SCANNED", 100)

    said = client.get(address).content.decode()
    assert "<figure>" not in said
    assert 'id="link"' in said
