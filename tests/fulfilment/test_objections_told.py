"""Objections: numbered one by one, told to the organisation without who raised them, with a file from anybody."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from api.programs import program
from fulfilment.city import make_city, make_grower, manager_of
from fulfilment.office import noticed, signed_in
from kechuang.fulfilment import notices
from kechuang.fulfilment.models import Objection
from kechuang.journal import clock
from kechuang.journal.models import Message
from registry.factories import upload

SAID = notices.Said("王小明", "13800001111", "有人说金额有误", "请重新核定")
TYPED = {"line": "1", "name": "王小明", "contact": "13800001111", "ground": "金额有误", "remedy": "重新核定"}


def told(line):
    """Title and body of what the organisation of a line was told, the newest last."""
    found = Message.objects.filter(recipient=manager_of(line.case).user).order_by("pk")
    return [f"{one.title['zh']} {one.body['zh']}" for one in found]


@pytest.mark.django_db(transaction=True)
def test_objections_raised_at_once_to_lines_of_one_notice_all_get_a_number_of_their_own():
    notice, after = noticed(make_city(), make_grower(), make_grower(), make_grower())
    lines, barrier, errors = list(notice.lines.all()), threading.Barrier(6), []

    def raise_one(place):
        barrier.wait()
        try:
            notices.object_to(lines[place % 3], replace(SAID, contact=f"1380000111{place}"), at=after)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=raise_one, args=(place,)) for place in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert errors == []
    numbers = set(Objection.objects.values_list("number", flat=True))
    assert numbers == {f"{notice.number}-Y{place}" for place in range(1, 7)}


@pytest.mark.django_db
@pytest.mark.parametrize(("upheld", "words"), [(True, "异议成立"), (False, "异议不成立")])
def test_the_organisation_is_told_that_an_objection_is_there_and_how_it_was_answered(upheld, words):
    city = make_city()
    notice, after = noticed(city, make_grower())
    line = notice.lines.get()

    objection = notices.object_to(line, SAID, at=after)
    assert f"在 {objection.due_on} 前答复" in told(line)[-1]
    notices.answer(objection, upheld=upheld, text="已核对", actor=city.decider, at=after)

    assert words in told(line)[-1]
    assert ("已撤销，重新核定" in told(line)[-2]) is upheld
    assert not any(secret in text for text in told(line) for secret in ("王小明", "1380000", "有人说"))


@pytest.mark.django_db
def test_the_organisation_is_told_when_its_notice_is_withdrawn():
    city = make_city()
    notice, after = noticed(city, make_grower())

    notices.withdraw(notice, "名单有误", actor=city.decider, at=after)

    assert "理由：名单有误" in told(notice.lines.get())[-1]


@pytest.mark.django_db
def test_anybody_may_attach_a_file_which_the_department_alone_reads(monkeypatch):
    city = make_city()
    notice, after = noticed(city, make_grower())
    monkeypatch.setattr(clock, "now", lambda: after + timedelta(hours=1))
    address = reverse("object", args=[notice.number])

    answer = Client().post(address, {**TYPED, "evidence": upload(name="报表.pdf")})

    assert answer.status_code == 302
    kept = Objection.objects.get().evidence
    assert (kept.name, kept.organisation, kept.uploaded_by) == ("报表.pdf", city.officer.organisation, None)
    page = signed_in(city.officer).get(reverse("objection", args=[Objection.objects.get().number]))
    assert "报表.pdf" in page.content.decode()
    own = signed_in(manager_of(notice.lines.get().case))
    assert own.get(reverse("evidence", args=[kept.pk])).status_code == 404
    read = signed_in(city.officer).get(reverse("evidence", args=[kept.pk]))
    assert b"".join(read.streaming_content).startswith(b"%PDF")


@pytest.mark.django_db
def test_what_is_no_document_is_refused_from_strangers_too(monkeypatch):
    notice, after = noticed(make_city(), make_grower())
    monkeypatch.setattr(clock, "now", lambda: after + timedelta(hours=1))
    bad = upload(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "x.pdf")

    answer = Client().post(reverse("object", args=[notice.number]), {**TYPED, "evidence": bad})

    assert answer.status_code == 422
    assert not Objection.objects.exists()


@pytest.mark.django_db
def test_an_objection_sent_twice_is_one_and_holds_the_money_once(monkeypatch):
    notice, after = noticed(make_city(), make_grower())
    monkeypatch.setattr(clock, "now", lambda: after + timedelta(hours=1))
    visitor, address = Client(), reverse("object", args=[notice.number])

    answers = [visitor.post(address, {**TYPED, "evidence": upload()}, follow=True) for _ in range(2)]
    visitor.post(address, {**TYPED, "remedy": "撤销"})

    assert all(f"{notice.number}-Y1" in one.content.decode() for one in answers)
    assert Objection.objects.count() == 2
    case = notice.lines.get().case
    case.refresh_from_db()
    assert case.award.holds == 2


@pytest.mark.django_db
def test_a_program_objects_no_more_often_than_a_page_lets_anybody(monkeypatch, settings):
    settings.API_RATE = 0
    monkeypatch.setattr(notices, "MOST_FROM_ONE", 6)
    notice, after = noticed(make_city(), make_grower())
    monkeypatch.setattr(clock, "now", lambda: after + timedelta(hours=1))
    ask = program(make_grower())
    said = {"notice": notice.number, "line": 1, "remedy": "重新核定"}

    given = [ask("objections", {**said, "ground": ground}) for ground in ("一", "一", "二", "三", "四")]
    page = Client().post(reverse("object", args=[notice.number]), TYPED)
    often = Client().post(reverse("object", args=[notice.number]), {**TYPED, "ground": "又"})

    assert [status for status, _ in given] == [200, 200, 200, 200, 409]
    assert "等待答复" in given[-1][1]["detail"]
    assert given[0][1]["number"] == given[1][1]["number"]
    assert (page.status_code, often.status_code) == (302, 422)
    assert "过于频繁" in often.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("contact", ["abc", "12", "李四@"])
def test_an_objection_is_taken_only_with_a_way_to_answer_it(city, clock_at, contact):
    notice, after = noticed(city)
    clock_at(after)
    client, path = Client(), f"/notices/{notice.number}/object/"

    refused = client.post(path, {**TYPED, "contact": contact})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.post(path, {**TYPED, "contact": contact})
    landline = client.post(path, {**TYPED, "contact": "0631-523 1234"})

    assert (refused.status_code, english.status_code, landline.status_code) == (422, 422, 302)
    assert "答复按它送达" in refused.content.decode()
    assert refused.context["form"].errors["contact"]
    assert "the answer is sent there" in english.content.decode()
    assert Objection.objects.get().contact == "0631-523 1234"


@pytest.mark.django_db
def test_a_program_whose_bearer_cannot_be_reached_objects_to_nothing(city, clock_at):
    notice, after = noticed(city)
    clock_at(after)
    bearer = make_grower()
    said = {"notice": notice.number, "line": 1, "ground": "金额有误。", "remedy": "重新核定。"}
    bearer.user.phone, bearer.user.email = "123456", ""
    bearer.user.save()

    refused = program(bearer)("objections", said)
    bearer.user.email = "li@example.com"
    bearer.user.save()
    taken = program(bearer)("objections", said)

    assert (refused[0], taken[0]) == (409, 200)
    assert Objection.objects.get().contact == "li@example.com"
