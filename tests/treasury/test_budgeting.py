"""What is entered of an appropriation is what can be kept: subjects, measure, document; a wrong one can be undone."""

from __future__ import annotations

import pytest

from factories import AT
from kechuang.accounts.refusals import Refused
from kechuang.treasury import actions
from kechuang.treasury.models import Appropriation
from treasury.answering import asks, posts
from treasury.factories import make_accountant, make_appropriation

pytestmark = pytest.mark.django_db
GIVEN = {"year": 2026, "measure": "9", "title": "研发补助", "source": "威财预〔2026〕1号"}
WRONG = ["2" * 20, "abc2060404", "２０６０４０４", "预算507科目", "20"]


@pytest.mark.parametrize("name", ["function_code", "economic_code"])
@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_budget_subject_is_refused_everywhere(name, code):
    accountant = make_accountant()

    zh, en = posts(accountant, "treasury-appropriation-new", **GIVEN, amount="100", **{name: code})
    program = asks(accountant, "appropriations", **GIVEN, amount_fen=100, **{name: code})
    with pytest.raises(Refused) as refused:
        make_appropriation(**{name: code})

    assert (zh.status_code, en.status_code, program.status_code) == (422, 422, 422)
    assert set(zh.context["form"].errors) == {name}
    assert (refused.value.field, refused.value.words.zh) == (name, "科目编码是 3 至 16 位数字。")
    assert not Appropriation.objects.exists()


def test_an_appropriation_is_of_a_measure_that_there_is_whoever_asks():
    accountant = make_accountant()

    program = asks(accountant, "appropriations", **{**GIVEN, "measure": "999"}, amount_fen=100)

    assert program.status_code == 409
    assert "政策中没有这一条措施" in program.json()["detail"]
    assert not Appropriation.objects.exists()


def test_what_was_entered_wrongly_goes_down_to_zero_unless_something_is_bound():
    accountant, wrong = make_accountant(), make_appropriation(500)
    used = make_appropriation(500)
    actions.reserve(used, 100, subject="call:1", actor=accountant, at=AT)
    gone = {"amount": "0", "source": "威财预〔2026〕9号", "from_fen": "50000"}

    zh, _ = posts(accountant, "treasury-adjust", wrong.pk, **gone)
    refused, _ = posts(accountant, "treasury-adjust", used.pk, **gone)

    wrong.refresh_from_db()
    assert (zh.status_code, wrong.amount_fen) == (302, 0)
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"amount"})


def test_a_document_longer_than_its_column_is_refused_by_program_and_action():
    accountant, money = make_accountant(), make_appropriation(500)
    long = {"amount_fen": 1, "from_fen": 50_000, "source": "文" * 65}

    program = asks(accountant, f"appropriations/{money.pk}/amount", **long)
    with pytest.raises(Refused) as refused:
        actions.adjust(money, 1, source="文" * 65, actor=accountant, at=AT)

    money.refresh_from_db()
    assert (program.status_code, refused.value.field, money.amount_fen) == (422, "source", 50_000)
