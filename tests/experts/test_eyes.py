"""No recused eye: what somebody who stays away may know is the same as if the organisation had never done anything.

`knowledge` is everything that lists, counts and sums of the offices tell a person. It is taken before the organisation
does anything and after it has done at random; for whoever is recused the two are equal, for a colleague they are not.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import file, loan, make_filer
from fulfilment.city import (
    CARRIER,
    TODAY,
    WAN,
    carried_to,
    make_appropriation,
    make_call,
    make_case,
    make_city,
    make_grower,
)
from fulfilment.office import signed_in
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import sweep_queries, sweeping
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.finance import queries as finance
from kechuang.fulfilment import bulk, calls, notices, office_queries, rules, stacking, tally, workflow
from kechuang.fulfilment import queries as cases
from kechuang.fulfilment.models import Objection
from kechuang.fulfilment.office_views.calls import _counts
from kechuang.journal.queries import messages_of
from kechuang.registry import actions as registry
from kechuang.registry import queries as registers
from kechuang.registry.models import Evidence, Fact, ListImport, ListRow
from kechuang.registry.rules import may_see_evidence
from kechuang.treasury import actions as treasury
from kechuang.treasury import lists
from kechuang.treasury import queries as money
from kechuang.treasury.models import Award

pytestmark = pytest.mark.django_db
STATES = ("submitted", "recommended", "accepted", "determined")


class World:
    """A call with one ordinary case; a firm that will do something; two people of every office, one of them recused."""

    def __init__(self) -> None:
        self.city = make_city()
        self.call = make_call(
            self.city,
            make_appropriation(self.city),
            gates=[{"gate": "credit", "days": 3, "silence": "agree"}],
        )
        self.ordinary = carried_to(self.city, make_case(self.call), "accepted")
        self.firm = make_grower(1_500, 600, name="回避对象科技有限公司")
        self.away, self.colleagues = self._twice()
        for one in self.away:
            Recusal.objects.create(
                user=one.user,
                organisation=self.firm.organisation,
                ground="kinship",
                source="tie:1",
                began_at=AT,
            )
        self.sweep = self._swept(self.ordinary.organisation)
        self.list = self._listed(self.ordinary.organisation)

    def _twice(self):
        city = self.city
        offices = [
            (Role.OFFICER, city.officer.organisation, ""),
            (Role.DECIDER, city.officer.organisation, ""),
            (Role.DISTRICT, city.district.organisation, "371002"),
            (Role.REVIEWER, city.reviewers["credit"].organisation, "credit"),
            (Role.ACCOUNTANT, city.accountant.organisation, ""),
            (Role.TREASURER, city.accountant.organisation, ""),
            (Role.LEADER, make_department("市政府"), ""),
            (Role.AUDITOR, make_department("市审计局"), ""),
        ]
        pairs = [
            [make_membership(role, office, scope=scope) for role, office, scope in offices] for _ in range(2)
        ]
        return pairs[0], pairs[1]

    def _swept(self, *organisations) -> Sweep:
        sweep = Sweep.objects.create(
            version=self.call.version, benefit="9.rd_growth", on=TODAY, year=2025, known_at=AT,
            started_by=self.city.officer, started_at=AT, state="done", total=1, done=1,
            counts={"entitled": 1}, amount_fen=100,
        )  # fmt: skip
        SweepLine.objects.create(
            sweep=sweep, organisation=organisations[0], outcome="entitled", amount_fen=100, because=""
        )
        return sweep

    def _listed(self, organisation) -> ListImport:
        made = ListImport.objects.create(
            record="statuses", file_name="高企.xlsx", file_hash="0" * 64, imported_by=self.city.officer,
            created_at=AT, state="applied", counts={"added": 1, "rows": 1},
        )  # fmt: skip
        ListRow.objects.create(list_import=made, row=2, organisation=organisation, code="x", change="added")
        return made

    def act(self, draw) -> None:
        """The firm does something, or something is done with it."""
        steps = draw(st.lists(st.sampled_from(self.steps()), min_size=1, max_size=5, unique=True))
        for step in steps:
            try:
                with transaction.atomic():
                    step(draw)
            except Refused:
                continue

    def steps(self):
        """In an order in which all can be done: what is granted is not applied for again."""
        return [self.apply, self.notice, self.pay, self.dispute, self.be_swept, self.be_listed, self.hand_in]

    def apply(self, draw) -> None:
        case = make_case(self.call, self.firm)
        state = draw(st.sampled_from(("draft", *STATES)))
        if state == "draft":
            return
        case = carried_to(self.city, case, state)
        if state == "accepted" and draw(st.booleans()):
            workflow.apply(case, "ask_review", actor=self.city.officer, at=AT)
        if state == "submitted":
            run = bulk.start([case.pk], "recommend", actor=self.city.district, at=AT)
            bulk.carry_on(run, at=AT, go_on=lambda: True)

    def notice(self, draw) -> None:
        state_facts(self.firm, {"carriers": [CARRIER]})
        money = make_appropriation(self.city, 100 * WAN, "29")
        call = make_call(self.city, money, benefit="29.national_carrier")
        case = carried_to(self.city, make_case(call, self.firm), "accepted")
        for one in stacking.overlaps(case):
            stacking.decide(case, one.case, same=False, why="另一件", actor=self.city.officer, at=AT)
        case.refresh_from_db()
        case = workflow.apply(case, "determine", actor=self.city.decider, at=AT, amount=case.declared_fen)
        after = call.closes_at + timedelta(minutes=1)
        calls.close(call, at=after)
        call = calls.settle(call, actor=self.city.decider, at=after)
        made = notices.publish(call, [case], actor=self.city.officer, at=after)
        if draw(st.booleans()):
            said = notices.Said("王某", "13800001234", "数据不实", "重新核定")
            notices.object_to(made.lines.get(), said, at=after)

    def pay(self, draw) -> None:
        account = treasury.state_account(
            self.firm.organisation,
            holder="某",
            bank="某行",
            number="6228480402564890018",
            actor=self.firm,
            at=AT,
        )
        assert account
        grant = treasury.Grant(
            entitlement="9|x", subject="case:999999", organisation=self.firm.organisation,
            appropriation=make_appropriation(self.city), benefit="9.rd_growth", year=2025, amount_fen=100,
        )  # fmt: skip
        award = treasury.grant(grant, actor=self.city.decider, at=AT)
        treasury.commit(award, actor=self.city.decider, at=AT)
        treasury.make_payable(award, actor=self.city.decider, at=AT)
        if draw(st.booleans()):
            batch = treasury.prepare_batch([award], actor=self.city.accountant, at=AT)
            if draw(st.booleans()):
                treasury.approve_batch(batch, actor=self.city.treasurer, at=AT)
                treasury.mark_sent(batch, actor=self.city.accountant, at=AT)
                line = batch.payments.get()
                result = treasury.Result(line.number, paid=True, on=TODAY, reference="V1")
                treasury.settle(batch, [result], actor=self.city.accountant, at=AT)

    def dispute(self, _draw) -> None:
        fact = Fact.objects.create(
            organisation=self.firm.organisation, record="years", key="2023", field="rd_spend", value=100,
            known_from=AT - timedelta(days=9), source="verified", stated_by=self.city.officer,
            verified_by=self.city.officer,
        )  # fmt: skip
        registry.raise_correction(fact, 200, "少计", actor=self.firm, at=AT)

    def be_swept(self, _draw) -> None:
        SweepLine.objects.create(
            sweep=self.sweep,
            organisation=self.firm.organisation,
            outcome="entitled",
            amount_fen=7,
            because="growth",
        )
        Sweep.objects.filter(pk=self.sweep.pk).update(total=2, done=2, counts={"entitled": 2}, amount_fen=107)

    def be_listed(self, _draw) -> None:
        ListRow.objects.create(
            list_import=self.list, row=3, organisation=self.firm.organisation, code="y", change="added"
        )
        ListImport.objects.filter(pk=self.list.pk).update(counts={"added": 2, "rows": 2})

    def hand_in(self, _draw) -> None:
        upload = SimpleUploadedFile("证明.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
        registry.keep_evidence(upload, self.firm.organisation, actor=self.firm, at=AT)


def knowledge(world: World, who) -> dict[str, object]:
    """Everything that lists, counts and sums tell one person."""
    sweep = sweep_queries.as_seen_by(who, [Sweep.objects.get(pk=world.sweep.pk)])[0]
    listed = registers.lists_seen_by(who, [ListImport.objects.get(pk=world.list.pk)])[0]
    visible = cases.cases(who, cases.Filters(), TODAY)
    lines = sweep_queries.lines(sweep, sweep_queries.LineFilters(), who)
    return {
        "cases": sorted(visible.values_list("number", flat=True)),
        "sums": cases.sums(who, cases.Filters(), TODAY),
        "groups": tally.groups(who),
        "tabs": office_queries.tabs(who, TODAY),
        "to do": [
            sorted(visible.filter(office_queries.ready_for(rule, who.scope)).values_list("pk", flat=True))
            for rule in office_queries.acts_to_do(who.role)
        ],
        "counts of the call": _counts(world.call, who),
        "objections": office_queries.objections_open(who),
        "corrections open": office_queries.corrections_open(who),
        "objections seen": sorted(office_queries.objections_seen(who).values_list("pk", flat=True)),
        "organisations": registers.organisations(who, registers.OrganisationFilters()).count(),
        "corrections": sorted(registers.corrections(who).values_list("pk", flat=True)),
        "evidence": [one.pk for one in Evidence.objects.order_by("pk") if may_see_evidence(who, one)],
        "sweep": (sweep.counts, sweep.amount_fen, sweep.done, sweep.total),
        "sweep lines": sorted(lines.values_list("pk", flat=True)),
        "sweep sums": sweep_queries.sums(sweep, sweep_queries.LineFilters(), who),
        "sweep reasons": sweep_queries.reason_counts(sweep, "zh", who),
        "offers": [office_queries.swept(sweep, who, inside=inside).count() for inside in (True, False)],
        "list": listed.counts,
        "list rows": registers.list_rows(listed, "added", who).count(),
        "ledger": sorted(
            money.entries(who, money.Wanted()).filter(award__isnull=False).values_list("pk", flat=True)
        ),
        "to pay": sorted(money.to_pay(who, AT).values_list("pk", flat=True)),
        "not yet payable": lists.not_yet_payable(who, AT),
        "batches": sorted(money.batches(who).values_list("number", flat=True)),
        "receivables": sorted(money.receivables(who, TODAY).values_list("pk", flat=True)),
        "tallies": lists.tallies(who, AT, TODAY),
        "messages": sorted(messages_of(who.user_id).values_list("event", flat=True)),
    }


def look(draw) -> None:
    with transaction.atomic():
        world = World()
        before = {one.pk: knowledge(world, one) for one in world.away}
        world.act(draw)
        for one in world.away:
            after = knowledge(world, one)
            assert {
                name: (before[one.pk][name], after[name])
                for name in after
                if before[one.pk][name] != after[name]
            } == {}
        transaction.set_rollback(True)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data())
def test_no_recused_eye_sees_row_or_count(data):
    look(data.draw)


@pytest.mark.long
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_recused_eye_sees_row_or_count_in_many_worlds(data):
    look(data.draw)


class Always:
    """Draws that go as far as they can."""

    def __call__(self, strategy):
        if strategy is BOOLEANS:
            return True
        return "accepted"


BOOLEANS = st.booleans()


def test_what_the_recused_do_not_see_their_colleagues_do(monkeypatch):
    """The property above has teeth: each kind of knowledge changes for some colleague."""
    monkeypatch.setattr(st, "booleans", lambda: BOOLEANS)
    world = World()
    before = {one.pk: knowledge(world, one) for one in world.colleagues}

    for step in world.steps():
        step(Always())

    changed = {
        name
        for one in world.colleagues
        for name, found in knowledge(world, one).items()
        if found != before[one.pk][name]
    }
    assert set(before[world.colleagues[0].pk]) - changed == {
        "organisations", "receivables", "batches", "tallies", "to pay", "not yet payable",
    } - changed  # fmt: skip
    assert {
        "cases",
        "sums",
        "tabs",
        "objections",
        "corrections",
        "sweep",
        "list",
        "ledger",
        "messages",
    } <= changed


def test_no_page_of_an_office_names_the_firm(monkeypatch, clock_at):
    """Every list page, every page of the firm's own things, every export, asked by everybody who stays away."""
    monkeypatch.setattr(st, "booleans", lambda: BOOLEANS)
    world = World()
    for step in world.steps():
        step(Always())
    firm, objection = world.firm.organisation, Objection.objects.get()
    case = firm.cases.order_by("pk").first()
    lists = [
        "/tasks/", "/cases/", "/cases/export.xlsx", "/objections/", "/organisations/", "/corrections/", "/sweeps/",
        f"/sweeps/{world.sweep.pk}/", f"/lists/{world.list.pk}/", "/lists/", "/treasury/", "/treasury/to-pay/",
        "/treasury/batches/", "/treasury/receivables/", "/journal/", f"/calls/{world.call.number}/",
    ]  # fmt: skip
    own = [
        reverse("case", args=[case.number]),
        reverse("objection", args=[objection.number]),
        reverse("organisation-profile", args=[firm.pk]),
        reverse("organisation-standing", args=[firm.pk]),
        reverse("evidence", args=[Evidence.objects.get(organisation=firm).pk]),
        reverse("correction", args=[firm.corrections.get().pk]),
        *(reverse("treasury-batch", args=[one]) for one in Award.objects.filter(organisation=firm).values_list(
            "payments__batch__number", flat=True
        ) if one),
    ]  # fmt: skip
    told, opened = {}, {}
    for one in world.away:
        client = signed_in(one)
        for address in lists:
            answer = client.get(address)
            if answer.status_code == 200 and firm.name in answer.content.decode(errors="replace"):
                told[one.role, address] = answer.status_code
        opened |= {(one.role, address): client.get(address).status_code for address in own}

    assert told == {}
    assert {what: status for what, status in opened.items() if status != 404} == {}


