"""Whoever stays away from a firm or a bank finds neither row nor count of it, and writes nothing about it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, loan, make_filer, make_partner, make_tech_sme
from finance.test_pools import make_loss, make_pool
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.finance import letters, overlaps, partners, pools, queries, rules
from kechuang.finance.models import FiledLine, Letter, Overlap, PoolEntry

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
DAY = date(2026, 3, 2)


@pytest.fixture
def people(clock_at):
    bureau = make_department()
    return make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)


def recuse(membership, organisation):
    Recusal.objects.create(
        user=membership.user, organisation=organisation, ground="employer", source="test", began_at=AT
    )


def page_of(membership, address):
    client = Client()
    client.force_login(membership.user)
    return client.get(address)


@pytest.mark.parametrize("which", ["firm", "bank"])
def test_no_movement_loss_or_recovery_of_a_pool_by_whoever_stays_away(people, which):
    officer, decider = people
    pool = make_pool(officer)
    pools.move(pool, "contribute", 9000 * WAN, "出资", actor=officer, at=AT)
    bank, firm = make_filer(), make_organisation()
    shared, waiting = make_loss(bank, firm, "A"), make_loss(bank, firm, "B")
    loss = pools.lose(pool, shared, "逾期", actor=decider, at=AT)
    for one in people:
        recuse(one, {"firm": firm, "bank": bank.organisation}[which])

    with pytest.raises(Refused, match="stay away"):
        pools.lose(pool, waiting, "逾期", actor=decider, at=AT)
    with pytest.raises(Refused, match="stay away"):
        pools.recover(loss, WAN, "收回", actor=officer, at=AT)
    if which == "firm":
        with pytest.raises(Refused, match="stay away"):
            pools.move(pool, "reserve", WAN, "预留", actor=officer, at=AT, organisation=firm)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        PoolEntry.objects.create(
            pool=pool, act="lose", amount_fen=1, organisation=firm, line=waiting, made_by=decider, made_at=AT
        )
    assert queries.losses_waiting(pool, decider) == []
    assert not queries.entries_of(pool, decider).filter(act="lose").exists()
    assert queries.alerts(pool, date(2026, 9, 1), decider) == []


def test_no_letter_is_prepared_or_issued_and_none_of_its_facts_told_by_whoever_stays_away(people):
    officer, decider = people
    firm = make_tech_sme()
    letter = letters.prepare("23.risk_compensation", firm, 2025, actor=officer, on=DAY, at=AT)
    for one in people:
        recuse(one, firm)

    with pytest.raises(Refused) as refused:
        letters.prepare("23.provincial_interest", firm, 2025, actor=officer, on=DAY, at=AT)
    assert refused.value.words.zh == "您需回避该单位的事项，请交由同事办理。"
    for act in (letters.issue, letters.discard):
        with pytest.raises(Refused, match="stay away"):
            act(letter, actor=decider, at=LATER)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Letter.objects.update(issued_by=decider)


@pytest.mark.parametrize("which", ["firm", "first", "second"])
def test_overlaps_of_whom_one_stays_away_from_are_neither_seen_nor_counted_nor_decided(people, which):
    officer, _ = people
    firm, first, second = make_organisation(), make_filer(), make_filer()
    for bank in (first, second):
        file(bank, "loans", [loan(firm)])
    pair = Overlap.objects.first()
    kept = {"firm": firm, "first": first.organisation, "second": second.organisation}[which]
    other = make_membership(Role.OFFICER, officer.organisation)
    recuse(officer, kept)

    with pytest.raises(Refused, match="stay away"):
        overlaps.decide(pair, "both", "银团", actor=officer, at=LATER)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        Overlap.objects.filter(pk=pair.pk).update(
            decision="both", reason="x", decided_by=officer, decided_at=LATER
        )
    told = {
        one: re.findall(r'class="tally">(\d+)', page_of(one, "/overlaps/").content.decode())
        for one in (officer, other)
    }
    assert told[officer] == ["0"]
    assert told[other] == ["2"]
    number = FiledLine.objects.get(filer=second.organisation).filing_id
    seen = page_of(officer, f"/filings/{number}/")
    assert "项疑似重复" not in seen.content.decode()
    assert seen.status_code == (404 if which == "second" else 200)
    assert "2 项疑似重复" in page_of(other, f"/filings/{number}/").content.decode()


def test_what_a_bank_files_is_not_there_for_whoever_stays_away_from_the_bank(people):
    officer, _ = people
    bank, firm = make_filer(), make_organisation()
    partner = make_partner(bank, officer)
    filing = file(bank, "loans", [loan(firm)])
    recuse(officer, bank.organisation)

    assert not queries.filings(officer).exists()
    assert not rules.lines_visible_to(officer).exists()
    assert not queries.partners(officer).exists()
    assert page_of(officer, f"/filings/{filing.pk}/").status_code == 404
    naming = make_membership(Role.OFFICER, make_department("市地方金融监管局"))
    recuse(naming, bank.organisation)
    with pytest.raises(Refused, match="stay away"):
        partners.end(partner, actor=naming, on=DAY, at=LATER)
