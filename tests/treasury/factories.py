"""Money for tests: each call makes what it names through the actions of the treasury."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from factories import AT, FIRST, TODAY, make_department, make_membership, make_organisation
from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.treasury import actions
from kechuang.treasury.models import Appropriation, Award, Batch

YUAN = 100  # fen
_numbers = count(FIRST)


@contextmanager
def refused(words: str) -> Iterator[None]:
    """What is done inside is refused with a Chinese sentence in which these words stand, and an English one."""
    with pytest.raises(Refused) as found:
        yield
    assert words in found.value.words.zh
    assert found.value.words.en
    assert "。" not in found.value.words.en


def make_accountant() -> Membership:
    return make_membership(Role.ACCOUNTANT, make_department("市财政局"))


def make_treasurer() -> Membership:
    return make_membership(Role.TREASURER, make_department("市财政局"))


def make_appropriation(yuan: int = 1_000_000, **more) -> Appropriation:
    """Money for measure 9 in 2026."""
    budget = {
        "year": 2026,
        "measure": "9",
        "title": "企业研发投入递增补助",
        "source": f"威财预〔2026〕{next(_numbers)}号",
        "function_code": "2060404",
        "economic_code": "50701",
        **more,
    }
    actor = budget.pop("actor", None) or make_accountant()
    return actions.appropriate(actions.Budget(**budget), yuan * YUAN, actor=actor, at=AT)


def make_award(appropriation: Appropriation | None = None, yuan: int = 50_000, **more) -> Award:
    """Granted, not committed; of a new enterprise with a bank account unless an organisation is named."""
    number = next(_numbers)
    organisation = more.pop("organisation", None) or make_payee()
    given = {
        "entitlement": f"9.rd_growth|2025|{organisation.pk}|{number}",
        "subject": f"case:{number}",
        "organisation": organisation,
        "appropriation": appropriation or make_appropriation(),
        "benefit": "9.rd_growth",
        "year": 2025,
        "amount_fen": yuan * YUAN,
        **more,
    }
    return actions.grant(actions.Grant(**given), actor=make_accountant(), at=AT)


def make_payee(**more) -> Organisation:
    """An enterprise that has named its bank account."""
    organisation = make_organisation(**more)
    actions.state_account(
        organisation,
        holder=organisation.name,
        bank="威海市商业银行经区支行",
        number=f"6228480{next(_numbers):012d}",
        actor=make_membership(organisation=organisation),
        at=AT,
    )
    return organisation


def make_payable_award(appropriation: Appropriation | None = None, yuan: int = 50_000, **more) -> Award:
    """Granted, committed, its public notice over."""
    actor = make_accountant()
    award = make_award(appropriation, yuan, **more)
    actions.commit(award, actor=actor, at=AT)
    return actions.make_payable(award, actor=actor, at=AT)


def make_sent_batch(*awards: Award) -> Batch:
    """Prepared by one, approved by another, sent."""
    accountant = make_accountant()
    batch = actions.prepare_batch(awards or [make_payable_award()], actor=accountant, at=AT)
    actions.approve_batch(batch, actor=make_treasurer(), at=AT)
    return actions.mark_sent(batch, actor=accountant, at=AT)


def paid(number: str, reference: str = "") -> actions.Result:
    """The bank has paid."""
    return actions.Result(number, paid=True, on=TODAY, reference=reference or f"V{number}")


def returned(number: str, reason: str = "户名不符") -> actions.Result:
    """The bank has sent the money back."""
    return actions.Result(number, paid=False, on=TODAY, reason=reason)


def make_paid_award(yuan: int = 50_000, **more) -> Award:
    """An award whose money has arrived."""
    award = make_payable_award(yuan=yuan, **more)
    batch = make_sent_batch(award)
    actions.settle(batch, [paid(batch.payments.get().number)], actor=make_accountant(), at=AT)
    award.refresh_from_db()
    return award
