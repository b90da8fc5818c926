"""What the bank sends back about a batch, as a workbook or CSV: read, held against the payments, not yet entered.

A row counts when number, sum and account agree with the payment; every fault names its row and column. Only a file
without faults is entered, by settling.settle; entering it twice changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Final

from kechuang.accounts.refusals import Refused
from kechuang.exchange.intake import UnusableFileError
from kechuang.exchange.sheets import Workbook
from kechuang.policy.language.values import Words
from kechuang.treasury.models import Batch, Payment
from kechuang.treasury.paying import MOST_PAYMENTS, PAYMENT_WORDS
from kechuang.treasury.paying_models import VOUCHER_LENGTH
from kechuang.treasury.recovering import due_of
from kechuang.treasury.refusals import why_not_returned
from kechuang.treasury.settling import Result, wrong_day

MOST_BYTES: Final = 5 * 2**20
MOST_ROWS: Final = 2 * MOST_PAYMENTS
FAULTS_SHOWN: Final = 200
NUMBER, AMOUNT, ACCOUNT, RESULT, VOUCHER, ON, REASON = (
    "拨付编号",
    "金额（元）",
    "收款账号",
    "结果",
    "银行凭证号",
    "日期",
    "退回原因",
)
COLUMNS: Final = (NUMBER, AMOUNT, ACCOUNT, RESULT, VOUCHER, ON, REASON)
_NEEDED: Final = (NUMBER, AMOUNT, ACCOUNT, RESULT, ON)
_ALSO: Final = {
    "支付编号": NUMBER,
    "金额": AMOUNT,
    "金额(元)": AMOUNT,
    "账号": ACCOUNT,
    "状态": RESULT,
    "支付结果": RESULT,
    "凭证号": VOUCHER,
    "回单号": VOUCHER,
    "支付日期": ON,
    "失败原因": REASON,
}
_PAID: Final = {"成功", "已付", "支付成功", "paid"}
_RETURNED: Final = {"失败", "退回", "退汇", "支付失败", "returned"}


@dataclass(frozen=True)
class Line:
    """One row of the file: its number, and its texts by column."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row, and in which column; row 0: the file as a whole."""

    row: int
    column: str
    words: Words


@dataclass
class Checked:
    """A dry run: what would be entered, and what stands against it. Nothing was changed."""

    results: list[Result] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: list[tuple[Payment, Result, bool]] = field(default_factory=list)  # and whether it is new

    @property
    def paid_fen(self) -> int:
        """What would be entered as paid now."""
        return sum(payment.amount_fen for payment, result, new in self.rows if new and result.paid)

    @property
    def new(self) -> int:
        """How many rows would change anything."""
        return sum(new for *_, new in self.rows)


def read(name: str, file: IO[bytes]) -> list[Line]:
    """The rows of an uploaded file. Raises Refused for one that cannot be read, saying what to do."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused("文件不得超过 5 MB。", "The file may have 5 MB at most.", "file")
    rows = _workbook(data) if name.lower().endswith(".xlsx") else _text(data)
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if len(filled) > MOST_ROWS + 1:
        raise Refused(f"文件至多 {MOST_ROWS} 行。", f"The file may have {MOST_ROWS} rows at most.", "file")
    if not filled:
        raise Refused("文件是空的。", "The file is empty.", "file")
    (_, heads), *lines = filled
    columns = [_ALSO.get(head, head) for head in (re.sub(r"\s", "", head) for head in heads)]
    twice = [column for column in COLUMNS if columns.count(column) > 1]
    if twice:
        raise Refused(
            f"表头有两列都是：{'、'.join(twice)}。请只保留一列。",
            f"The heading has two columns for {', '.join(twice)}. Keep one of each.",
            "file",
        )
    missing = [column for column in _NEEDED if column not in columns]
    if missing:
        raise Refused(
            f"表头缺少：{'、'.join(missing)}。第一行须是表头，可用本页的模板。",
            f"The heading lacks {', '.join(missing)}. The first row must be the heading; use the form of this page.",
            "file",
        )
    return [Line(number, dict(zip(columns, cells, strict=False))) for number, cells in lines]


def _text(data: bytes) -> list[tuple[int, list[str]]]:
    """Rows of CSV in UTF-8 or, as spreadsheets here write it, GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
        return [(number, [_plain(cell) for cell in row]) for number, row in enumerate(rows, 1)]
    raise Refused(
        "文件不是 CSV，也不是 .xlsx 工作簿。", "The file is neither CSV nor an .xlsx workbook.", "file"
    )


def _workbook(data: bytes) -> list[tuple[int, list[str]]]:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as kept:
        kept.write(data)
        kept.flush()
        try:
            with Workbook(Path(kept.name)) as book:
                rows = [row for _, row in zip(range(MOST_ROWS + 2), book.sheets[0].rows(), strict=False)]
        except UnusableFileError as error:
            raise Refused(f"{error.words.zh}。", f"{error.words.en}.", "file") from error
    return [
        (number, [_cell(cells[place].value) if place in cells else "" for place in range(1, max(cells) + 1)])
        for number, cells in rows
    ]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return str(Decimal(repr(value)))  # the shortest decimal that is this number
    return _plain(str(value))


def _plain(text: str) -> str:
    """Without the apostrophe that keeps spreadsheets from computing, and without blanks around."""
    return text.strip().removeprefix("'").strip()


