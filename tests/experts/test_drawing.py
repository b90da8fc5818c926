"""The draw: frozen, committed, replayed; anybody can check it, and nobody can change it."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experts.factories import AT, make_decider, make_expert, make_officer
from factories import make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.cli.main import REFUSED, main
from kechuang.experts import actions, declaring, drawing, replaying
from kechuang.experts.declaring import Said
from kechuang.experts.employers import drawn_at_least
from kechuang.experts.models import Draw, Drawn, Outcome

DAYS = (date(2026, 4, 1), date(2026, 4, 3))


def plan(**more) -> drawing.Plan:
    return drawing.Plan(**{"purpose": "第 7 条评审", "seats": 2, "substitutes": 1, "days": DAYS, **more})


def drawn_of(draw: Draw) -> list[int]:
    return list(draw.drawn.order_by("place").values_list("expert", flat=True))


@pytest.fixture
def officer(db):
    return make_officer()


@pytest.fixture
def pool(officer):
    """Five experts of five institutions."""
    return [make_expert(officer, employer=f"第{number}大学") for number in range(5)]


def test_a_draw_commits_first_and_publishes_after_and_replays(officer, pool):
    draw = drawing.prepare(plan(), actor=officer, at=AT)
    before = drawing.exported(draw)
    assert (draw.state, before["outcome"], before["drawn"]) == ("prepared", None, [])
    assert replaying.verify(before) == []

    draw = drawing.carry_out(draw, witness="纪检监察组 0302", actor=officer, at=AT)

    after = drawing.exported(draw)
    assert (draw.state, len(after["drawn"])) == ("carried_out", 3)
    assert replaying.commitment(bytes.fromhex(after["outcome"]["seed"])) == before["commitment"]
    assert after["pool"] == before["pool"]
    assert replaying.verify(json.loads(json.dumps(after))) == []
    assert [one.user.name for one in draw.memberships()] == [one.expert.name for one in draw.drawn.all()[:2]]


def test_the_seed_lies_nowhere_in_the_database_before_it_is_published(officer, pool):
    draw = drawing.prepare(plan(), actor=officer, at=AT)
    sealed = Draw.objects.values().get(pk=draw.pk)

    draw = drawing.carry_out(draw, actor=officer, at=AT)

    assert draw.outcome.seed not in str(sealed)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda told: told["pool"]["eligible"].pop(), "pool_hash"),
        (lambda told: told.update(seats=1), "pool_hash"),
        (lambda told: told["outcome"].update(seed="00" * 32), "commitment"),
        (lambda told: told["outcome"].update(witness="别人"), "order"),
        (
            lambda told: (
                told["drawn"].reverse() or [one.update(place=n) for n, one in enumerate(told["drawn"], 1)]
            ),
            "order",
        ),
        (lambda told: told["drawn"].pop(), "order"),
        (lambda told: told["declined"].append({"place": 9, "reason": "x"}), "decline"),
        (lambda told: told.pop("pool"), "shape"),
        (lambda told: told.update(format=3), "format"),
        (lambda told: told.update(format=1), "format"),
    ],
)
def test_whatever_is_changed_afterwards_is_found(officer, pool, change, problem):
    told = drawing.exported(
        drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)
    )
    changed = copy.deepcopy(told)

    change(changed)

    assert problem in {one.problem for one in replaying.verify(changed)}


def test_who_is_not_eligible_stands_there_with_the_reason(officer, pool):
    firm = make_organisation()
    recused, absent, lapsed, silent, other = pool
    declaring.declare(Said("holding", organisation=firm), actor=recused.membership, at=AT)
    actions.add_absence(absent, DAYS[1], DAYS[1], "", actor=absent.membership, at=AT)
    actions.check(lapsed, no_record=False, note="", actor=officer, at=AT)
    actions.change(silent, actions.profile_of(silent), revision=silent.revision, actor=officer, at=AT)
    actions.Expert.objects.filter(pk=silent.pk).update(agreed_at=None)
    elsewhere = make_expert(officer, fields=("finance",))

    frozen = drawing.frozen_pool(plan(fields=("materials",), organisations=(firm.pk,)), AT.date())

    reasons = {one["key"]: one["reasons"] for one in frozen["excluded"]}
    assert reasons == {
        recused.key: ["recused"],
        absent.key: ["absent"],
        lapsed.key: ["lapsed"],
        silent.key: ["not_agreed"],
        elsewhere.key: ["fields"],
    }
    assert [one["key"] for one in frozen["eligible"]] == [other.key]


def test_what_is_frozen_names_nobody_and_no_party(officer, pool):
    firm = make_organisation()

    told = json.dumps(drawing.frozen_pool(plan(organisations=(firm.pk,)), AT.date()), ensure_ascii=False)

    assert not any(one.name in told or one.id_hash in told for one in pool)
    assert "大学" not in told
    assert firm.name not in told


def test_at_most_one_of_an_institution_is_drawn(officer):
    for _ in range(3):
        make_expert(officer, employer="山东 大学")
    make_expert(officer, employer="哈工大")

    with pytest.raises(Refused, match="2 eligible experts of different institutions, 3 are needed"):
        drawing.prepare(plan(seats=3), actor=officer, at=AT)
    draw = drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)

    assert len(draw.memberships()) == len(drawn_of(draw)) == 2


def test_whoever_works_at_two_institutions_counts_for_both_and_a_name_is_the_organisation_that_bears_it(
    officer,
):
    """One works at a university and, since later, at a firm; one at the university; one typed the firm's name."""
    firm = make_organisation(name="威海甲公司")
    both = make_expert(officer, employer="山东大学")
    actions.employ(both, firm, "", (date(2024, 1, 1), None), actor=both.membership, at=AT)
    one, other = make_expert(officer, employer="山东 大学"), make_expert(officer, employer="威海 甲公司")
    double = make_expert(officer)
    actions.employ(double, None, "青岛大学", (None, None), actor=double.membership, at=AT)
    into = make_expert(officer, employer="哈工大")
    actions.merge(double, into, reason="同一人", actor=officer, at=AT)

    frozen = drawing.frozen_pool(plan(), AT.date())

    named = {one["key"]: set(one["institutions"]) for one in frozen["eligible"]}
    assert named[both.key] == named[one.key] | named[other.key]
    assert named[one.key].isdisjoint(named[other.key])
    assert len(named[into.key]) == 2
    with pytest.raises(Refused, match="2 eligible experts of different institutions, 3 are needed"):
        drawing.prepare(plan(seats=3), actor=officer, at=AT)


