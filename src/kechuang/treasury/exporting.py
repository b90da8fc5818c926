"""The file of a batch for the budget system (预算管理一体化): one row a payment, the same bytes whenever it is made.

Texts that a spreadsheet would take for a formula are written with an apostrophe before them.
"""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Final

from kechuang.treasury.models import Batch, Payment

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
    """The rows of a batch's file below its heading: payments that are not withdrawn, by number."""
    payments = batch.payments.exclude(state=Payment.State.WITHDRAWN)
    payments = payments.select_related("award__organisation", "award__appropriation").order_by("number")
    return [_row(batch, place, payment) for place, payment in enumerate(payments, 1)]


def _row(batch: Batch, place: int, payment: Payment) -> tuple[str, ...]:
    award, money = payment.award, payment.award.appropriation
    return (
        batch.number,
        str(place),
        payment.number,
        str(money.year),
        money.title,
        money.function_code,
        money.economic_code,
        payment.holder,
        award.organisation.uscc,
        payment.account,
        payment.bank,
        plain_yuan(payment.amount_fen),
        f"第{money.measure}条 {money.title} {award.year} 年度",
        award.subject,
    )


def csv_of(batch: Batch) -> bytes:
    """The file as CSV: UTF-8 with byte order mark, CRLF, as spreadsheets and the budget system read it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([COLUMNS, *([harmless(text) for text in row] for row in rows_of(batch))])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def hash_of(data: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def plain_yuan(fen: int) -> str:
    """A sum in 元 with two decimals and no separators, as programs read it."""
    return f"{fen // 100}.{fen % 100:02d}"


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
