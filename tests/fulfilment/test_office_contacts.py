"""How an office is reached: stated by its officer or an operator, told by its calls, frozen into its later notices."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.test import Client
from pdfminer.high_level import extract_text

from api.programs import program
from factories import make_membership
from fulfilment.city import AT, make_call, make_grower
from fulfilment.office import noticed, signed_in
from kechuang.accounts import contacts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment.notices import hash_of
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db
REACHED = contacts.Reached("李女士", "0631-0000000", "威海市虚构路 1 号")
TYPED = {"person": "李女士", "phone": "0631-0000000", "address": "威海市虚构路 1 号"}


def read(path: str, language: str = "zh-hans") -> str:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client.get(path).content.decode()


def test_an_officer_states_how_the_department_is_reached_and_calls_and_later_notices_tell_it(city):
    before, _ = noticed(city)
    client = signed_in(city.officer)

    wrong = client.post("/people/contact", {**TYPED, "phone": "abc"})
    done = client.post("/people/contact", TYPED)
    client.post("/people/contact", TYPED)
    after, _ = noticed(city, make_grower())

    assert wrong.status_code == 422
    assert "请填写电话号码" in wrong.content.decode()
    assert done.status_code == 302
    assert "0631-0000000" in client.get("/people/").content.decode()
    (event,) = Event.objects.filter(kind="office.contact_stated")
    assert event.data == TYPED
    assert "0631-0000000" in read(f"/calls/{after.call.number}/")
    assert after.content["contact"] == TYPED
    page, english = read(f"/notices/{after.number}/"), read(f"/notices/{after.number}/", "en")
    assert "联系人：李女士；联系电话：0631-0000000；联系地址：威海市虚构路 1 号。" in page
    assert "Telephone: 0631-0000000" in english
    assert "contact" not in before.content
    assert "联系电话" not in read(f"/notices/{before.number}/")
    before.refresh_from_db()
    assert before.hash == hash_of(before.content)


def test_an_operator_states_it_for_any_office_and_nobody_else_does(city):
    operator, office = make_membership(Role.OPERATOR), city.officer.organisation

    contacts.state_contact(office, REACHED, actor=operator, at=AT)
    for stranger in (make_grower(), city.accountant, city.reviewers["credit"]):
        with pytest.raises(Refused):
            contacts.state_contact(office, REACHED, actor=stranger, at=AT)
    contacts.state_contact(office, contacts.Reached("", "", ""), actor=city.decider, at=AT)

    assert contacts.contact_of(office) is None
    assert signed_in(make_grower()).get("/people/contact").status_code == 404
    assert Event.objects.filter(kind="office.contact_stated").count() == 2


def test_programs_state_and_read_it(city):
    call, ask = make_call(city), program(city.officer)

    silent = Client().get(f"/api/calls/{call.number}").json()["contact"]
    refused, _ = ask("people/contact", {**TYPED, "phone": "abc"})
    _, stated = ask("people/contact", TYPED)
    _, read_back = ask("people/contact")

    assert (silent, refused) == (None, 409)
    assert stated == read_back == TYPED
    assert Client().get(f"/api/calls/{call.number}").json()["contact"] == TYPED


def test_days_in_the_text_of_a_notice_are_written_as_in_letters(city):
    notice, _ = noticed(city)
    first, last = (f"{day.year}年{day.month}月{day.day}日" for day in (notice.first_day, notice.last_day))

    page, english = read(f"/notices/{notice.number}/"), read(f"/notices/{notice.number}/", "en")
    paper = Client().get(f"/notices/{notice.number}.pdf")
    text = "".join(extract_text(io.BytesIO(paper.content)).split())

    assert f"公示期为 {first} 至 {last}" in page
    assert notice.first_day.isoformat() not in page
    assert f"{first}至{last}" in text
    assert notice.first_day.isoformat() in english
    assert "年" not in english.split('<p class="signed">')[1].split("</p>")[0].partition("<br>")[2]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("13800001234", True), ("138-0000-1234", True), ("+86 138 0000 1234", True), ("0086 13800001234", True),
        ("0631-5231234", True), ("（0631）5231234", True), ("+86 631 5231234", True), ("010-12345678转801", True),
        ("5231234", True), ("400-123-4567", True), ("+82 2 1234 5678", True),
        ("abc", False), ("", False), ("12345", False), ("1380000123", False), ("138000012345", False),
        ("电话 13800001234", False), ("+86 23800001234567", False),
    ],
)  # fmt: skip
def test_what_a_telephone_number_is(text, fits):
    assert contacts.is_phone(text) is fits
