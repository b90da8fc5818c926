"""Disputes of filed facts: settled, carried on or closed as the filer files; what a department corrected stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_membership
from finance.factories import WAN, file, make_filer, take, undo
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import queries
from kechuang.finance.models import FiledLine
from kechuang.journal.models import Event, Message
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def insurer():
    return make_filer("insurer")


@pytest.fixture
def manager(firm):
    return make_membership(Role.MANAGER, firm)


def claim(firm, **more) -> dict:
    said = {"number": "BX-1", "claim": "PA-1", "claimed_on": "2025-06-01", "amount": "50万元"}
    return {"uscc": firm.uscc, **said, **more}


@pytest.fixture
def filed(insurer, firm):
    """A claim of 500,000 yuan, as filed."""
    days = {"starts_on": "2025-01-01", "ends_on": "2025-12-31"}
    file(insurer, "covers", [{"uscc": firm.uscc, "number": "BX-1", "kind": "rd_loss", **days}])
    return file(insurer, "claims", [claim(firm)])


@pytest.fixture
def dispute(filed, firm, manager):
    """The firm says that it was 300,000 yuan."""
    return registry.raise_correction(standing(), 30 * WAN, "实际赔付三十万元", actor=manager, at=AT)


def standing():
    """What is known now of the sum of the claim; None where nothing is."""
    return Fact.objects.filter(record="claims", field="amount", known_to=None).first()


def uphold(dispute, officer=None):
    return registry.answer_correction(
        dispute, uphold=True, answer="核实", actor=officer or make_membership(Role.OFFICER), at=AT
    )


def told(manager) -> str:
    return Message.objects.filter(recipient=manager.user).latest("id").body["en"]


def test_a_dispute_is_settled_when_the_filer_files_what_was_proposed(dispute, insurer, firm, manager):
    file(insurer, "claims", [claim(firm, amount="30万元")], at=LATER)

    dispute.refresh_from_db()
    assert (dispute.state, dispute.answered_at, dispute.answered_by) == ("settled", LATER, None)
    assert "“claim paid” is 300,000 yuan now, as you proposed" in told(manager)
    assert Event.objects.filter(kind="correction.settled", subject=f"correction:{dispute.pk}").exists()


def test_a_dispute_goes_on_about_what_the_filer_files_anew(dispute, insurer, firm, manager):
    file(insurer, "claims", [claim(firm, amount="40万元")], at=LATER)

    dispute.refresh_from_db()
    assert (dispute.state, dispute.fact) == ("open", standing())
    assert "from 500,000 yuan to 400,000 yuan" in told(manager)
    assert uphold(dispute).state == "upheld"
    assert standing().value == 30 * WAN


def test_undoing_a_filing_closes_the_dispute_and_leaves_no_record(dispute, filed, insurer, manager):
    undo(filed, insurer, LATER)

    dispute.refresh_from_db()
    assert (dispute.state, standing()) == ("lapsed", None)
    assert "took “claim paid” back" in told(manager)
    with pytest.raises(Refused, match="has been answered"):
        uphold(dispute)


def test_undoing_the_later_filing_carries_the_dispute_back(filed, insurer, firm, manager):
    later = file(insurer, "claims", [claim(firm, amount="60万元")], at=LATER)
    one = registry.raise_correction(standing(), 30 * WAN, "三十万元", actor=manager, at=LATER)

    undo(later, insurer, LATEST)

    one.refresh_from_db()
    assert (one.state, one.fact, one.fact.value) == ("open", standing(), 50 * WAN)


def test_a_correction_leaves_no_record_behind_when_its_filing_is_undone(dispute, filed, insurer):
    uphold(dispute)

    undo(filed, insurer, LATER)

    assert not Fact.objects.filter(record="claims", known_to=None).exclude(field="").exists()


def test_filing_the_same_again_leaves_what_was_corrected(dispute, insurer, firm, manager):
    uphold(dispute)

    again = take(insurer, "claims", [claim(firm), claim(firm, claim="PA-2")], at=LATER)
    row = again.list_import.rows.get(row=1)
    file(insurer, "claims", [claim(firm, paid_on="2025-08-01")], at=LATER)

    assert (row.change, row.corrected) == ("same", {"amount": 30 * WAN})
    assert again.list_import.counts["corrected"] == 1
    assert (standing().value, standing().verified_by_id is None) == (30 * WAN, False)
    assert Fact.objects.filter(record="claims", field="paid_on", known_to=None).exists()
    assert not Event.objects.filter(kind="correction.overtaken").exists()


def test_filing_something_new_counts_and_is_told_to_who_decided_and_to_the_firm(
    dispute, insurer, firm, manager
):
    officer = make_membership(Role.OFFICER)
    uphold(dispute, officer)
    line = claim(firm, amount="45万元")

    row = take(insurer, "claims", [line], at=LATER).list_import.rows.get()
    file(insurer, "claims", [line], at=LATER)

    assert (row.change, row.corrected) == ("changed", {"amount": 30 * WAN})
    assert (standing().value, standing().verified_by) == (45 * WAN, None)
    assert "was corrected to 300,000 yuan" in told(officer)
    assert told(officer) == told(manager)


def test_what_was_corrected_stands_again_when_the_new_filing_is_undone(dispute, insurer, firm):
    uphold(dispute)
    new = file(insurer, "claims", [claim(firm, amount="45万元")], at=LATER)

    undo(new, insurer, LATEST)
    file(insurer, "claims", [claim(firm)], at=LATEST)

    assert standing().value == 30 * WAN


def test_the_lines_show_what_was_corrected_beside_what_was_filed(dispute, client, insurer, manager):
    uphold(dispute)

    (shown,) = queries.shown_lines(FiledLine.objects.filter(record="claims"))

    told = {title.en: (said.en, mended and mended.en) for title, said, mended in shown.told}
    assert told["claim paid"] == ("500,000 yuan", "300,000 yuan")
    assert told["day of the loss"][1] is None
    client.force_login(manager.user)
    assert "部门已更正为 30 万元" in client.get("/filings/lines/?record=claims").content.decode()


def test_a_corrected_sum_of_balances_stands_when_the_same_is_filed_again(bank, firm, manager):
    line = {"uscc": firm.uscc, "kind": "bank_loans", "year": 2025, "amount": "300万元"}
    file(bank, "balances", [line])
    amount = Fact.objects.filter(record="balances", field="amount", known_to=None)
    one = registry.raise_correction(amount.get(), 200 * WAN, "已还一百万元", actor=manager, at=AT)
    officer = make_membership(Role.OFFICER)
    uphold(one, officer)

    file(bank, "balances", [line], at=LATER)
    same = amount.get().value
    file(make_filer(), "balances", [{**line, "amount": "100万元"}], at=LATEST)

    assert (same, amount.get().value) == (200 * WAN, 400 * WAN)
    assert "Its source now says 4,000,000 yuan" in told(officer)