def test_whoever_had_the_seats_of_a_year_is_passed_over(officer, pool, monkeypatch):
    rules = drawing.entry()
    monkeypatch.setattr(
        drawing,
        "entry",
        lambda: type(rules)(**{name: getattr(rules, name) for name in rules.__slots__} | {"draws_a_year": 1}),
    )
    first = drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)

    frozen = drawing.frozen_pool(plan(), AT.date())

    assert drawn_of(first)[:2] == [one.expert_id for one in first.seated()]
    assert first.seats == len(first.seated()) == 2
    assert {one["key"] for one in frozen["excluded"]} == {one.expert.key for one in first.seated()}


def test_a_substitute_takes_the_seat_of_whoever_declines_and_the_draw_still_replays(officer, pool):
    draw = drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)
    one, two, three = draw.drawn.order_by("place")

    drawing.decline(one, reason="出差", actor=one.membership, at=AT)

    draw = Draw.objects.get(pk=draw.pk)
    assert draw.seated() == [two, three]
    assert replaying.verify(drawing.exported(draw)) == []
    assert replaying.seated(drawing.exported(draw)) == [two.expert.key, three.expert.key]
    with pytest.raises(Refused, match="noted already"):
        drawing.decline(one, reason="再次", actor=officer, at=AT)


def test_whoever_became_tied_after_the_freezing_gives_way_in_writing(officer, pool):
    firm = make_organisation()
    draw = drawing.prepare(plan(seats=4, organisations=(firm.pk,)), actor=officer, at=AT)
    late = pool[0]
    declaring.declare(Said("holding", organisation=firm), actor=late.membership, at=AT)

    draw = drawing.carry_out(draw, actor=officer, at=AT)

    assert late.membership not in draw.memberships()
    assert len(draw.memberships()) == 4
    assert replaying.verify(drawing.exported(draw)) == []


def test_a_draw_is_carried_out_once_and_a_cancelled_one_stays_in_sight(officer, pool):
    draw = drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)
    with pytest.raises(Refused, match="over already"):
        drawing.carry_out(draw, actor=officer, at=AT)

    other = drawing.cancel(drawing.prepare(plan(), actor=officer, at=AT), reason="改期", actor=officer, at=AT)

    assert (other.number, other.state) == ("C2026-002", "cancelled")
    assert replaying.verify(drawing.exported(other)) == []


