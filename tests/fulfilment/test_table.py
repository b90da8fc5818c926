"""The one table of transitions: whole, printed, and within reach."""

from __future__ import annotations

from pathlib import Path

from kechuang.accounts.roles import Role
from kechuang.fulfilment import printing
from kechuang.fulfilment.effects import EFFECTS
from kechuang.fulfilment.guards import GUARDS
from kechuang.fulfilment.table import CLOCK_ROLE, states, transitions
from kechuang.fulfilment.workflow import NEEDED

PRINT = Path(__file__).parents[2] / "docs" / "workflow.md"


def test_the_print_in_the_docs_is_fresh():
    assert PRINT.read_text(encoding="utf-8") == printing.page()


def test_every_name_in_the_table_is_a_guard_an_effect_a_role_or_a_need():
    for rule in transitions().values():
        assert set(rule.guards) <= GUARDS.keys(), rule.command
        assert not rule.effect or rule.effect in EFFECTS, rule.command
        assert set(rule.who) <= {*Role.values, CLOCK_ROLE}, rule.command
        assert set(rule.needs) <= NEEDED.keys(), rule.command


def test_every_guard_and_effect_is_named_by_the_table():
    assert {guard for rule in transitions().values() for guard in rule.guards} == GUARDS.keys()
    assert {rule.effect for rule in transitions().values() if rule.effect} == EFFECTS.keys()


def test_every_state_is_reached_from_a_beginning_and_every_open_state_has_a_way_on():
    reached, waiting = set(), ["draft", "offered"]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [rule.leads_to(state) for rule in transitions().values() if state in rule.sources]

    assert reached == states().keys()
    for key, state in states().items():
        onward = any(key in rule.sources and rule.leads_to(key) != key for rule in transitions().values())
        assert onward or state.ends, key


def test_nothing_is_granted_without_the_decider_and_nothing_noticed_without_days():
    granting = [transitions()[name].who for name in ("determine", "decide", "claim", "reject")]

    assert granting == [("decider",)] * 4
    assert transitions()["decide"].guards == ("notice_ended", "still_due")