def test_the_sweep_itself_leaves_out_nobody_and_shows_the_recused_less(settings, tmp_path):
    settings.DATA = tmp_path
    world = World()
    sweep = sweeping.start(
        "9.rd_growth", on=TODAY, year=2025, actor=world.city.officer, at=AT + timedelta(hours=1)
    )
    sweeping.carry_out(sweep.pk, lambda: AT + timedelta(hours=2))
    sweep.refresh_from_db()

    (seen,) = sweep_queries.as_seen_by(world.away[0], [sweep])

    assert sweep.lines.filter(organisation=world.firm.organisation).exists()
    assert seen.done == sweep.done - 1
    assert sum(seen.counts.values()) == sum(sweep.counts.values()) - 1


def test_a_recused_officer_shares_out_nothing_and_a_recused_treasurer_approves_nothing(clock_at):
    world = World()
    world.pay(lambda _: True)
    make_case(world.call, world.firm)
    after = world.call.closes_at + timedelta(minutes=1)
    calls.close(world.call, at=after)
    decider, accountant = world.away[1], world.away[4]

    with pytest.raises(Refused, match="stay away"):
        calls.settle(world.call, actor=decider, at=after)
    with pytest.raises(Refused, match="stay away"):
        treasury.prepare_batch(Award.objects.all(), actor=accountant, at=AT)
    page = signed_in(decider).get(f"/calls/{world.call.number}/settle/")
    assert page.status_code == 409
    assert "交由同事办理" in page.content.decode()


