"""Overlaps across banks are found and asked about; a person decides, and a case waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, interest, loan, make_filer, undo
from finance.test_pools import make_loss, make_pool
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import overlaps, pools
from kechuang.finance.models import FiledLine, Overlap
from kechuang.registry.assembly import case_of

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def banks():
    return make_filer(), make_filer()


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department())


def found():
    return list(Overlap.objects.order_by("ground").values_list("ground", flat=True))


@pytest.mark.parametrize(
    ("first", "second", "grounds"),
    [
        ({}, {"principal": "400万元", "balance": "400万元"}, ["contract"]),
        (
            {"number": "A", "pledge": "P-1"},
            {"number": "B", "pledge": "P-1", "principal": "600万元"},
            ["pledge"],
        ),
        ({"number": "A"}, {"number": "B", "signed_on": "2025-03-31"}, ["principal"]),
        ({"number": "A"}, {"number": "B", "signed_on": "2025-04-02"}, []),
        ({}, {"signed_on": "2026-03-02", "due_on": "2027-03-01"}, []),
        ({"number": "A"}, {"number": "B", "principal": "600万元"}, []),
    ],
)
def test_what_is_the_same_at_two_banks_is_asked_about_in_any_order(banks, first, second, grounds):
    firm, other = make_organisation(), make_organisation()
    for lines, filed in (((first, second), firm), ((second, first), other)):
        for bank, more in zip(banks, lines, strict=True):
            file(bank, "loans", [loan(filed, **more)])

    assert found() == sorted(grounds * 2)


def test_a_bank_that_files_again_is_not_asked_twice_and_no_bank_overlaps_itself(banks):
    firm = make_organisation()
    file(banks[0], "loans", [loan(firm), loan(firm, "HT-2")])
    file(banks[1], "loans", [loan(firm, principal="400万元", balance="400万元")])
    file(banks[1], "loans", [loan(firm, principal="400万元", balance="400万元")])

    assert found() == ["contract"]


def test_two_loans_that_both_count_are_not_asked_about_again_when_one_is_repaid(banks, officer):
    firm = make_organisation()
    for bank in banks:
        file(bank, "loans", [loan(firm)])
    for one in Overlap.objects.all():
        overlaps.decide(one, "both", "两份合同，各放一笔", actor=officer, at=AT)
    asked = found()

    repaid = {"uscc": firm.uscc, "number": "HT-1", "balance": "100万元"}
    file(banks[1], "repayments", [repaid], at=LATER)
    file(banks[0], "repayments", [repaid], at=LATER)
    assert found() == asked == ["contract", "principal"]
    for bank in banks:
        file(bank, "loans", [loan(firm, balance="0元", pledge="P-1")], at=LATEST)

    (waits,) = overlaps.open_overlaps()
    assert waits.ground == "pledge"  # of which nobody has said anything


def test_what_an_officer_sets_aside_counts_no_longer(banks, officer):
    firm = make_organisation()
    for bank in banks:
        file(bank, "loans", [loan(firm)])
    pairs = overlaps.open_overlaps()
    assert {one.ground for one in pairs} == {"contract", "principal"}

    overlaps.decide(pairs.get(ground="contract"), "first", "第二家为误报", actor=officer, at=LATER)

    (kept,) = case_of(firm, LATEST)["loans"]
    assert kept["bank"] == banks[0].organisation.name
    assert not overlaps.open_overlaps().exists()  # the other ground spoke of the line that is gone


def test_what_was_filed_of_a_loan_that_is_set_aside_goes_with_it(banks, officer):
    firm = make_organisation()
    more = {"kind": "pledge", "pledge": "P-1", "signed_on": "2025-01-10"}
    for bank, number in zip(banks, "AB", strict=True):
        file(bank, "loans", [loan(firm, number, **more)])
        file(bank, "interest", [interest(firm, number, principal="500万元")])
        file(
            bank,
            "losses",
            [{"uscc": firm.uscc, "number": number, "lost_on": "2026-02-01", "amount": "1万元"}],
        )
    pair = Overlap.objects.get(ground="pledge")

    overlaps.decide(pair, "first", "同一质押", actor=officer, at=LATER)

    standing = FiledLine.objects.filter(ended_at=None)
    assert {(one.filer, one.record) for one in standing} == {
        (banks[0].organisation, record) for record in ("loans", "interests", "losses")
    }
    (kept,) = case_of(firm, LATEST)["interests"]
    assert kept["number"].endswith("/A")


def test_a_loan_whose_loss_a_pool_has_shared_is_not_set_aside(banks, officer):
    firm, decider = make_organisation(), make_membership(Role.DECIDER, officer.organisation)
    pool = make_pool(officer)
    pools.move(pool, "contribute", 9000 * WAN, "出资", actor=officer, at=AT)
    pools.lose(pool, make_loss(banks[0], firm, "S"), "逾期", actor=decider, at=AT)
    file(banks[1], "loans", [loan(firm, "S")])

    with pytest.raises(Refused, match="A pool has shared"):
        overlaps.decide(Overlap.objects.get(), "second", "误报", actor=officer, at=LATER)
    assert Overlap.objects.get().decision == ""


def test_a_decision_needs_a_reason_and_is_made_once(banks, officer):
    firm = make_organisation()
    for bank in banks:
        file(bank, "loans", [loan(firm)])
    pair = Overlap.objects.first()

    with pytest.raises(Refused, match="reason"):
        overlaps.decide(pair, "both", " ", actor=officer, at=LATER)
    overlaps.decide(pair, "both", "银团贷款", actor=officer, at=LATER)
    with pytest.raises(Refused, match="Somebody has decided"):
        overlaps.decide(pair, "first", "再想想", actor=officer, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Overlap.objects.filter(decision="").update(decision="both")


def test_a_line_that_is_taken_back_is_no_question_any_more(banks):
    firm = make_organisation()
    first = file(banks[0], "loans", [loan(firm)])
    file(banks[1], "loans", [loan(firm)])

    undo(first, banks[0], LATER)

    assert not overlaps.open_overlaps().exists()
