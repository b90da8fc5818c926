"""The bank's answer on a page: checked first, every fault at its row and column, entered when confirmed and once."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from factories import AT
from kechuang.journal import clock
from kechuang.treasury import exporting
from kechuang.treasury.models import Entry
from treasury.factories import (
    make_accountant,
    make_payable_award,
    make_sent_batch,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 3)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """The tests of pages live on one day."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def signed_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def answer_file(batch, *rows) -> SimpleUploadedFile:
    """The bank's answer as CSV; rows: what to put in place of what would be right."""
    lines = ["拨付编号,金额（元）,收款账号,结果,银行凭证号,日期,退回原因"]
    for payment, row in zip(batch.payments.all(), rows, strict=False):
        right = {
            "number": payment.number,
            "sum": exporting.plain_yuan(payment.amount_fen),
            "account": payment.account,
            "result": "成功",
            "voucher": f"HX{payment.pk}",
            "on": "2026-03-02",
            "reason": "",
        }
        lines.append(",".join(str(value) for value in (right | row).values()))
    return SimpleUploadedFile("结果.csv", "\r\n".join(lines).encode("gb18030"))


def test_the_bank_s_answer_is_checked_first_and_entered_when_confirmed_and_once():
    client = signed_in(make_accountant())
    batch = make_sent_batch(make_payable_award(), make_payable_award())
    address = reverse("treasury-batch-results", args=[batch.number])
    rows = ({}, {"result": "退回", "voucher": "", "reason": "账户已注销"})

    checked = client.post(address, {"file": answer_file(batch, *rows)})
    before = Entry.objects.filter(act="pay").count()
    client.post(address, {"signed": checked.context["signed"]})
    again = client.post(address, {"file": answer_file(batch, *rows)})
    client.post(address, {"signed": again.context["signed"]})

    batch.refresh_from_db()
    assert (before, Entry.objects.filter(act="pay").count(), batch.state) == (0, 1, "settled")
    assert list(batch.payments.values_list("state", "reason")) == [("paid", ""), ("returned", "账户已注销")]
    assert again.context["checked"].new == 0


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"number": "2026-0009-001"}, "拨付编号", "批次中没有"),
        ({"sum": "49999.99"}, "金额（元）", "应为 50000.00"),
        ({"account": "62284"}, "收款账号", "不符"),
        ({"result": "好"}, "结果", "请填成功或退回"),
        ({"voucher": ""}, "银行凭证号", "要有凭证号"),
        ({"on": "2026-03-04"}, "日期", "不是今天或以前的日期"),
        ({"on": "2026-03-01"}, "日期", "早于批次送出的日期 2026-03-02"),
        ({"result": "失败"}, "退回原因", "要写明原因"),
    ],
)
def test_what_does_not_agree_is_named_with_row_and_column_and_nothing_is_entered(row, column, words):
    client = signed_in(make_accountant())
    batch = make_sent_batch(make_payable_award(), make_payable_award())

    answer = client.post(
        reverse("treasury-batch-results", args=[batch.number]), {"file": answer_file(batch, {}, row)}
    )

    faults = answer.context["checked"].faults
    assert answer.status_code == 422
    assert [(fault.row, fault.column) for fault in faults] == [(3, column)]
    assert words in faults[0].words.zh
    assert answer.context["signed"] == ""


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "这份文件是空的"),
        ("a.csv", "编号,金额\r\n1,2".encode(), "表头缺少：拨付编号、收款账号、结果、日期"),
        ("a.xlsx", b"PK\x03\x04", "工作簿已损坏"),
        ("a.csv", b"\xff\xfe\x00\x80" * 9, "不是 CSV"),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_sentence(name, data, words):
    batch = make_sent_batch()

    answer = signed_in(make_accountant()).post(
        reverse("treasury-batch-results", args=[batch.number]), {"file": SimpleUploadedFile(name, data)}
    )

    assert answer.status_code == 422
    assert words in answer.text


def test_the_form_for_the_bank_s_answer_can_be_filled_in_and_read_back():
    client = signed_in(make_accountant())
    batch = make_sent_batch()
    form = client.get(reverse("treasury-batch-file", args=[batch.number, "answer"]))
    book = openpyxl.load_workbook(io.BytesIO(form.content))
    for column, value in ((4, "成功"), (5, "HX1"), (6, date(2026, 3, 2))):
        book.active.cell(2, column, value)
    filled = io.BytesIO()
    book.save(filled)

    answer = client.post(
        reverse("treasury-batch-results", args=[batch.number]),
        {"file": SimpleUploadedFile("结果.xlsx", filled.getvalue())},
    )

    assert answer.context["checked"].faults == []
    assert answer.context["checked"].new == 1


def test_a_forged_confirmation_enters_nothing():
    batch = make_sent_batch()

    answer = signed_in(make_accountant()).post(
        reverse("treasury-batch-results", args=[batch.number]), {"signed": "W10:forged"}
    )

    assert answer.status_code == 422
    assert not Entry.objects.filter(act="pay").exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"sum": "9e999999"}, "“9e999999”，应为"),
        ({"voucher": "H\0X1"}, "不能有控制字符"),
        ({"voucher": "9" * 65}, "凭证号至多 64 字"),
    ],
)
def test_what_cannot_be_entered_is_a_fault_of_its_row(row, said):
    batch = make_sent_batch()
    address = reverse("treasury-batch-results", args=[batch.number])

    answer = signed_in(make_accountant()).post(address, {"file": answer_file(batch, row)})

    assert answer.status_code == 422
    assert said in answer.text
    assert not answer.context["signed"]


def test_two_columns_of_one_meaning_are_refused():
    batch = make_sent_batch()
    file = SimpleUploadedFile(
        "结果.csv", "拨付编号,金额（元）,金额,收款账号,结果,日期\nx,1,250000,x,成功,x".encode()
    )

    answer = signed_in(make_accountant()).post(
        reverse("treasury-batch-results", args=[batch.number]), {"file": file}
    )

    assert answer.status_code == 422
    assert "表头有两列都是：金额（元）。" in answer.text