def check(batch: Batch, lines: Sequence[Line], today: date) -> Checked:
    """A dry run of the file against the payments of a batch."""
    payments = {
        payment.number: payment for payment in batch.payments.select_related("award__organisation", "batch")
    }
    entered = {
        (number, voucher): on
        for number, voucher, on in batch.payments.filter(entries__act="pay").values_list(
            "number", "entries__voucher", "entries__on"
        )
    }
    checked = Checked()
    seen: dict[str, int] = {}
    for line in lines:
        number = line.cells.get(NUMBER, "")
        payment = payments.get(number)
        if payment is None:
            _fault(checked, line, NUMBER, f"批次中没有“{number}”", f"the batch has no “{number}”")
        elif number in seen:
            _fault(checked, line, NUMBER, f"与第 {seen[number]} 行重复", f"repeats row {seen[number]}")
        else:
            seen[number] = line.row
            _check_line(checked, line, payment, today, entered)
    if not lines:
        checked.faults.append(Fault(0, "", Words("没有数据行", "there are no rows")))
    return checked


def _check_line(
    checked: Checked,
    line: Line,
    payment: Payment,
    today: date,
    entered: Mapping[tuple[str, str], date | None],
) -> None:
    before = len(checked.faults)
    _check_sum(checked, line, payment)
    word = line.cells.get(RESULT, "").lower()
    if word not in _PAID | _RETURNED:
        _fault(
            checked,
            line,
            RESULT,
            f"“{word}”不明，请填成功或退回",
            f"“{word}” is unclear: write paid or returned",
        )
    on = _date(line.cells.get(ON, ""))
    if on is None or on > today:
        found = line.cells.get(ON, "")
        _fault(checked, line, ON, f"“{found}”不是今天或以前的日期", f"“{found}” is no day up to today")
    voucher, reason = line.cells.get(VOUCHER, ""), line.cells.get(REASON, "")[:200]
    _check_voucher(checked, line, word, voucher, reason)
    if len(checked.faults) > before or on is None:
        return
    result = Result(payment.number, paid=word in _PAID, on=on, reference=voucher, reason=reason)
    known = (payment.number, voucher) in entered if result.paid else payment.state == Payment.State.RETURNED
    if not known and (payment.state, result.paid) not in _MAY_FOLLOW:
        zh, en = PAYMENT_WORDS[payment.state]
        _fault(
            checked, line, RESULT, f"这笔{zh}，不能再登记", f"this payment is {en} and takes no such result"
        )
        return
    if wrong := _wrong_day(payment, on, today, entered.get((payment.number, voucher)), known=known):
        _fault(checked, line, ON, wrong.zh, wrong.en)
        return
    if payment.state == Payment.State.PAID and not known:
        why = why_not_returned(payment, due_of(payment.award))
        if why:
            _fault(checked, line, RESULT, why.zh.rstrip("。"), why.en.rstrip("."))
            return
    checked.results.append(result)
    checked.rows.append((payment, result, not known))


def _check_voucher(checked: Checked, line: Line, word: str, voucher: str, reason: str) -> None:
    """What is paid has a voucher that can be kept whole; what is returned has a reason."""
    if len(voucher) > VOUCHER_LENGTH or "\0" in voucher + reason:
        zh = f"凭证号至多 {VOUCHER_LENGTH} 字，不能有控制字符"
        en = f"a voucher has {VOUCHER_LENGTH} characters at most, none of control"
        _fault(checked, line, VOUCHER, zh, en)
    if word in _PAID and not voucher:
        _fault(checked, line, VOUCHER, "付款成功的要有凭证号", "what is paid needs the number of its voucher")
    if word in _RETURNED and not reason:
        _fault(checked, line, REASON, "退回的要写明原因", "what is returned needs a reason")


def _wrong_day(payment: Payment, on: date, today: date, paid_on: date | None, *, known: bool) -> Words | None:
    """Why the day of a row cannot be: of a new answer, or another than that of the same answer entered before."""
    if not known:
        return wrong_day(payment, on, today)
    before = paid_on or payment.settled_on
    return None if before == on else Words(f"已登记的日期是 {before}", f"the day entered before is {before}")


_MAY_FOLLOW: Final = {(Payment.State.SENT, True), (Payment.State.SENT, False), (Payment.State.PAID, False)}


def _check_sum(checked: Checked, line: Line, payment: Payment) -> None:
    """Sum and account are those of the payment."""
    try:
        fen = Decimal(line.cells.get(AMOUNT, "").replace(",", "")) * 100
    except ArithmeticError:  # no number, or one beyond all numbers
        fen = Decimal(-1)
    if fen != payment.amount_fen:
        found, expected = line.cells.get(AMOUNT, ""), f"{payment.amount_fen / Decimal(100):.2f}"
        _fault(checked, line, AMOUNT, f"“{found}”，应为 {expected}", f"“{found}”, expected {expected}")
    account = re.sub(r"\s", "", line.cells.get(ACCOUNT, ""))
    if account != payment.account:
        ending = payment.account[-4:]
        _fault(
            checked,
            line,
            ACCOUNT,
            f"与拨付账号（尾号 {ending}）不符",
            f"is not the account ending in {ending}",
        )


def _date(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _fault(checked: Checked, line: Line, column: str, zh: str, en: str) -> None:
    if len(checked.faults) < FAULTS_SHOWN:
        checked.faults.append(Fault(line.row, column, Words(zh, en)))
