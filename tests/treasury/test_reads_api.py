"""One entry with its chain, parts of an award, and the files of a batch, by the API."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.programs import program, statuses
from factories import AT, make_membership
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.treasury import actions
from treasury.factories import YUAN, make_accountant, make_paid_award, make_payable_award, make_sent_batch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


def people():
    """A leader, who reads the treasury; an officer and an applicant, who do not; nobody."""
    return [make_membership(role) for role in (Role.LEADER, Role.OFFICER, Role.CLERK)] + [None]


def test_an_entry_is_read_with_all_that_it_rests_on():
    award = make_paid_award(500)
    pay = award.entries.get(act="pay")

    _, told = program(make_accountant())(f"treasury/entries/{pay.pk}")

    assert (told["act"], told["amount_fen"], told["voucher"]) == ("pay", 500 * YUAN, pay.voucher)
    assert (told["appropriation"], told["award"], told["batch"]) == (
        award.appropriation_id, award.pk, pay.payment.batch.number,
    )  # fmt: skip
    assert told["siblings"] == list(award.entries.order_by("id").values_list("pk", flat=True))
    assert statuses(f"treasury/entries/{pay.pk}", *people()) == [200, 404, 404, 401]
    assert program(make_accountant())("treasury/entries/987654321")[0] == 404


def test_an_entry_of_an_appropriation_has_no_award():
    award = make_payable_award()
    first = award.appropriation.entries.get(act="appropriate")

    _, told = program(make_accountant())(f"treasury/entries/{first.pk}")

    assert (told["award"], told["batch"], told["siblings"]) == (None, "", [])


def test_the_parts_of_an_award_are_read_with_the_same_queries_however_many(django_assert_num_queries):
    accountant = make_accountant()
    whole, divided = make_payable_award(), make_payable_award(yuan=50_000)
    shares = [
        actions.Share("主要完成人", 30_000 * YUAN, "甲", "威海银行", "6228480402564890018"),
        actions.Share("合作单位", 20_000 * YUAN, "乙", "威海银行", "6228480402564890018"),
    ]
    actions.divide_among(divided, shares, actor=accountant, at=AT)
    ask = program(accountant)

    with CaptureQueriesContext(connection) as few:
        _, none = ask(f"treasury/awards/{whole.pk}/parts")
    with django_assert_num_queries(len(few)):
        _, told = ask(f"treasury/awards/{divided.pk}/parts")

    assert none["parts"] == []
    assert [(one["title"], one["amount_fen"], one["holder"]) for one in told["parts"]] == [
        ("主要完成人", 30_000 * YUAN, "甲"),
        ("合作单位", 20_000 * YUAN, "乙"),
    ]
    assert statuses(f"treasury/awards/{divided.pk}/parts", *people()) == [200, 404, 404, 401]


@pytest.mark.parametrize("name", ["file.xlsx", "answer.xlsx"])
def test_a_batch_is_taken_as_a_workbook_and_who_took_it_is_recorded(name):
    batch, accountant = make_sent_batch(), make_accountant()

    status, book = program(accountant)(f"treasury/batches/{batch.number}/{name}")

    assert status == 200
    cells = {
        cell
        for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True)
        for cell in row
    }
    assert batch.payments.get().number in cells
    assert Event.objects.filter(kind="batch.exported", membership_id=accountant.pk).exists()
    assert statuses(f"treasury/batches/{batch.number}/{name}", *people()[1:]) == [404, 404, 401]
