"""What a public notice says of each line: two records of one organisation are told apart, wherever the list is read."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from pdfminer.high_level import extract_text

from factories import make_membership, make_organisation
from fulfilment.city import (
    AT,
    WAN,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
)
from fulfilment.office import noticed, paid_of, signed_in
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, calls, notices, stacking, verifying, workflow
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.notices import hash_of

pytestmark = pytest.mark.django_db
CARRIERS = {"甲孵化器": "incubator", "乙大学科技园": "science_park"}
REWARD = "29.national_carrier"


@pytest.fixture
def notice(city):
    """A notice over two carriers of one organisation."""
    manager = make_membership(Role.MANAGER, make_organisation(kind="carrier"))
    said = {"level": "national", "approved_on": date(2025, 1, 10)}
    state_facts(
        manager, {"carriers": [{"name": name, "kind": kind, **said} for name, kind in CARRIERS.items()]}
    )
    call = make_call(city, make_appropriation(city, 1000 * WAN, "29"), reserve_fen=500 * WAN, benefit=REWARD)
    keys = applying.keys_to_apply_for(call, manager.organisation, AT)
    cases = [carried_to(city, make_case(call, manager, key=key), "accepted") for key in keys]
    for one, other in (cases, cases[::-1]):
        stacking.decide(one, other, same=False, why="两个载体", actor=city.officer, at=AT)
    for case in cases:
        locked = Case.objects.get(pk=case.pk)
        workflow.apply(locked, "determine", actor=city.decider, at=AT, amount=100 * WAN)
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    return notices.publish(call, [Case.objects.get(pk=one.pk) for one in cases], actor=city.officer, at=after)


def in_english() -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_each_line_names_its_record_on_the_page_on_paper_and_in_the_copy_for_machines(notice):
    page = Client().get(f"/notices/{notice.number}/").content.decode()
    english = in_english().get(f"/notices/{notice.number}/").content.decode()
    told = Client().get(f"/notices/{notice.number}.json").json()
    paper = Client().get(f"/notices/{notice.number}.pdf")
    text = "".join(extract_text(io.BytesIO(paper.content)).split())

    first, second = (line["about"]["zh"] for line in told["lines"])
    assert first != second
    assert [name in one for name, one in zip(sorted(CARRIERS), sorted((first, second)), strict=True)] == [
        True,
        True,
    ]
    for name in CARRIERS:
        assert name in page
        assert name in english
        assert name in text
    assert told["lines"][0]["about"]["en"] in english


def test_who_objects_chooses_between_the_records(notice, city, clock_at):
    clock_at(notice.published_at)
    form = Client().get(f"/notices/{notice.number}/object/").content.decode()
    said = notices.Said("王某", "wang@example.com", "没有运营", "不予支持")
    raised = notices.object_to(notice.lines.get(line=2), said, at=notice.published_at)
    answering = signed_in(city.officer).get(f"/objections/{raised.number}/").content.decode()

    about = notice.content["lines"][1]["about"]["zh"]
    assert f"{notice.content['lines'][1]['name']} · {about}" in form
    assert about in answering


def test_paid_awards_name_the_record_too(city, notice):
    paid_of(city, notice)

    page = Client().get("/awards/").content.decode()
    told = Client().get("/api/awards").json()
    file = json.loads(Client().get("/awards/list.json").content)

    abouts = {line["about"]["zh"] for line in notice.content["lines"]}
    assert {one["about"]["zh"] for one in told["awards"]} == abouts
    assert {one["about"]["zh"] for one in file} == abouts
    assert all(about in page for about in abouts)


def test_a_line_about_the_organisation_itself_or_a_person_names_no_record(city):
    person = make_grower(name="王小明")
    person.organisation.kind = "person"
    person.organisation.save()

    notice, _ = noticed(city, make_grower(), person)

    assert all("about" not in line for line in notice.content["lines"])


def test_a_notice_from_before_the_lines_named_their_records_is_shown_and_verified_as_it_stands(notice, db):
    content = {
        **notice.content,
        "number": f"{notice.content['number']}0",
        "lines": [{k: v for k, v in line.items() if k != "about"} for line in notice.content["lines"]],
    }
    old = type(notice).objects.create(
        number=content["number"], call=notice.call, content=content, hash=hash_of(content),
        published_by=notice.published_by, published_at=notice.published_at,
        first_day=notice.first_day, last_day=notice.last_day,
    )  # fmt: skip
    for line in notice.lines.all():
        old.lines.create(line=line.line, case=line.case)

    page = Client().get(f"/notices/{old.number}/").content.decode()
    form = Client().get(f"/notices/{old.number}/object/")

    assert "与发布时一致" in page
    assert form.status_code == 200
    assert [one for one in verifying._notices() if one is not None] == []
