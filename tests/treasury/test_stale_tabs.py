"""A page that was opened before somebody else acted does nothing but what it shows."""

from __future__ import annotations

import pytest

from factories import AT
from kechuang.treasury import actions, exporting
from treasury.answering import asks, posts
from treasury.factories import YUAN, make_accountant, make_appropriation, make_payable_award, make_treasurer

pytestmark = pytest.mark.django_db


def make_batch_of_two():
    return actions.prepare_batch([make_payable_award(), make_payable_award()], actor=make_accountant(), at=AT)


def test_a_batch_is_not_marked_as_sent_with_another_file_than_was_taken():
    accountant, treasurer, batch = make_accountant(), make_treasurer(), make_batch_of_two()
    actions.approve_batch(batch, actor=treasurer, at=AT)
    taken = exporting.hash_of(exporting.csv_of(batch))
    actions.withdraw_payment(batch.payments.first(), reason="账户有误", actor=accountant, at=AT)
    batch = actions.approve_batch(batch, actor=treasurer, at=AT)

    zh, en = posts(accountant, "treasury-batch-act", batch.number, "send", file_hash=taken)
    program = asks(accountant, f"batches/{batch.number}/sent", sha256=taken)
    batch.refresh_from_db()
    state = batch.state
    posts(accountant, "treasury-batch-act", batch.number, "send", file_hash=batch.file_hash)
    batch.refresh_from_db()

    assert (zh.status_code, en.status_code, program.status_code) == (422, 422, 409)
    assert "批次在您下载后有变动，请重新下载。" in zh.text
    assert "The batch has changed since you took its file." in en.text
    assert program.json()["detail"] == "批次在您下载后有变动，请重新下载。"
    assert f'name="file_hash" value="{batch.file_hash}"' in zh.text
    assert (state, batch.state) == ("approved", "sent")


def test_another_sum_is_not_approved_than_the_button_says():
    treasurer, batch = make_treasurer(), make_batch_of_two()
    actions.withdraw_payment(batch.payments.first(), reason="账户有误", actor=make_accountant(), at=AT)

    zh, en = posts(treasurer, "treasury-batch-act", batch.number, "approve", seen_fen=100_000 * YUAN)
    unsaid, _ = posts(treasurer, "treasury-batch-act", batch.number, "approve")
    program = asks(treasurer, f"batches/{batch.number}/approve", amount_fen=100_000 * YUAN)
    batch.refresh_from_db()
    state = batch.state
    posts(treasurer, "treasury-batch-act", batch.number, "approve", seen_fen=50_000 * YUAN)
    batch.refresh_from_db()

    assert (zh.status_code, unsaid.status_code, program.status_code) == (422, 422, 409)
    assert "批次合计 50,000.00 元，不是 100,000.00 元。" in zh.text
    assert "The batch adds up to 50,000.00 yuan, not 100,000.00." in en.text
    assert "批次合计 50,000.00 元，不是 100,000.00 元。" in program.json()["detail"]
    assert f'name="seen_fen" value="{50_000 * YUAN}"' in zh.text
    assert (state, batch.state) == ("prepared", "approved")


def test_an_appropriation_is_not_adjusted_from_another_sum_than_was_seen():
    accountant, money = make_accountant(), make_appropriation(5)
    actions.adjust(money, 3_000_000 * YUAN, source="威财预〔2026〕8号", actor=make_accountant(), at=AT)
    given = {"source": "威财预〔2026〕9号", "from_fen": 5 * YUAN}

    zh, en = posts(accountant, "treasury-adjust", money.pk, amount="150", **given)
    unsaid, _ = posts(accountant, "treasury-adjust", money.pk, amount="150", source="威财预〔2026〕9号")
    program = asks(accountant, f"appropriations/{money.pk}/amount", amount_fen=150 * YUAN, **given)
    money.refresh_from_db()
    between = money.amount_fen
    given["from_fen"] = 3_000_000 * YUAN
    posts(accountant, "treasury-adjust", money.pk, amount="150", **given)
    money.refresh_from_db()

    assert (zh.status_code, unsaid.status_code, program.status_code) == (422, 422, 409)
    assert "预算现为 3,000,000.00 元，不是 5.00 元：已有他人调整。" in zh.text
    assert "The appropriation is 3,000,000.00 yuan now, not 5.00" in en.text
    assert f'name="from_fen" value="{3_000_000 * YUAN}"' in zh.text
    assert "请刷新页面后再调整。" in unsaid.text
    assert [one.act for one in money.entries.order_by("pk")] == ["appropriate", "appropriate", "reduce"]
    assert (between, money.amount_fen) == (3_000_000 * YUAN, 150 * YUAN)
