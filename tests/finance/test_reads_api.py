"""Templates, faults and ledgers of banks and pools as files, by the API."""

from __future__ import annotations

import io

import openpyxl
import pytest

from api.programs import program, statuses
from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, loan, make_filer, take
from finance.test_pools import make_pool
from kechuang.accounts.roles import Role
from kechuang.finance import pools

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten_on_monday(clock_at, settings):
    """The hour of all stories."""
    settings.API_RATE = 0


def rows_of(book: bytes) -> list[tuple]:
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    return [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]


def test_a_bank_takes_the_template_of_what_it_files():
    ask = program(make_filer())

    status, book = ask("finance/filing-template.xlsx?kind=loans")

    assert status == 200
    assert any("贷款本金" in str(cell) for row in rows_of(book) for cell in row)
    assert ask("finance/filing-template.xlsx?kind=covers")[0] == 404
    others = (make_membership(Role.MANAGER), make_membership(Role.OFFICER, make_department()), None)
    assert statuses("finance/filing-template.xlsx", *others) == [404, 404, 401]


def test_the_faults_of_a_filing_are_a_workbook_in_the_language_asked_for():
    bank, firm = make_filer(), make_organisation()
    filing = take(bank, "loans", [loan(firm), loan(firm, "HT-2", principal="很多")])
    path = f"finance/filings/{filing.pk}/errors.xlsx"

    _, chinese = program(bank)(path)
    _, english = program(bank)(f"{path}?language=en")

    assert rows_of(chinese)[0][0] == "行"
    assert rows_of(english)[0][0] == "Row"
    assert "“很多”" in {cell for row in rows_of(chinese) for cell in row}
    officer = make_membership(Role.OFFICER, make_department())
    assert statuses(path, officer, make_filer(), make_membership(Role.MANAGER), None) == [200, 404, 404, 401]


def test_the_ledger_of_a_pool_is_a_workbook():
    officer = make_membership(Role.OFFICER, make_department())
    pool = make_pool(officer)
    pools.move(pool, "contribute", WAN, "首期", actor=officer, at=AT)
    path = f"finance/pools/{pool.pk}/ledger.xlsx"

    status, book = program(officer)(path)

    assert status == 200
    assert "首期" in {cell for row in rows_of(book) for cell in row}
    assert statuses(path, make_filer(), make_membership(Role.CLERK), None) == [404, 404, 401]
    assert program(officer)("finance/pools/987654/ledger.xlsx")[0] == 404
