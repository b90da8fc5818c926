"""The journal as pages and files, the inbox, webhooks, what did not arrive."""

from __future__ import annotations

import json

import openpyxl
import pytest
from django.utils.translation import override

from factories import AT, make_membership, make_user
from kechuang.accounts import journal_views
from kechuang.accounts.roles import Role, actor_said
from kechuang.accounts.templatetags.accounts import undelivered
from kechuang.journal.actions import hash_of, record, tell
from kechuang.journal.delivering import NO_MAIL
from kechuang.journal.models import Delivery, Event, Message, Webhook

pytestmark = pytest.mark.django_db
ENGLISH = {Role.CLERK: "Clerk"}
TITLE, BODY = {"zh": "已拨付", "en": "Paid"}, {"zh": "请查收。", "en": "Look."}


def events():
    actor = make_membership(user=make_user(name="=2+5+cmd|' /C calc'!A0"))
    return [
        record("case.submitted", "case:1", actor=actor, at=AT, data={"sum": 500}),
        record("batch.approved", "batch:7", actor=make_membership(), at=AT),
        record("case.accepted", "case:1", actor=make_membership(), at=AT),
    ]


def downloaded(client, address):
    return client.get(address).getvalue()


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", [2, 1, 0]),
        ("kind=case", [2, 0]),
        ("kind=case.accepted", [2]),
        ("subject=batch%3A7", [1]),
        ("who=cmd", [0]),
        ("since=2026-03-02&until=2026-03-02", [2, 1, 0]),
        ("since=2026-03-03", []),
        ("until=2026-03-01", []),
    ],
)
def test_filters_stand_in_the_address(act_as, asked, numbers):
    made = events()

    response = act_as(Role.AUDITOR).get(f"/journal/?{asked}")

    assert [one.number for one in response.context["page"]] == [made[n].number for n in numbers]


def test_kinds_and_roles_are_said_in_the_language_of_the_page(act_as):
    events()
    client = act_as(Role.AUDITOR)
    role = Role(make_membership().role)

    chinese = client.get("/journal/").content.decode()
    client.cookies["django_language"] = "en"
    english = client.get("/journal/").content.decode()

    assert "复核拨付批次" in chinese
    assert "Payment batch approved" in english
    assert f" {role.zh}）" in chinese
    assert f", {ENGLISH[role]})" in english
    assert role.zh not in english[english.index("<tbody") :]
    assert "batch.approved" in english  # the code stays, small, to search by


def test_a_wrong_date_is_said_and_nothing_is_shown_as_if_it_fitted(act_as):
    response = act_as(Role.AUDITOR).get("/journal/?since=yesterday")

    assert response.status_code == 422
    assert "日期请写成" in response.content.decode()


def test_the_workbook_holds_texts_that_never_run(act_as, tmp_path):
    made = events()
    file = tmp_path / "journal.xlsx"

    file.write_bytes(downloaded(act_as(Role.AUDITOR), "/journal/export.xlsx"))

    sheet = openpyxl.load_workbook(file).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == [one.number for one in reversed(made)]
    assert rows[2][2].value.startswith("=2+5+cmd")
    assert {cell.data_type for row in rows for cell in row} <= {"n", "s"}


def test_the_lines_hold_all_that_the_hash_covers_and_the_export_is_an_event(act_as):
    made = events()
    auditor = act_as(Role.AUDITOR)

    lines = downloaded(auditor, "/journal/export.jsonl?kind=case").decode().splitlines()

    said = [json.loads(line) for line in lines]
    assert [one["number"] for one in said] == [made[2].number, made[0].number]
    assert said[1]["hash"] == hash_of(made[0])
    exported = Event.objects.get(kind="journal.exported")
    assert exported.data == {"form": "jsonl", "filters": {"kind": "case"}}
    assert exported.membership_id == auditor.membership.pk


