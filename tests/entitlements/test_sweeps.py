"""Sweeps: every organisation in or out with the reason; stopped, killed and resumed without losing or doubling any."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from entitlements.registering import enterprise_with_growth, fact
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, standing, sweeping, versions
from kechuang.entitlements.models import Sweep, SweepLine
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db
ON, YEAR = date(2026, 3, 2), 2025
NOW = AT + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    versions.pack_of.cache_clear()


def officer():
    return make_membership(Role.OFFICER, make_department())


def begin(actor=None, benefit="9.rd_growth") -> Sweep:
    return sweeping.start(benefit, on=ON, year=YEAR, actor=actor or officer(), at=AT)


def test_every_organisation_has_a_line_with_outcome_reason_and_sum():
    actor = officer()
    rich, steady, unknown = (
        enterprise_with_growth(),
        enterprise_with_growth(before=899_000_000),
        make_organisation(),
    )
    sweep = begin(actor)

    sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    lines = {line.organisation_id: line for line in sweep.lines.all()}
    assert sweep.state == Sweep.State.DONE
    assert sweep.done == sweep.total == len(lines) == 3
    assert (lines[rich.pk].outcome, lines[rich.pk].amount_fen) == ("may_apply", 15_000_000)
    assert (lines[steady.pk].outcome, lines[steady.pk].because) == ("not_eligible", "growth")
    assert lines[unknown.pk].outcome == "undetermined"
    assert "years.rd_spend" in lines[unknown.pk].missing
    assert actor.organisation_id not in lines
    assert sweep.counts == {"may_apply": 1, "not_eligible": 1, "undetermined": 1}
    assert sweep.amount_fen == 15_000_000


def test_offices_of_the_government_are_not_swept_but_districts_and_institutions_are():
    actor = officer()
    make_membership(Role.DISTRICT, make_organisation(kind="government", name="环翠区科技局"), scope="371002")
    district = make_organisation(kind="government", name="环翠区人民政府")
    fact(district, "events", "kind", "conference", key="样例活动|2025-09-10")
    firm = make_organisation()
    make_membership(Role.EXPERT, firm)
    others = [
        make_organisation(kind=kind) for kind in ("university", "hospital", "carrier", "bank", "person")
    ]
    sweep = begin(actor, "13.event")

    sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    lines = {line.organisation_id: line for line in sweep.lines.all()}
    assert set(lines) == {one.pk for one in (district, firm, *others)}
    assert sweep.done == sweep.total == len(lines)
    assert lines[district.pk].outcome == "undetermined"


def test_lines_agree_with_the_reference_evaluator_benefit_by_benefit():
    several = [enterprise_with_growth(), enterprise_with_growth(before=0), make_organisation(kind="bank")]
    fact(several[0], "loans", "rate", "1/20", key="A-1")
    version = releasing.version_in_force()
    for benefit in list(versions.pack_of(version.pk).benefits)[::9]:
        sweep = begin(benefit=benefit.id)
        sweeping.carry_out(sweep.pk, lambda: NOW)
        lines = {line.organisation_id: line for line in sweep.lines.all()}
        for one in several:
            found = standing.assess_organisation(one, version, on=ON, year=YEAR, known_at=AT)
            result, line = found.results[benefit.id], lines[one.pk]
            assert (line.outcome, line.because or None, line.amount_fen) == (
                result.outcome,
                result.because,
                result.amount,
            )
            assert line.missing == list(dict.fromkeys(one.path for one in result.missing))


def test_a_sweep_that_was_killed_goes_on_where_it_stopped(monkeypatch):
    for _ in range(5):
        enterprise_with_growth()
    monkeypatch.setattr(sweeping, "PART", 2)
    sweep = begin()
    parts = []

    def killed_after_two(bound, numbers, at):
        if len(parts) == 2:
            raise KeyboardInterrupt
        parts.append(numbers)
        return assessed(bound, numbers, at)

    assessed = sweeping.assessed
    monkeypatch.setattr(sweeping, "assessed", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        sweeping.carry_out(sweep.pk, lambda: NOW)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (Sweep.State.RUNNING, 4)
    monkeypatch.setattr(sweeping, "assessed", assessed)

    sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (Sweep.State.DONE, 5)
    assert SweepLine.objects.filter(sweep=sweep).count() == 5
    assert sum(sweep.counts.values()) == 5


def test_a_stopped_sweep_keeps_what_it_has_and_may_be_resumed():
    enterprise_with_growth()
    actor = officer()
    sweep = begin(actor)
    Sweep.objects.filter(pk=sweep.pk).update(state=Sweep.State.RUNNING)

    sweeping.stop(sweep, actor=actor, at=NOW)
    sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (Sweep.State.STOPPED, 0)
    sweeping.resume(sweep, actor=actor, at=NOW)
    sweeping.carry_out(sweep.pk, lambda: NOW)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (Sweep.State.DONE, 1)
    assert ProcrastinateJob.objects.filter(task_name=sweeping.CARRY_OUT).count() == 2
    kinds = list(Event.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["sweep.started", "sweep.stopped", "sweep.resumed"]


def test_a_waiting_sweep_stops_at_once_and_is_then_not_carried_out():
    sweep = begin()

    sweeping.stop(sweep, actor=sweep.started_by, at=NOW)
    sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (Sweep.State.STOPPED, 0)


def test_facts_stated_after_the_start_do_not_change_a_sweep():
    one = make_organisation()
    sweep = begin()
    late = enterprise_with_growth(created_at=AT + timedelta(minutes=1))
    fact(one, "years", "rd_spend", 900_000_000, key="2025", known_from=AT + timedelta(minutes=1))

    sweeping.carry_out(sweep.pk, lambda: NOW)

    assert sweep.lines.get(organisation=one).outcome == "undetermined"
    assert not sweep.lines.filter(organisation=late).exists()


def test_what_cannot_be_swept_is_refused_in_a_sentence():
    with pytest.raises(Refused, match="no such benefit"):
        begin(benefit="9.nothing")
    with pytest.raises(Refused, match="year"):
        sweeping.start("9.rd_growth", on=ON, year=1999, actor=officer(), at=AT)


def test_a_fault_is_kept_as_a_sentence_and_the_sweep_may_go_on(monkeypatch):
    enterprise_with_growth()
    sweep = begin()
    with monkeypatch.context() as broken:
        broken.setattr(sweeping, "assessed", lambda *_: 1 / 0)
        sweeping.carry_out(sweep.pk, lambda: NOW)

    sweep.refresh_from_db()
    assert sweep.state == Sweep.State.FAILED
    assert sweep.problem["zh"].startswith("筛查时出错")
    sweeping.resume(sweep, actor=sweep.started_by, at=NOW)
    sweeping.carry_out(sweep.pk, lambda: NOW)
    sweep.refresh_from_db()
    assert sweep.state == Sweep.State.DONE