def test_a_recused_person_reads_the_public_list_like_everybody(clock_at):
    world = World()
    world.notice(lambda _: False)
    (notice,) = world.firm.organisation.cases.get().notice_lines.all()

    assert "回避对象" in signed_in(world.away[0]).get(f"/notices/{notice.notice.number}/").content.decode()
    assert not rules.visible_cases(world.away[0]).filter(organisation=world.firm.organisation).exists()
    assert make_organisation() in registers.organisations(world.away[0], registers.OrganisationFilters())


def test_what_banks_file_and_what_overlaps_is_hidden_too():
    firm, ordinary = make_organisation(), make_organisation()
    away, colleague = (make_membership(Role.OFFICER, make_department("市财政局")) for _ in range(2))
    Recusal.objects.create(user=away.user, organisation=firm, ground="kinship", source="tie:1", began_at=AT)
    lines = [loan(firm), loan(ordinary, number="HT-2")]
    filing, _ = (file(make_filer(), "loans", lines) for _ in range(2))

    seen, whole = (
        (finance.lines(one).count(), finance.overlaps_seen(one, decided=False).count())
        for one in (away, colleague)
    )
    assert (seen, whole) == ((2, 2), (4, 4))  # each pair of loans is asked about on two grounds
    rows = [finance.tallies(filing, ["added"], one)["added"] for one in (away, colleague)]
    assert rows == [1, 2]
    assert finance.rows_of(filing, "added", away).get().organisation == ordinary
    firms = filing.list_import.rows.filter(organisation=firm).values("row")
    assert not finance.notes_of(filing, away).filter(row__in=firms).exists()
