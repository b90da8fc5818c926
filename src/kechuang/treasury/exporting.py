"""Files: a batch for the budget system (预算管理一体化), a form for the bank's answer, the ledger.

The CSV of a batch has the same bytes whenever it is made: those whose hash was recorded when it was approved, which is
how files of before, that named a case by its key ("case:22") instead of its number, are still made as they were. It
says the budget subjects that were approved, whatever becomes of those of the appropriation. In it, texts that a
spreadsheet would take for a formula have an apostrophe before them; in workbooks every text is written as a text.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from django.db.models import OuterRef, Subquery
from django.utils.timezone import localtime

from kechuang.treasury.models import Appropriation, Batch, Entry, Part, Payment
from kechuang.treasury.queries import subjects_shown

COLUMNS: Final = (
    "批次号",
    "序号",
    "拨付编号",
    "预算年度",
    "预算项目",
    "功能分类科目",
    "政府预算经济分类科目",
    "收款人名称",
    "统一社会信用代码",
    "收款账号",
    "开户银行",
    "金额（元）",
    "用途",
    "业务编号",
)
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows_of(batch: Batch) -> list[tuple[str, ...]]:
    """The rows of a batch's file below its heading: payments that are not withdrawn, by number.

    They name each case by its number, or by its key where the file whose hash the batch records did so.
    """
    payments = batch.payments.exclude(state=Payment.State.WITHDRAWN)
    payments = payments.select_related("award__organisation", "award__appropriation").order_by("number")
    title = Part.objects.filter(award=OuterRef("award"), number=OuterRef("part")).values("title")
    found = list(payments.annotate(part_title=Subquery(title)))
    shown = _called(payment.award.subject for payment in found)
    by_number = [_row(batch, place, one, shown[one.award.subject]) for place, one in enumerate(found, 1)]
    if batch.file_hash in {"", hash_of(_csv(by_number))}:
        return by_number
    by_key = [_row(batch, place, one, one.award.subject) for place, one in enumerate(found, 1)]
    return by_key if hash_of(_csv(by_key)) == batch.file_hash else by_number


def _row(batch: Batch, place: int, payment: Any, subject: str) -> tuple[str, ...]:
    award, money = payment.award, payment.award.appropriation
    function_code, economic_code = batch.subjects.get(str(money.pk)) or codes_of(money)
    part = f" {payment.part_title}" if payment.part_title else ""
    return (
        batch.number,
        str(place),
        payment.number,
        str(money.year),
        money.title,
        function_code,
        economic_code,
        payment.holder,
        award.organisation.uscc,
        payment.account,
        payment.bank,
        plain_yuan(payment.amount_fen),
        f"第{money.measure}条 {money.title} {award.year} 年度{part}",
        subject,
    )


def subjects_of(batch: Batch) -> dict[str, tuple[str, str]]:
    """The budget subjects that its file says as things stand, by the number of the appropriation: kept at approval."""
    found = Appropriation.objects.filter(awards__payments__batch=batch).distinct()
    return {str(money.pk): codes_of(money) for money in found}


def codes_of(money: Appropriation) -> tuple[str, str]:
    """The budget subjects of an appropriation, functional and economic; each '' while it is not filled in."""
    return money.function_code, money.economic_code


def _called(subjects: Iterable[str]) -> dict[str, str]:
    """What people call each subject, as the pages do: the number of a case; a key where nobody knows a number."""
    return {key: one.text if one.url else key for key, one in subjects_shown(subjects).items()}


def csv_of(batch: Batch) -> bytes:
    """The file as CSV: UTF-8 with byte order mark, CRLF, as spreadsheets and the budget system read it."""
    return _csv(rows_of(batch))


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([COLUMNS, *([harmless(text) for text in row] for row in rows)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def workbook_of(batch: Batch) -> bytes:
    """The same rows as a workbook; account numbers stay whole because they are texts."""
    place = COLUMNS.index("金额（元）")
    rows = [[*row[:place], Decimal(row[place]), *row[place + 1 :]] for row in rows_of(batch)]
    return _workbook("拨付", COLUMNS, rows)


def answer_form_of(batch: Batch, columns: Sequence[str]) -> bytes:
    """A workbook for the bank's answer: number, sum and account of each payment, the rest to be filled in."""
    rows = [[row[2], Decimal(row[11]), row[9], *[""] * (len(columns) - 3)] for row in rows_of(batch)]
    return _workbook("结果", columns, rows)


LEDGER: Final = (
    "编号",
    "时间",
    "事项",
    "单位",
    "业务编号",
    "金额（元）",
    "拨付编号",
    "凭证号",
    "凭证日期",
    "录入人",
)
_OF_MONEY_ALONE: Final = (Entry.Act.APPROPRIATE, Entry.Act.REDUCE)  # about no case and no call


def ledger_of(entries: Iterable[Entry], acts: dict[str, str]) -> bytes:
    """Entries of the ledger as a workbook; acts: what each act is called."""
    entries = list(entries)
    shown = _called(entry.subject for entry in entries)
    rows = [
        [
            entry.pk,
            f"{localtime(entry.at):%Y-%m-%d %H:%M}",
            acts[entry.act],
            entry.award.organisation.name if entry.award else "",
            "" if entry.act in _OF_MONEY_ALONE else shown[entry.subject],
            Decimal(entry.amount_fen) / 100,
            entry.payment.number if entry.payment else "",
            entry.voucher,
            entry.on.isoformat() if entry.on else "",
            entry.entered_by.user.name if entry.entered_by else "",
        ]
        for entry in entries
    ]
    return _workbook("台账", LEDGER, rows)


def _workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet: heading, rows, sums with two decimals. Texts stay texts, whatever they begin with."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False})
    sheet = book.add_worksheet(title)
    head, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    sheet.write_row(0, 0, columns, head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 18)
    for place, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(place, column, value)
            else:
                sheet.write_number(place, column, value, money if isinstance(value, Decimal) else None)
    book.close()
    return out.getvalue()


def hash_of(data: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def plain_yuan(fen: int) -> str:
    """A sum in 元 with two decimals and no separators, as programs read it."""
    return f"{fen // 100}.{fen % 100:02d}"


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
