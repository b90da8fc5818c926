"""A budget subject is 3 to 16 digits, by the page, the API and the action."""

from __future__ import annotations

import pytest

from kechuang.accounts.refusals import Refused
from kechuang.treasury.models import Appropriation
from treasury.factories import make_accountant, make_appropriation
from treasury.test_stale_tabs import asks, posts

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