def test_rows_of_a_draw_are_never_changed(officer, pool):
    draw = drawing.carry_out(drawing.prepare(plan(), actor=officer, at=AT), actor=officer, at=AT)

    for rows in (Draw.objects.all(), Outcome.objects.all(), Drawn.objects.filter(draw=draw)):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows._raw_delete(rows.db)
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows.update(id=99)


def test_only_the_department_draws_and_not_who_stays_away_from_a_party(officer, pool):
    firm = make_organisation()
    declaring.declare(Said("kinship", organisation=firm), actor=officer, at=AT)

    with pytest.raises(Refused, match="stay away"):
        drawing.prepare(plan(organisations=(firm.pk,)), actor=officer, at=AT)
    with pytest.raises(Refused, match="officer"):
        drawing.prepare(plan(), actor=make_decider(), at=AT)
    draw = drawing.prepare(plan(), actor=officer, at=AT)
    with pytest.raises(Refused, match="department that prepared"):
        drawing.carry_out(draw, actor=make_officer("市财政局"), at=AT)


def test_a_plan_that_is_odd_is_refused_with_its_field(officer):
    for wrong, field in (
        ({"purpose": " "}, "purpose"),
        ({"seats": 0}, "seats"),
        ({"substitutes": 100}, "substitutes"),
        ({"days": (DAYS[1], DAYS[0])}, "last_day"),
        ({"fields": ("astrology",)}, "fields"),
    ):
        with pytest.raises(Refused) as refused:
            drawing.prepare(plan(**wrong), actor=officer, at=AT)
        assert refused.value.field == field


def test_a_year_later_the_place_is_no_longer_checked(officer, pool):
    frozen = drawing.frozen_pool(plan(), (AT + timedelta(days=400)).date())

    assert {tuple(one["reasons"]) for one in frozen["excluded"]} == {("check_overdue",)}


KEYS = st.text("abcdef", min_size=1, max_size=6)
PLACES = st.lists(st.sampled_from(["p", "q", "r", "s"]), max_size=3, unique=True)
POOLS = st.lists(st.tuples(KEYS, PLACES), max_size=12, unique_by=lambda one: one[0])
WORDS = st.text("甲乙 a0\n", max_size=6)
PLAIN = st.none() | WORDS | st.integers()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(POOLS, st.binary(min_size=32, max_size=32), WORDS, st.integers(0, 6))
def test_any_draw_is_reproducible_whatever_the_order_of_the_pool(people, seed, witness, count):
    pool = {
        "most_of_an_institution": 1,
        "eligible": [{"key": key, "institutions": places} for key, places in people],
    }
    backwards = {**pool, "eligible": pool["eligible"][::-1]}

    found = replaying.drawn(pool, seed, witness, count)

    assert found == replaying.drawn(backwards, seed, witness, count)
    assert len(set(found)) == len(found) <= count
    institutions = [place for key, places in people if key in found for place in places]
    assert len(set(institutions)) == len(institutions)
    assert len(found) >= min(count, drawn_at_least([places for _, places in people], 1))
    assert found == replaying.drawn(pool, seed, witness, count + 1)[:count]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(PLAIN, lambda inner: st.dictionaries(WORDS, inner) | st.lists(inner), max_leaves=8))
def test_any_other_file_is_answered_and_never_fails(told):
    assert replaying.verify(told)


def made_up() -> dict:
    """A whole draw of nine people of nine institutions, six seats and two substitutes, without a database.

    No hash binds the witness: another one is found by the order that it gives, here one of 362,880.
    """
    people = [
        {"key": f"k{number}", "name": "某", "fields": [], "institutions": [f"i{number}"]}
        for number in range(9)
    ]
    pool = {
        "most_of_an_institution": 1, "fields": [], "parties_hash": "0", "eligible": people,
        "excluded": [{"key": "gone", "name": "某", "reasons": ["absent"]}],
    }  # fmt: skip
    seed = b"\7" * replaying.SEED_BYTES
    told = {
        "format": 2, "number": "C2026-001", "purpose": "评审", "prepared_at": "", "first_day": "2026-04-01",
        "last_day": "2026-04-03", "seats": 6, "substitutes": 2, "pool": pool,
        "commitment": replaying.commitment(seed),
        "outcome": {"seed": seed.hex(), "witness": "0302", "reason": "", "done_at": ""},
        "declined": [{"place": 2, "reason": "stated"}],
    }  # fmt: skip
    keys = replaying.drawn(pool, seed, "0302", 8)
    drawn = [{"place": place, "key": key} for place, key in enumerate(keys, 1)]
    return {**told, "pool_hash": replaying.pool_hash(told), "drawn": drawn}