def test_the_journal_takes_the_same_queries_however_long(act_as, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    auditor = act_as(Role.AUDITOR)
    events()
    with CaptureQueriesContext(connection) as few:
        auditor.get("/journal/")
    for _ in range(4):
        events()
    with django_assert_num_queries(len(few)):
        auditor.get("/journal/")


def test_beyond_what_is_listed_one_is_told_to_search_and_the_file_still_holds_all(act_as, monkeypatch):
    monkeypatch.setattr(journal_views, "MOST_LISTED", 2)
    made = events()
    auditor = act_as(Role.AUDITOR)

    page = auditor.get("/journal/")
    found = auditor.get("/journal/?who=cmd")
    lines = downloaded(auditor, "/journal/export.jsonl?kind=case").decode().splitlines()

    assert [one.number for one in page.context["page"]] == [made[2].number, made[1].number]
    assert "最近 2 条。更早的请用条件查找。" in page.content.decode()
    assert [one.number for one in found.context["page"]] == [made[0].number]
    assert len(lines) == 2


def told(membership, **more):
    event = record("batch.settled", "batch:1", actor=membership, at=AT)
    return tell([(membership.user_id, membership.pk)], event=event, title=TITLE, body=BODY, **more)[0]


def test_the_inbox_counts_what_is_unread_and_opening_is_reading(act_as):
    client = act_as(Role.CLERK)
    first, _second = told(client.membership), told(client.membership)

    before = client.get("/messages/")
    opened = client.get(f"/messages/{first.pk}").content.decode()
    after = client.get("/messages/?unread")
    client.post("/messages/read")

    assert before.context["unread"] == 2
    assert "请查收。" in opened
    assert after.context["unread"] == 1
    assert len(after.context["page"].object_list) == 1
    assert not Message.objects.filter(read_at=None).exists()


def test_marking_all_read_leaves_the_messages_of_others(act_as):
    client, other = act_as(Role.CLERK), make_membership()
    theirs = told(other)

    client.post("/messages/read")

    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_a_draft_is_in_nobodys_inbox(act_as):
    client = act_as(Role.CLERK)
    draft = told(client.membership, draft_for="case:1")

    assert client.get("/messages/").context["unread"] == 0
    assert client.get(f"/messages/{draft.pk}").status_code == 404


def test_an_operator_adds_a_webhook_whose_secret_is_shown_once(act_as):
    operator = act_as(Role.OPERATOR)

    made = operator.post(
        "/journal/webhooks", {"url": "https://a.example/in", "kinds": "batch.approved\ncase.paid"}
    )
    shown = operator.get("/journal/webhooks").content.decode()

    webhook = Webhook.objects.get()
    assert made.context["secret"] == webhook.secret
    assert webhook.kinds == ["batch.approved", "case.paid"]
    assert webhook.secret not in shown
    operator.post(f"/journal/webhooks/{webhook.pk}", {"stop": "1"})
    assert not Webhook.objects.get().active


@pytest.mark.parametrize(
    ("url", "kinds"),
    [("http://a.example/", ""), ("https://u:p@a.example/", ""), ("https://a.example/", "batch approved")],
)
def test_a_webhook_that_cannot_be_is_refused_beside_the_field(act_as, url, kinds):
    response = act_as(Role.OPERATOR).post("/journal/webhooks", {"url": url, "kinds": kinds})

    assert response.status_code == 422
    assert not Webhook.objects.exists()


def test_an_operator_sees_why_something_did_not_arrive_and_tries_again(act_as):
    from kechuang.journal.delivering import deliver

    operator = act_as(Role.OPERATOR)
    told(operator.membership)
    deliver(lambda: AT)

    page = operator.get("/journal/deliveries").content.decode()
    operator.post(f"/journal/deliveries/{Delivery.objects.get().pk}/again")

    assert "没有设置邮件服务器" in page
    assert Delivery.objects.get().state == Delivery.State.WAITING


def test_an_actor_of_an_office_whose_name_has_brackets_is_said_in_the_language_of_the_page():
    label = "高洁（环翠区科技局（演示） 区市推荐岗）"

    with override("en"):
        assert actor_said(label) == "高洁 (环翠区科技局（演示）, District officer)"
    with override("zh-hans"):
        assert actor_said(label) == label


def test_messages_and_ones_own_account_lie_behind_no_door(act_as):
    client = act_as(Role.CLERK)

    pages = {
        address: client.get(address).content.decode() for address in ("/messages/", "/account/", "/people/")
    }

    stands_open = {
        address: "aria-current" in page.partition("</header>")[0] for address, page in pages.items()
    }
    assert stands_open == {"/messages/": False, "/account/": False, "/people/": True}


@pytest.mark.parametrize(
    ("error", "shown"),
    [(NO_MAIL, "没有设置邮件服务器"), ("550 no such user", '<span lang="en">550 no such user</span>')],
)
def test_why_nothing_arrived_is_said_in_the_language_of_the_page(error, shown):
    with override("zh-hans"):
        assert undelivered(error) == shown
