"""Without JavaScript a section of an application is one form: no button of it loses what was typed beside it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from forms import sent_untouched
from fulfilment.city import AT, WAN, make_call
from kechuang.fulfilment import applying
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact
from registry.factories import PDF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
KEY = "high_tech_enterprise||2024"
EXPIRES = f"statuses:{KEY}:expires_on"
NEW = {"key-statuses::kind": "tech_sme", "key-statuses::granted_on": "2025-02-03"}
DOCUMENT = {
    "key": "audit",
    "title": {"zh": "审计报告", "en": "audit report"},
    "why": {"zh": "无", "en": "none"},
}


@pytest.fixture
def case(city, manager):
    return applying.start(make_call(city, documents=[DOCUMENT]), actor=manager, at=AT)


@pytest.fixture
def press(manager, case):
    """What a browser sends of the section of qualifications when something was typed and a button is pressed."""
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/statuses"

    def pressed(typed, **button):
        return client.post(
            address, {**sent_untouched(client.get(address).content.decode()), **typed, **button}
        )

    return pressed


def known(field):
    return set(
        Fact.objects.filter(record="statuses", field=field, known_to=None).values_list("value", flat=True)
    )


def test_adding_a_record_saves_the_answers_typed_beside_it(press, case):
    answer = press({EXPIRES: "2027-06-30", **NEW}, act="add")

    assert answer.url == f"/cases/{case.number}/parts/statuses"
    assert known("expires_on") == {"2027-06-30"}
    assert known("kind") == {"high_tech_enterprise", "tech_sme"}


def test_an_answer_that_cannot_be_read_keeps_the_record_to_add_and_says_what_is_wrong(press):
    answer = press({EXPIRES: "下月", **NEW}, act="add")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "现为“下月”" in page
    assert sent_untouched(page)["key-statuses::granted_on"] == "2025-02-03"
    assert known("kind") == {"high_tech_enterprise"}


def test_a_record_that_cannot_be_keeps_what_was_typed_and_the_answers_are_saved(press):
    answer = press({EXPIRES: "2027-06-30", **NEW, "key-statuses::granted_on": "2026-03-03"}, act="add")

    page = sent_untouched(answer.content.decode())
    assert answer.status_code == 422
    assert "2026-03-03 还没有到" in answer.content.decode()
    assert page["key-statuses::granted_on"] == "2026-03-03"
    assert (page[EXPIRES], page[f"was:{EXPIRES}"]) == ("2027-06-30", '"2027-06-30"')
    assert known("expires_on") == {"2027-06-30"}


@pytest.mark.parametrize("button", [{}, {"onward": "1"}])
def test_saving_adds_the_record_that_was_begun_and_stays_to_ask_the_rest_of_it(press, case, button):
    answer = press(NEW, **button)

    assert answer.url == f"/cases/{case.number}/parts/statuses"
    assert known("kind") == {"high_tech_enterprise", "tech_sme"}


def test_saving_with_a_record_begun_that_cannot_be_read_says_so_and_keeps_it(press):
    answer = press({EXPIRES: "2027-06-30", "key-statuses::granted_on": "去年"}, onward="1")

    assert answer.status_code == 422
    assert "现为“去年”" in answer.content.decode()
    assert known("expires_on") == {"2027-06-30"}


def test_taking_a_record_back_saves_what_was_typed_of_the_others_and_adds_what_was_begun(press):
    press(NEW, act="add")
    other = Fact.objects.get(record="statuses", field="kind", value="tech_sme", known_to=None).key

    press(
        {
            f"statuses:{other}:expires_on": "2028-02-02",
            EXPIRES: "下月",
            "key-statuses::kind": "tech_sme_provisional",
        },
        act=f"remove:{KEY}",
    )

    assert known("expires_on") == {"2028-02-02"}
    assert known("kind") == {"tech_sme", "tech_sme_provisional"}


def test_a_record_is_not_taken_back_while_another_answer_is_wrong(press):
    press(NEW, act="add")
    other = Fact.objects.get(record="statuses", field="kind", value="tech_sme", known_to=None).key

    answer = press({EXPIRES: "下月"}, act=f"remove:{other}")

    assert answer.status_code == 422
    assert "现为“下月”" in answer.content.decode()
    assert known("kind") == {"high_tech_enterprise", "tech_sme"}


def test_who_has_begun_a_record_does_not_say_in_the_same_breath_that_there_is_none(press):
    press({}, act=f"remove:{KEY}")

    answer = press(NEW, act="none")

    assert answer.status_code == 422
    assert "您在添加栏里填了内容" in answer.content.decode()
    assert sent_untouched(answer.content.decode())["key-statuses::granted_on"] == "2025-02-03"
    assert not Fact.objects.filter(record="statuses", field="", known_to=None).exists()


def test_the_enter_key_saves_and_does_not_take_a_record_back(manager, case):
    client = Client()
    client.force_login(manager.user)

    page = client.get(f"/cases/{case.number}/parts/statuses").content.decode()

    form = page[page.index("<main") :].partition("</form>")[0]
    assert 'name="onward"' in re.findall(r"<button[^>]*>", form)[0]


def test_an_answer_that_was_saved_by_itself_a_moment_ago_is_no_conflict(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/years"
    form = {**sent_untouched(client.get(address).content.decode()), "years:2025:rd_spend_0": "800"}
    registry.state(manager.organisation, "years", "rd_spend", 800 * WAN, key="2025", actor=manager, at=AT)

    assert client.post(address, form).status_code == 302


def test_taking_a_file_out_takes_in_those_that_were_chosen_beside_it(manager, case):
    client = Client()
    client.force_login(manager.user)
    address = f"/cases/{case.number}/parts/documents"
    client.post(address, {"files-audit": SimpleUploadedFile("一.pdf", PDF)})
    first = case.documents.get()

    client.post(address, {"take_out": first.pk, "files-audit": SimpleUploadedFile("二.pdf", PDF + b"2%%EOF")})

    left = case.documents.get(removed_at=None)
    assert left.evidence.name == "二.pdf"
