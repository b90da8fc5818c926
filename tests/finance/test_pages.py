"""Pages of banks, insurers, firms and offices: each finds what is theirs and nothing of others."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, interest, loan, make_filer, make_partner, take
from fulfilment.city import make_appropriation, make_city
from kechuang.accounts.models import KINDS
from kechuang.accounts.roles import Role
from kechuang.entitlements.releasing import version_in_force
from kechuang.finance import working
from kechuang.finance.models import Filing, Letter, Overlap, Partner, Pool, PoolEntry, Quote
from kechuang.finance.offers import Wish, offers
from kechuang.finance.templatetags.finance import stopped
from kechuang.fulfilment import applying, calls
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.office_facts import sections_of_facts
from kechuang.registry import actions as registry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten_on_monday(clock_at):
    """The hour of all stories."""


def client_of(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department())


@pytest.fixture
def decider():
    return make_membership(Role.DECIDER, make_department())


def test_a_bank_files_from_its_first_page_and_sees_faults_beside_the_cell(officer):
    bank, firm = make_filer(), make_organisation()
    client = client_of(bank)
    assert client.get("/start").headers["Location"] == reverse("filings")
    page = client.get(reverse("filing-new")).content.decode()
    assert "贷款与条件" in page
    assert "保单与保费" not in page
    lines = [loan(firm), loan(firm, "HT-2", principal="很多")]
    data = "\n".join(json.dumps(one, ensure_ascii=False) for one in lines).encode()

    sent = client.post(
        reverse("filing-new"), {"kind": "loans", "file": SimpleUploadedFile("三月.jsonl", data)}
    )
    filing = Filing.objects.get()
    assert sent.headers["Location"] == reverse("filing", args=[filing.pk])
    assert "正在处理报送" in client.get(sent.headers["Location"]).content.decode()
    working.read_filing(filing.list_import_id)
    page = client.get(sent.headers["Location"]).content.decode()
    assert "贷款本金" in page
    assert "很多" in page
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("filing-errors", args=[filing.pk])).getvalue())
    )
    assert [cell.value for cell in book.active[2]][:4] == [2, firm.uscc, "", "贷款本金"]

    client.post(reverse("filing-apply", args=[filing.pk]))
    working.apply_filing(filing.list_import_id, lambda: AT)
    assert "500" in client.get(reverse("filed-lines")).content.decode()
    client.post(reverse("filing-undo", args=[filing.pk]))
    working.undo_filing(filing.list_import_id, lambda: AT)
    assert "撤销" in client.get(reverse("filing", args=[filing.pk])).content.decode()


def test_a_filing_of_another_bank_is_not_there_and_an_empty_form_says_so():
    bank, firm = make_filer(), make_organisation()
    foreign = take(make_filer(), "loans", [loan(firm)])
    client = client_of(bank)

    for name in ("filing", "filing-errors"):
        assert client.get(reverse(name, args=[foreign.pk])).status_code == 404
    for name in ("filing-apply", "filing-undo"):
        assert client.post(reverse(name, args=[foreign.pk])).status_code == 404
    assert client.post(reverse("filing-new"), {"kind": "loans"}).status_code == 422
    assert client.post(reverse("filing-new"), {"kind": "covers"}).status_code == 422


def test_an_enterprise_files_nothing_and_sees_the_lines_about_itself(officer):
    firm = make_membership(Role.MANAGER)
    bank = make_filer()
    file(bank, "loans", [loan(firm.organisation, "HT-本企业"), loan(make_organisation(), "HT-别家")])
    client = client_of(firm)

    assert client.get(reverse("filings")).headers["Location"] == reverse("filed-lines")
    assert client.get(reverse("filing-new")).headers["Location"] == reverse("filed-lines")
    page = client.get(reverse("filed-lines")).content.decode()
    assert "HT-本企业" in page
    assert "HT-别家" not in page
    assert bank.organisation.name in page


def test_notes_of_the_law_stand_on_a_page_of_their_own(officer):
    bank, firm = make_filer(), make_organisation()
    filing = take(bank, "loans", [loan(firm, kind="bottleneck")])

    page = client_of(bank).get(reverse("filing", args=[filing.pk]) + "?change=noted").content.decode()

    assert "卡脖子攻关贷”额度" in page


def test_an_officer_decides_on_an_overlap(officer):
    firm = make_organisation()
    for bank in (make_filer(), make_filer()):
        file(bank, "loans", [loan(firm)])
    client = client_of(officer)
    pair = Overlap.objects.first()
    assert firm.name in client.get(reverse("overlaps")).content.decode()

    assert client.post(reverse("overlap", args=[pair.pk]), {"decision": "first"}).status_code == 422
    answer = client.post(reverse("overlap", args=[pair.pk]), {"decision": "first", "reason": "误报"})

    assert answer.status_code == 302
    page = client.get(reverse("overlap", args=[pair.pk])).content.decode()
    assert "只算第一项" in page
    assert "不再有效" in page
    assert client_of(make_filer()).get(reverse("overlap", args=[pair.pk])).status_code == 404


def test_an_officer_names_partners_and_ends_them(officer):
    bank = make_filer()
    client, stranger = client_of(officer), make_organisation()
    given = {"organisation": bank.organisation.uscc, "since": "2025-01-01", "source": "威科字〔2025〕1号"}

    assert client.post(reverse("partners"), {**given, "organisation": stranger.uscc}).status_code == 422
    assert client.post(reverse("partners"), given).status_code == 302
    assert client.post(reverse("partners"), given).status_code == 422  # the same period again
    client.post(reverse("partner-end", args=[Partner.objects.get().pk]))

    assert Partner.objects.get().until == date(2026, 3, 2)
    assert bank.organisation.name in client.get(reverse("partners")).content.decode()


def test_a_letter_is_prepared_by_one_issued_by_another_and_seen_by_whom_it_is_for(officer, decider):
    firm = make_membership(Role.MANAGER)
    for name, value in {"kind": "tech_sme", "granted_on": "2026-01-01", "expires_on": "2026-12-31"}.items():
        registry.state(firm.organisation, "statuses", name, value, key="tech_sme||2026", actor=firm, at=AT)
    registry.state_none(firm.organisation, "loans", actor=firm, at=AT)
    given = {"benefit": "23.risk_compensation", "organisation": firm.organisation.uscc, "year": "2025"}
    client = client_of(officer)
    refused = client.post(reverse("letter-new"), {**given, "organisation": make_organisation().uscc})
    assert refused.status_code == 422

    client.post(reverse("letter-new"), given)
    letter = Letter.objects.get()
    assert client_of(firm).get(reverse("letter", args=[letter.pk])).status_code == 404
    client_of(decider).post(reverse("letter-act", args=[letter.pk, "issue"]))

    page = client_of(firm).get(reverse("letter", args=[letter.pk])).content.decode()
    assert "确认函" in page
    assert "2,000.00 万元" in page
    paper = client_of(firm).get(reverse("letter-paper", args=[letter.pk]))
    assert paper.content.startswith(b"%PDF")
    assert client_of(decider).post(reverse("letter-act", args=[letter.pk, "discard"])).status_code == 409


def test_a_pool_is_opened_filled_and_shares_a_filed_loss(officer, decider):
    client, bank, firm = client_of(officer), make_filer(), make_organisation()
    given = {
        "name": "成果转化池", "measure": "23", "source": "威财金〔2023〕2号",
        "floor": "100万元", "concentration": "20%",
        "party_1": "市级", "ratio_1": "70%", "pool_1": "on", "party_2": "银行", "ratio_2": "20%",
    }  # fmt: skip
    assert client.post(reverse("pool-new"), given).status_code == 422
    client.post(reverse("pool-new"), {**given, "ratio_2": "30%"})
    pool = Pool.objects.get()
    client.post(reverse("pool-move", args=[pool.pk, "contribute"]), {"amount": "500万元", "reason": "首期"})
    file(bank, "loans", [loan(firm, risk_compensated=True)])
    file(
        bank, "losses", [{"uscc": firm.uscc, "number": "HT-1", "lost_on": "2026-02-01", "amount": "100万元"}]
    )
    loss = pool_loss(pool)

    assert client.post(reverse("pool-lose", args=[pool.pk, loss.pk]), {"reason": "逾期"}).status_code == 404
    assert (
        client_of(decider).post(reverse("pool-lose", args=[pool.pk, loss.pk]), {"reason": "逾期"}).status_code
        == 302
    )
    entry = PoolEntry.objects.get(act="lose")
    too_much = client.post(
        reverse("pool-recover", args=[pool.pk, entry.pk]), {"amount": "200万元", "reason": "x"}
    )
    assert too_much.status_code == 409
    client.post(reverse("pool-recover", args=[pool.pk, entry.pk]), {"amount": "50万元", "reason": "处置"})

    page = client.get(reverse("pool", args=[pool.pk])).content.decode()
    assert "465.00" in page  # 500 - 70 + 35
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("pool-export", args=[pool.pk])).getvalue()))
    assert book.active.max_row == 4
    assert client_of(bank).get(reverse("pool", args=[pool.pk])).status_code == 404
    assert "成果转化池" in client.get(reverse("pools")).content.decode()


def pool_loss(pool):
    from kechuang.finance.queries import losses_waiting

    (loss,) = losses_waiting(pool, make_membership(Role.AUDITOR))
    return loss


def test_an_operator_loads_a_month_and_others_read(officer):
    operator = client_of(make_membership(Role.OPERATOR))
    csv = SimpleUploadedFile("lpr.csv", b"date,one_year,five_year\n2026-02-20,2.95,3.45\n")

    assert operator.post(reverse("series"), {"file": csv}).status_code == 422
    csv.seek(0)
    assert operator.post(reverse("series"), {"file": csv, "source": "公告"}).status_code == 302

    assert Quote.objects.count() == 1
    assert "2.95%" in client_of(officer).get(reverse("series")).content.decode()
    assert client_of(officer).post(reverse("series"), {"source": "公告"}).status_code == 422


def made_eligible(manager, size="small"):
    state = {"actor": manager, "at": AT}
    registry.state(manager.organisation, "subject", "size", size, **state)
    for name, value in {"kind": "tech_sme", "granted_on": "2026-01-01", "expires_on": "2026-12-31"}.items():
        registry.state(manager.organisation, "statuses", name, value, key="tech_sme||2026", **state)
    for record in ("loans", "interests", "covers", "balances", "projects", "talents"):
        registry.state_none(manager.organisation, record, **state)


def test_a_firm_sees_what_each_offer_costs_and_brings_to_the_fen():
    manager = make_membership(Role.MANAGER)
    made_eligible(manager)
    wish = Wish(principal=1000 * WAN, days=300)

    found = offers(manager.organisation, version_in_force(), wish, on=date(2026, 3, 2), at=AT)

    good = {one.benefit.id: one for one in found.good}
    lpr = found.rate
    cost = 1000 * WAN * lpr * 300 / 365
    pledge = good["25.interest"]
    assert abs(pledge.cost_fen - cost) <= 1 / 2
    assert pledge.brings_fen == int(cost * 20 / 100)  # the quote of January holds for February too
    assert pledge.net_fen == pledge.cost_fen - pledge.brings_fen
    assert (good["27.branch_interest"].brings_fen, good["27.branch_interest"].up_to) == (10 * WAN, True)
    assert good["23.risk_compensation"].limit_fen == 2000 * WAN
    assert "24.loan" in {one.benefit.id for one in found.others}
    assert all(one.reason.zh and one.reason.en for one in (*found.good, *found.others))


def test_what_a_loan_brings_counts_what_other_loans_have_used_of_the_ceiling():
    manager, bank = make_membership(Role.MANAGER), make_filer()
    made_eligible(manager)
    file(bank, "interest", [interest(manager.organisation, year=2026, principal="1亿元", interest_days=90)])
    before = offers(manager.organisation, version_in_force(), Wish(days=365), on=date(2026, 3, 2), at=AT)
    brings = {one.benefit.id: one.brings_fen for one in before.good}

    assert 0 < brings["25.interest"] < 1000 * WAN * before.rate * 20 // 100


@pytest.mark.parametrize(("years", "offered"), [(4, True), (5, False)])
def test_branch_interest_is_offered_for_as_many_years_as_are_left(years, offered):
    manager = make_membership(Role.MANAGER)
    made_eligible(manager)
    line = interest(manager.organisation, kind="branch", subsidy_years=years)
    file(make_filer(), "interest", [line], at=AT - timedelta(hours=1))

    found = offers(manager.organisation, version_in_force(), Wish(), on=date(2026, 3, 2), at=AT)

    assert ("27.branch_interest" in {one.benefit.id for one in found.good}) is offered
    told = {one.benefit.id: one.reason.zh for one in found.others}
    assert offered or "5" in told["27.branch_interest"]


def test_a_loan_whose_month_is_not_quoted_is_open_even_where_another_loan_brings_something():
    manager, bank = make_membership(Role.MANAGER), make_filer()
    made_eligible(manager)
    file(bank, "interest", [interest(manager.organisation, year=2026)])

    found = offers(manager.organisation, version_in_force(), Wish(), on=date(2026, 12, 1), at=AT)

    (pledge,) = [one for one in found.others if one.benefit.id == "25.interest"]
    assert pledge.outcome == "undetermined"
    assert "LPR" in pledge.reason.zh


def test_the_offers_page_keeps_what_was_typed_and_says_what_is_wrong():
    manager = make_membership(Role.MANAGER)
    made_eligible(manager)
    client = client_of(manager)

    assert client.get(reverse("offers")).status_code == 200
    page = client.get(reverse("offers"), {"principal": "300万元", "rate": "四"}).content.decode()
    assert "300万元" in page
    assert "比例请写成" in page
    assert client_of(make_membership(Role.OFFICER)).get(reverse("offers")).status_code == 404


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_organisation_has_a_page_of_offers(kind):
    manager = make_membership(Role.MANAGER, make_organisation(kind=kind))

    page = client_of(manager).get(reverse("offers"), {"principal": "1000万元"})

    assert page.status_code == 200


def test_a_bank_is_offered_risk_money_once_it_is_selected(officer):
    bank = make_filer()
    wish = Wish(principal=1000 * WAN)
    given = {"on": date(2026, 3, 2), "at": AT}
    (before,) = offers(bank.organisation, version_in_force(), wish, **given).others
    assert (before.benefit.id, before.outcome) == ("24.bank_risk", "not_eligible")

    make_partner(bank, officer)

    (after,) = offers(bank.organisation, version_in_force(), wish, **given).good
    assert (after.cost_fen, after.brings_fen, after.up_to) == (None, 6 * WAN, True)


def test_an_application_shows_a_filed_loan_once_and_asks_nothing_of_it():
    city, department = make_city(), make_department("市市场监管局")
    officer, firm = make_membership(Role.OFFICER, department), make_membership(Role.MANAGER)
    registry.state(firm.organisation, "subject", "size", "small", actor=firm, at=AT)
    bank = make_filer(name="威海市商业银行")
    file(bank, "interest", [interest(firm.organisation)])
    money = make_appropriation(city, measure="25")
    window = (AT - timedelta(days=1), AT + timedelta(days=10))
    plan = calls.Plan("25.interest", version_in_force(), 2025, AT.date(), window, money)
    call = calls.publish(calls.draft(plan, actor=officer, at=AT), reserve_fen=WAN, actor=officer, at=AT)
    case = applying.start(call, actor=firm, at=AT)

    section = Filling(case, AT, "zh").facts["interests"]

    assert len(section.records) == 1
    assert section.asked == []
    assert "未填" not in client_of(firm).get(f"/cases/{case.number}/parts/interests").content.decode()
    told = next(one for one in sections_of_facts(case, AT, []) if one.key == "interests").records[0]
    assert told.label.zh == "威海市商业银行 ZY-1 · 2025"
    assert {row.source.en for row in told.rows if row.fact} == {"filed by 威海市商业银行"}


@pytest.mark.parametrize(
    ("language", "sentence", "paper"),
    [
        ("zh-hans", "3 项条件均已满足", "3 项条件均已满足。"),
        ("zh-hans", "选定的贷款：一。", "选定的贷款：一。"),
        ("en", "Not met: “high-tech enterprise”", "Not met: “high-tech enterprise”."),
    ],
)
def test_every_sentence_of_a_letter_ends_with_one_full_stop(language, sentence, paper):
    with override(language):
        assert stopped(sentence) == paper