def test_a_draw_that_knew_one_institution_of_each_still_verifies():
    told = made_up()
    for one in told["pool"]["eligible"]:
        one["institution"] = one.pop("institutions")[0] if one["key"] < "k4" else "i0"
    told = {**told, "format": 1, "seats": 3}
    keys = replaying.drawn(told["pool"], b"\7" * replaying.SEED_BYTES, "0302", 5)
    told["drawn"] = [{"place": place, "key": key} for place, key in enumerate(keys, 1)]
    told["pool_hash"] = replaying.pool_hash(told)

    assert replaying.verify(told) == []
    assert len({"i0" if key > "k3" else key for key in keys}) == 4


def spots(value, path=()):
    """Every spot of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from spots(one, (*path, name))


SAID = {
    ("prepared_at",),
    ("outcome", "reason"),
    ("outcome", "done_at"),
    ("declined", 0, "reason"),
    ("declined", 0),
}
"""What no hash binds, and what takes a decline away: statements of people."""
SPOTS = sorted(set(spots(made_up())) - SAID, key=str)
OTHER = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.floats(0, 9), st.sampled_from(["", "k0", "k8", "FRIEND", "1"])
)  # fmt: skip


@given(spot=st.sampled_from(SPOTS), other=OTHER, how=st.sampled_from(["set", "drop", "twice", "before"]))
@settings(max_examples=400, deadline=None)
def test_any_single_change_of_a_file_is_found(spot, other, how):
    told = made_up()
    assert replaying.verify(told) == []
    holder = told
    for name in spot[:-1]:
        holder = holder[name]
    before, last = holder[spot[-1]], spot[-1]
    if isinstance(holder, list) and how == "twice":
        holder.insert(last, copy.deepcopy(before))
    elif isinstance(holder, list) and how == "before":
        holder.insert(last, other)
    elif how == "drop":
        del holder[last]
    else:
        holder[last] = other
    if json.dumps(told) == json.dumps(made_up()):
        return
    if spot == ("declined", 0, "place") and type(other) is int and 1 <= other <= 8 and how != "drop":
        return  # somebody else who was drawn has declined: a statement too

    assert replaying.verify(told)


@pytest.mark.parametrize("place", [0, 1, -1, True])
@pytest.mark.parametrize(("key", "problem"), [("gone", "unknown"), ("FRIEND", "unknown"), ("other", "place")])
def test_a_row_put_before_the_true_one_is_named(place, key, problem, tmp_path, capsys):
    told = made_up()
    drawn = {one["key"] for one in told["drawn"]}
    undrawn = next(one["key"] for one in told["pool"]["eligible"] if one["key"] not in drawn)
    told["drawn"].insert(0, {"place": place, "key": undrawn if key == "other" else key})
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(told), encoding="utf-8")

    assert problem in {one.problem for one in replaying.verify(told)}
    assert main(["draw", "verify", str(file)]) == REFUSED
    assert "结果与种子一致" not in capsys.readouterr().out


def test_a_substitute_who_has_had_the_seats_of_the_year_or_lapsed_meanwhile_is_passed_over(
    officer, pool, monkeypatch
):
    rules = drawing.entry()
    monkeypatch.setattr(
        drawing,
        "entry",
        lambda: type(rules)(**{name: getattr(rules, name) for name in rules.__slots__} | {"draws_a_year": 1}),
    )
    draw = drawing.prepare(plan(seats=1, substitutes=4), actor=officer, at=AT)
    draw = drawing.carry_out(draw, actor=officer, at=AT)
    first, second, third, fourth, _ = draw.drawn.order_by("place")
    actions.check(second.expert, no_record=False, note="", actor=officer, at=AT)
    other = drawing.Draw.objects.get(
        pk=drawing.carry_out(drawing.prepare(plan(seats=1), actor=officer, at=AT), actor=officer, at=AT).pk
    )
    busy = other.seated()[0].expert_id

    drawing.decline(first, reason="出差", actor=officer, at=AT)

    [seated] = draw.seated()
    assert seated.pk == (fourth.pk if busy == third.expert_id else third.pk)
    assert second.decline.reason == "lapsed"
    assert max(drawing.seats_in(AT.year).values()) == 1
    assert replaying.verify(drawing.exported(Draw.objects.get(pk=draw.pk))) == []
