"""Every operation and function of the language, with what it gives: exact, three-valued, alike in both evaluators."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kechuang.policy.expression import AGGREGATE_NAMES
from kechuang.policy.functions import FUNCTIONS, SCALAR
from kechuang.policy.tree import Node
from policy.evaluating import by_columns, by_reference, chunk_of
from policy.packs_on_disk import bound_node, bound_on, language_pack, read, scope_of

ON = date(2026, 6, 1)
UNKNOWN = None
TYPES = {
    "money": (int, Fraction),
    "rate": (int, Fraction),
    "number": (int, Fraction),
    "date": date,
    "boolean": bool,
}

# The case of all rows. Nothing is known of `district`, `assets`, `has_rd_activity` and of the list `loans`.
CASE = {
    "kind": "enterprise",
    "size": "small",
    "name": "甲",
    "registered_on": date(2024, 2, 29),
    "years": [
        {"year": 2025, "sales": 100_005, "rd_spend": 333, "employees": 7, "above_scale": True},
        {"year": 2024, "sales": 99_999, "employees": -2, "above_scale": False},
        {"year": 2022, "sales": 1, "employees": 0},
    ],
    "trials": [
        {
            "number": 1,
            "cost": 10_000,
            "share": Fraction(1, 10),
            "heads": 3,
            "held_on": date(2026, 1, 31),
            "passed": True,
            "label": "甲",
            "level": "national",
            "colour": "red",
        },
        {
            "number": 2,
            "cost": 5,
            "share": Fraction(333_333, 10**6),
            "heads": -2,
            "held_on": date(2024, 2, 29),
            "passed": False,
            "label": "乙",
            "level": "provincial",
            "colour": "green",
        },
        {"number": 3, "heads": 0, "level": "municipal"},
    ],
    "contracts": [],
    "statuses": [{"kind": "tech_sme"}],
}

SUBJECT_ROWS = [
    # arithmetic: money in fen, rates exact
    ("this_year.sales + last_year.sales", "money", 200_004),
    ("this_year.sales - last_year.sales", "money", 6),
    ("last_year.sales - this_year.sales", "money", -6),
    ("1000元 - this_year.sales", "money", -5),
    ("this_year.sales - 1000元", "money", 5),
    ("1元 + this_year.sales", "money", 100_105),
    ("-this_year.sales", "money", -100_005),
    ("--this_year.employees", "number", 7),
    ("this_year.sales + this_year.assets", "money", UNKNOWN),
    ("this_year.assets - 1元", "money", UNKNOWN),
    ("this_year.sales + later", "money", UNKNOWN),
    ("-this_year.assets", "money", UNKNOWN),
    ("this_year.rd_spend * 10%", "money", Fraction(333, 10)),
    ("10% * this_year.rd_spend", "money", Fraction(333, 10)),
    ("this_year.sales * this_year.employees", "money", 700_035),
    ("this_year.employees * last_year.employees", "number", -14),
    ("this_year.employees * this_year.employees * 100万元", "money", 49 * 10**8),
    ("this_year.sales * 1:3", "money", 33_335),
    ("this_year.rd_spend / 3", "money", 111),
    ("this_year.sales / 7 * 7", "money", 100_005),
    ("this_year.sales / 40%", "money", Fraction(500_025, 2)),
    ("this_year.sales / 2元", "rate", Fraction(100_005, 200)),
    ("this_year.employees / 2", "rate", Fraction(7, 2)),
    ("this_year.employees / 10%", "rate", 70),
    ("this_year.employees / zero", "rate", UNKNOWN),
    ("this_year.sales / (1 - 1)", "money", UNKNOWN),
    ("this_year.assets / 2", "money", UNKNOWN),
    ("this_year.sales * (later / 1元)", "money", UNKNOWN),
    ("1 + rise", "rate", Fraction(11, 10)),
    ("this_year.employees + 10%", "rate", Fraction(71, 10)),
    ("this_year.employees * 10%", "rate", Fraction(7, 10)),
    ("10% * 10%", "rate", Fraction(1, 100)),
    # powers
    ("this_year.employees ** 0", "number", 1),
    ("this_year.employees ** 1", "number", 7),
    ("last_year.employees ** 3", "number", -8),
    ("this_year.employees ** 10", "number", 7**10),
    ("(1 + rise) ** (span - 1)", "rate", Fraction(121, 100)),
    ("(this_year.employees * rise) ** span", "rate", Fraction(343, 1000)),
    ("this_year.employees ** twelve", "number", UNKNOWN),
    ("this_year.employees ** (1 - span)", "number", UNKNOWN),
    ("years_ago(2).employees ** 2", "number", UNKNOWN),
    # the sum of tenths is exact, as floating point is not
    ("this_year.rd_spend * 10% + this_year.rd_spend * 20% == this_year.rd_spend * 30%", "boolean", True),
    ("this_year.sales >= (1 + rise) * last_year.sales", "boolean", False),
    ("1100元 >= (1 + rise) * 1000元", "boolean", True),
    ("1099.99元 >= (1 + rise) * 1000元", "boolean", False),
    # comparisons
    ("this_year.sales > 1000.05元", "boolean", False),
    ("this_year.sales >= 1000.05元", "boolean", True),
    ("this_year.sales < 1000.06元", "boolean", True),
    ("this_year.sales <= 1000.04元", "boolean", False),
    ("this_year.sales == 1000.05元", "boolean", True),
    ("this_year.sales != 1000.05元", "boolean", False),
    ("1000.05元 <= this_year.sales", "boolean", True),
    ("1000.05元 < this_year.sales", "boolean", False),
    ("1000.06元 > this_year.sales", "boolean", True),
    ("1000.06元 >= this_year.sales", "boolean", True),
    ("this_year.sales * 1:3 > 333.34元", "boolean", True),
    ("this_year.sales * 1:7 == 142.86元", "boolean", False),
    ("this_year.sales * 1:7 != 142.86元", "boolean", True),
    ("this_year.sales * 1:7 < 142.87元", "boolean", True),
    ("this_year.sales * 1:7 > 142.86元", "boolean", True),
    ("this_year.employees * 1:2 > last_year.employees * 1:3", "boolean", True),
    ("1000元 < this_year.sales <= 1000.05元", "boolean", True),
    ("1000元 < this_year.assets <= 1000.05元", "boolean", UNKNOWN),
    ("2000元 < this_year.sales <= years_ago(9).sales", "boolean", False),
    ("this_year.assets >= 0元", "boolean", UNKNOWN),
    ("this_year.assets == this_year.assets", "boolean", UNKNOWN),
    ("this_year.sales > later", "boolean", UNKNOWN),
    ("later == 5元", "boolean", UNKNOWN),
    ("registered_on < 2024-03-01", "boolean", True),
    ("2024-02-29 == registered_on", "boolean", True),
    ("registered_on != on", "boolean", True),
    ('kind == "enterprise"', "boolean", True),
    ('"bank" != kind', "boolean", True),
    ('name == "甲"', "boolean", True),
    ('"甲" != name', "boolean", False),
    ("name == name", "boolean", True),
    ("name != district", "boolean", UNKNOWN),
    ('district == "371002"', "boolean", UNKNOWN),
    ("this_year.above_scale == true", "boolean", True),
    ("this_year.above_scale != last_year.above_scale", "boolean", True),
    ("this_year.above_scale == (name == district)", "boolean", UNKNOWN),
    # membership
    ('kind in {"bank", "enterprise"}', "boolean", True),
    ('kind in {"bank"}', "boolean", False),
    ('kind not in ("bank", "enterprise")', "boolean", False),
    ('district in ["371002", "371003"]', "boolean", UNKNOWN),
    ('name in {"甲", "乙"}', "boolean", True),
    ("this_year.employees in {6, 7}", "boolean", True),
    ("this_year.employees not in {6, 7}", "boolean", False),
    ("this_year.sales in {1000.05元}", "boolean", True),
    ("this_year.sales * 1:7 in {142.86元}", "boolean", False),
    ("registered_on in {2024-02-28, 2024-02-29}", "boolean", True),
    ("on in {2026-06-02}", "boolean", False),
    ("this_year.assets in {1元}", "boolean", UNKNOWN),
    # three-valued logic: U is `this_year.has_rd_activity`
    ("true and this_year.has_rd_activity", "boolean", UNKNOWN),
    ("this_year.has_rd_activity and false", "boolean", False),
    ("last_year.above_scale and this_year.has_rd_activity", "boolean", False),
    ("this_year.has_rd_activity and last_year.above_scale", "boolean", False),
    ("this_year.has_rd_activity and this_year.above_scale", "boolean", UNKNOWN),
    ("this_year.above_scale and this_year.above_scale", "boolean", True),
    ("this_year.above_scale and this_year.has_rd_activity and last_year.above_scale", "boolean", False),
    ("this_year.has_rd_activity or this_year.above_scale", "boolean", True),
    ("this_year.above_scale or this_year.has_rd_activity", "boolean", True),
    ("this_year.has_rd_activity or last_year.above_scale", "boolean", UNKNOWN),
    ("last_year.above_scale or last_year.above_scale", "boolean", False),
    ("not this_year.has_rd_activity", "boolean", UNKNOWN),
    ("not this_year.above_scale", "boolean", False),
    ("not not last_year.above_scale", "boolean", False),
    # if
    ("1元 if this_year.above_scale else this_year.assets", "money", 100),
    ("this_year.assets if this_year.above_scale else 1元", "money", UNKNOWN),
    ("1元 if this_year.has_rd_activity else 1元", "money", UNKNOWN),
    ("this_year.sales * 1:3 if last_year.above_scale else this_year.sales * 1:7", "money", Fraction(100_005, 7)),
    ("registered_on if this_year.above_scale else on", "date", date(2024, 2, 29)),
    ('("甲" if this_year.above_scale else name) == name', "boolean", True),
    ('("丙" if this_year.above_scale else name) == name', "boolean", False),
    ('("large" if last_year.above_scale else size) == size', "boolean", True),
    ("name if this_year.above_scale else district", "text", "甲"),
    ('size if this_year.above_scale else "large"', "code:size", "small"),
    ('size if last_year.above_scale else "large"', "code:size", "large"),
    ("this_year.above_scale if this_year.has_rd_activity else true", "boolean", UNKNOWN),
    ("(this_year.above_scale if this_year.has_rd_activity else true) and true", "boolean", UNKNOWN),
    ("not (true if this_year.has_rd_activity else true)", "boolean", UNKNOWN),
    # min, max, rounding
    ("min(this_year.sales, last_year.sales, 5000元)", "money", 99_999),
    ("max(this_year.sales, last_year.sales, 1元)", "money", 100_005),
    ("max(this_year.sales * 1:3, this_year.sales * 1:7)", "money", 33_335),
    ("min(this_year.sales, this_year.assets)", "money", UNKNOWN),
    ("max(this_year.sales, last_year.sales, this_year.assets)", "money", UNKNOWN),
    ("min(registered_on, on)", "date", date(2024, 2, 29)),
    ("max(registered_on, 2026-06-02)", "date", date(2026, 6, 2)),
    ("min(this_year.employees, last_year.employees)", "number", -2),
    ("max(10%, rise, 11%)", "rate", Fraction(11, 100)),
    ("round_down(this_year.sales, 1元)", "money", 100_000),
    ("round_up(this_year.sales, 1元)", "money", 100_100),
    ("round_half_up(this_year.sales, 1元)", "money", 100_000),
    ("round_half_up(this_year.sales, 0.1元)", "money", 100_010),
    ("round_half_up(this_year.sales - 0.01元, 0.1元)", "money", 100_000),
    ("round_down(-this_year.sales, 1元)", "money", -100_100),
    ("round_up(-this_year.sales, 1元)", "money", -100_000),
    ("round_half_up(-this_year.sales, 0.1元)", "money", -100_000),
    ("round_down(this_year.rd_spend * 10%, 0.01元)", "money", 33),
    ("round_up(this_year.rd_spend * 10%, 0.01元)", "money", 34),
    ("round_half_up(this_year.rd_spend * 50%, 0.01元)", "money", 167),
    ("round_half_up(-this_year.rd_spend * 50%, 0.01元)", "money", -166),
    ("round_down(this_year.sales, 0.01元)", "money", 100_005),
    ("round_down(this_year.employees, 5)", "number", 5),
    ("round_up(last_year.employees, 5)", "number", 0),
    ("round_half_up(this_year.employees * 10%, 20%)", "rate", Fraction(8, 10)),
    ("round_down(this_year.assets, 1元)", "money", UNKNOWN),
    # dates
    ("on", "date", ON),
    ("year", "number", 2025),
    ("year_of(registered_on)", "number", 2024),
    ("year_of(on) - year", "number", 1),
    ("days_between(registered_on, on)", "number", 823),
    ("days_between(on, registered_on)", "number", -823),
    ("months_between(registered_on, 2024-03-28)", "number", 0),
    ("months_between(registered_on, 2024-03-29)", "number", 1),
    ("months_between(2024-03-29, registered_on)", "number", -1),
    ("months_between(2024-03-28, registered_on)", "number", -1),
    ("months_between(2024-03-30, registered_on)", "number", -2),
    ("years_between(registered_on, 2025-02-28)", "number", 0),
    ("years_between(registered_on, 2025-03-01)", "number", 1),
    ("years_between(registered_on, 2028-02-29)", "number", 4),
    ("years_between(2024-03-01, registered_on)", "number", -1),
    ("add_days(registered_on, 1)", "date", date(2024, 3, 1)),
    ("add_days(registered_on, -60)", "date", date(2023, 12, 31)),
    ("add_days(registered_on, this_year.employees)", "date", date(2024, 3, 7)),
    ("add_days(2200-12-30, this_year.employees)", "date", UNKNOWN),
    ("add_days(1900-01-01, last_year.employees)", "date", UNKNOWN),
    ("add_days(registered_on, 1000000000000)", "date", UNKNOWN),
    ("add_days(on, 99999999999999999999)", "date", UNKNOWN),
    ("add_days(registered_on, 99999999999999999999)", "date", UNKNOWN),
    ("add_months(registered_on, 12)", "date", date(2025, 2, 28)),
    ("add_months(registered_on, 48)", "date", date(2028, 2, 29)),
    ("add_months(registered_on, -1)", "date", date(2024, 1, 29)),
    ("add_months(2026-01-31, last_year.employees * 1 + 3)", "date", date(2026, 2, 28)),
    ("add_months(2025-12-31, last_year.employees)", "date", date(2025, 10, 31)),
    ("add_months(registered_on, 2122)", "date", date(2200, 12, 29)),
    ("add_months(registered_on, 2123)", "date", UNKNOWN),
    ("add_months(registered_on, -1489)", "date", date(1900, 1, 29)),
    ("add_months(registered_on, -1490)", "date", UNKNOWN),
    ("add_months(registered_on, 1000000000000)", "date", UNKNOWN),
    ("add_months(on, -1000000000000)", "date", UNKNOWN),
    ("add_months(registered_on, 99999999999999999999)", "date", UNKNOWN),
    ("month_before(registered_on)", "date", date(2024, 1, 1)),
    ("month_before(2024-01-31)", "date", date(2023, 12, 1)),
    ("month_before(add_days(registered_on, -40))", "date", date(2023, 12, 1)),
    ("year_of(month_before(1900-01-31))", "number", 1899),
    ("year_of(month_before(add_months(registered_on, -1489)))", "number", 1899),
    ("bank_rate(month_before(add_months(registered_on, -1489)))", "rate", UNKNOWN),
    ("add_days(month_before(add_months(registered_on, -1489)), 0)", "date", UNKNOWN),
    ("months_between(month_before(add_months(registered_on, -1489)), 1900-01-31)", "number", 1),
    ("days_between(registered_on, add_days(on, 99999999999))", "number", UNKNOWN),
    ("in_force(on)", "boolean", True),
    ("in_force(registered_on)", "boolean", False),
    ("in_force(add_days(registered_on, 731))", "boolean", True),
    ("in_force(add_days(registered_on, 730))", "boolean", False),
    ("in_force(add_days(registered_on, 99999999))", "boolean", UNKNOWN),
    # history
    ("years_ago(0).sales", "money", 100_005),
    ("years_ago(1).sales", "money", 99_999),
    ("years_ago(2).sales", "money", UNKNOWN),
    ("years_ago(span).sales", "money", 1),
    ("years_ago(span).assets", "money", UNKNOWN),
    ("years_ago(-1).sales", "money", UNKNOWN),
    ("years_ago(99999999999999999999).sales", "money", UNKNOWN),
    ("years_ago(zero).above_scale", "boolean", True),
    ("years_ago(span).above_scale", "boolean", UNKNOWN),
    ("this_year.employees - years_ago(3).employees", "number", 7),
    # known
    ("known(this_year.sales)", "boolean", True),
    ("known(this_year.assets)", "boolean", False),
    ("known(this_year.assets + 1元)", "boolean", False),
    ("known(district) or known(name)", "boolean", True),
    ("known(later)", "boolean", False),
    ("known(any(l.secured for l in loans))", "boolean", False),
    # parameters, dated and by reading
    ("dated", "money", 800),
    ("by_reading", "money", 100),
    ("rise * span", "rate", Fraction(3, 10)),
    ("tech_sme", "boolean", UNKNOWN),
    # series: a quote a month, none for March
    ("bank_rate(2026-01-01)", "rate", Fraction(31, 1000)),
    ("bank_rate(month_before(2026-03-01))", "rate", Fraction(305, 10_000)),
    ("bank_rate(add_days(registered_on, 731))", "rate", UNKNOWN),
    ("bank_rate(add_days(registered_on, 730))", "rate", Fraction(305, 10_000)),
    ("bank_rate(registered_on)", "rate", UNKNOWN),
    ("bank_rate(add_months(registered_on, 900))", "rate", UNKNOWN),
    ("bank_rate(add_months(registered_on, 99999))", "rate", UNKNOWN),
    ("this_year.sales * bank_rate(2026-04-30)", "money", Fraction(100_005 * 3, 100)),
    # aggregates over all records
    ("sum(t.heads for t in trials)", "number", 1),
    ("sum(t.cost for t in trials)", "money", UNKNOWN),
    ("sum(t.cost for t in trials if t.number < 3)", "money", 10_005),
    ("sum(t.cost * t.share for t in trials if t.number < 3)", "money", Fraction(1_001_666_665, 10**6)),
    ("sum(t.cost for t in trials if t.passed)", "money", UNKNOWN),
    ("sum(t.cost for t in trials if known(t.passed) and t.passed)", "money", 10_000),
    ("sum(t.cost for t in trials if t.number > 9)", "money", 0),
    ("sum(1元 for t in trials)", "money", 300),
    ("sum(this_year.sales for t in trials if t.number < 3)", "money", 200_010),
    ("sum(this_year.assets for t in trials if t.number > 9)", "money", 0),
    ("sum(this_year.assets for t in trials)", "money", UNKNOWN),
    ("sum(c.paid for c in contracts)", "money", 0),
    ("sum(l.principal for l in loans)", "money", UNKNOWN),
    ("sum(l.principal for l in loans if false)", "money", UNKNOWN),
    ("sum(t.heads for t in trials if t.number < 3 if t.number > 1)", "number", -2),
    ("count(t for t in trials)", "number", 3),
    ("count(t for t in trials if t.heads >= 0)", "number", 2),
    ("count(t for t in trials if t.passed)", "number", UNKNOWN),
    ("count(t for t in trials if t.passed and t.number < 3)", "number", 1),
    ("count(c for c in contracts if c.filed)", "number", 0),
    ("count(c for c in contracts)", "number", 0),
    ("count(l for l in loans)", "number", UNKNOWN),
    ("any(t.passed for t in trials)", "boolean", True),
    ("any(t.passed for t in trials if t.number > 1)", "boolean", UNKNOWN),
    ("any(t.passed for t in trials if t.number == 2)", "boolean", False),
    ("any(t.heads > 9 for t in trials if t.passed)", "boolean", False),
    ("any(t.heads == 0 for t in trials if t.passed)", "boolean", UNKNOWN),
    ("any(t.heads == 0 for t in trials if known(t.held_on))", "boolean", False),
    ('any(t.level == "national" and t.colour == "red" for t in trials)', "boolean", True),
    ("any(c.filed for c in contracts)", "boolean", False),
    ("any(l.secured for l in loans)", "boolean", UNKNOWN),
    ("any(true for l in loans)", "boolean", UNKNOWN),
    ("all(t.heads > -3 for t in trials)", "boolean", True),
    ("all(t.passed for t in trials)", "boolean", False),
    ("all(t.passed for t in trials if t.number != 2)", "boolean", UNKNOWN),
    ("all(t.heads > 0 for t in trials if t.passed)", "boolean", UNKNOWN),
    ("all(t.heads == 0 for t in trials if t.passed)", "boolean", False),
    ("all(c.filed for c in contracts)", "boolean", True),
    ("all(l.secured for l in loans)", "boolean", UNKNOWN),
    ("max(t.heads for t in trials)", "number", 3),
    ("min(t.heads for t in trials)", "number", -2),
    ("max(t.heads for t in trials if t.heads < 0)", "number", -2),
    ("max(t.cost for t in trials)", "money", UNKNOWN),
    ("min(t.cost for t in trials if known(t.cost))", "money", 5),
    ("max(t.cost * t.share for t in trials if known(t.cost))", "money", 1000),
    ("max(t.share for t in trials if t.number < 3)", "rate", Fraction(333_333, 10**6)),
    ("max(t.held_on for t in trials if t.number < 3)", "date", date(2026, 1, 31)),
    ("min(t.held_on for t in trials if t.number < 3)", "date", date(2024, 2, 29)),
    ("min(t.held_on for t in trials)", "date", UNKNOWN),
    ("max(t.heads for t in trials if t.number > 9)", "number", UNKNOWN),
    ("min(c.paid for c in contracts)", "money", UNKNOWN),
    ("max(l.principal for l in loans)", "money", UNKNOWN),
    ("max(t.heads for t in trials if t.passed)", "number", UNKNOWN),
    ("max(on for t in trials)", "date", ON),
    # the subject's facts meet its records'
    ("count(t for t in trials if t.held_on == registered_on)", "number", UNKNOWN),
    ("count(t for t in trials if known(t.held_on) and t.held_on >= registered_on)", "number", 2),
    ("any(t.label == name for t in trials)", "boolean", True),
    ("sum(this_year.employees * t.heads for t in trials)", "number", 7),
    ("sum(by_level[t.level] for t in trials if t.number < 3)", "money", 80_001),
]  # fmt: skip

RECORD_ROWS = [
    ("trial.heads", "number", [3, -2, 0]),
    ("trial.share", "rate", [Fraction(1, 10), Fraction(333_333, 10**6), UNKNOWN]),
    ("trial.cost * trial.share", "money", [1000, Fraction(1_666_665, 10**6), UNKNOWN]),
    ("trial.cost * this_year.employees", "money", [70_000, 35, UNKNOWN]),
    ("1元", "money", [100, 100, 100]),
    ("this_year.sales", "money", [100_005] * 3),
    ("later", "money", [UNKNOWN] * 3),
    ("true", "boolean", [True] * 3),
    ("on", "date", [ON] * 3),
    ("trial.held_on", "date", [date(2026, 1, 31), date(2024, 2, 29), UNKNOWN]),
    ("trial.label", "text", ["甲", "乙", UNKNOWN]),
    ("trial.level", "code:level", ["national", "provincial", "municipal"]),
    ('"national" if trial.number > 1 else trial.level', "code:level", ["national", "national", "national"]),
    ("trial.label == name", "boolean", [True, False, UNKNOWN]),
    ('("甲" if trial.number < 3 else trial.label) == name', "boolean", [True, True, UNKNOWN]),
    ("trial.passed or this_year.above_scale", "boolean", [True] * 3),
    ("trial.passed and last_year.above_scale", "boolean", [False] * 3),
    ("bank_rate(trial.held_on)", "rate", [Fraction(31, 1000), UNKNOWN, UNKNOWN]),
    ("by_level[trial.level]", "money", [50_000, 30_001, UNKNOWN]),
    ("rates[trial.level, trial.colour]", "rate", [Fraction(1, 10), UNKNOWN, UNKNOWN]),
    (
        "huge[trial.level]",
        "rate",
        [Fraction(1, 3_000_000_019), Fraction(1, 3_000_000_021), Fraction(1, 3_000_000_023)],
    ),
    ("open_to[trial.level]", "boolean", [True, False, UNKNOWN]),
    ("not open_to[trial.level]", "boolean", [False, True, UNKNOWN]),
    ("until[trial.level]", "date", [date(2026, 2, 28), UNKNOWN, date(2026, 1, 1)]),
    ("trial.held_on <= until[trial.level]", "boolean", [True, UNKNOWN, UNKNOWN]),
    ("rows_later[trial.level]", "money", [UNKNOWN] * 3),
    ("trial.heads == sum(t.heads for t in trials) + 2", "boolean", [True, False, False]),
    ("trial.heads * 1:3", "rate", [1, Fraction(-2, 3), 0]),
]  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def bound(pack):
    return bound_on(pack, ON)


@pytest.fixture(scope="module")
def chunks(pack):
    """The case between others, alone, and a subject of which nothing is known."""
    groups = {"mixed": [CASE, {}, CASE, {"trials": []}], "alone": [CASE], "nothing": [{}]}
    return {name: chunk_of(cases, pack) for name, cases in groups.items()}


def test_the_tables_name_every_operation_and_function_of_the_language(pack):
    texts = [row[0] for row in SUBJECT_ROWS + RECORD_ROWS]
    nodes = [node for text in texts if isinstance(node := read(text, scope_of(pack, "trials")), Node)]
    covered = {below.op for node in nodes for below in node.walk()}

    assert {*FUNCTIONS, *SCALAR, *(f"{name}_of" for name in AGGREGATE_NAMES)} <= covered
    assert {"and", "or", "not", "if", "in", "lookup", "series", "annual", "field", "parameter"} <= covered


@pytest.mark.parametrize(("text", "type_", "expected"), SUBJECT_ROWS, ids=lambda x: str(x)[:60])
def test_an_expression_over_a_subject(pack, bound, chunks, text, type_, expected):
    node = read(text, scope_of(pack))

    assert isinstance(node, Node), node
    assert node.type == type_
    fixed = bound_node(node, bound)
    nothing, none = by_reference(fixed, bound, {}), by_reference(fixed, bound, {"trials": []})
    assert same(by_reference(fixed, bound, CASE), [expected], type_)
    assert same(by_columns(fixed, bound, chunks["mixed"]), [expected, *nothing, expected, *none], type_)
    assert same(by_columns(fixed, bound, chunks["alone"]), [expected], type_)
    assert same(by_columns(fixed, bound, chunks["nothing"]), nothing, type_)


@pytest.mark.parametrize(("text", "type_", "expected"), RECORD_ROWS, ids=lambda x: str(x)[:60])
def test_an_expression_over_records(pack, bound, chunks, text, type_, expected):
    node = read(text, scope_of(pack, "trials"))

    assert isinstance(node, Node), node
    assert node.type == type_
    fixed = bound_node(node, bound)
    assert same(by_reference(fixed, bound, CASE, "trials"), expected, type_)
    assert same(by_columns(fixed, bound, chunks["mixed"], "trials"), expected * 2, type_)
    assert same(by_columns(fixed, bound, chunks["alone"], "trials"), expected, type_)
    assert by_columns(fixed, bound, chunks["nothing"], "trials") == []


def same(found, expected, type_):
    """Equal values, and every known one of the type that the language gives it."""
    assert found == expected
    kinds = TYPES.get(type_, str)
    assert all(value is None or isinstance(value, kinds) for value in found)
    assert all(isinstance(value, bool) == (type_ == "boolean") for value in found if value is not None)
    return True


def test_a_parameter_is_the_one_in_force_on_the_day_and_unknown_before_the_first(pack):
    node = read("dated", scope_of(pack))

    values = {}
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)):
        bound = bound_on(pack, day)
        fixed = bound_node(node, bound)
        assert by_columns(fixed, bound, [{}]) == by_reference(fixed, bound, {})
        values[day.isoformat()] = by_reference(fixed, bound, {})[0]

    assert values == {
        "2026-02-28": None,
        "2026-03-01": 700,
        "2026-05-31": 700,
        "2026-06-01": 800,
        "2026-06-02": 900,
    }


def test_a_switched_reading_gives_the_other_value(pack):
    bound = bound_on(pack, ON, E_5="with-licences")
    node = bound_node(read("by_reading", scope_of(pack)), bound)

    assert by_reference(node, bound, {}) == by_columns(node, bound, [{}]) == [200]


def test_a_series_without_any_quote_is_unknown(pack):
    empty = type(pack)(
        **{name: getattr(pack, name) for name in pack.__slots__} | {"series": {"bank_rate": {}}}
    )
    bound = bound_on(empty, ON)
    node = bound_node(read("bank_rate(registered_on)", scope_of(empty)), bound)

    assert by_reference(node, bound, CASE) == by_columns(node, bound, [CASE]) == [None]


MOST = 10**15  # fen, the largest sum a fact may hold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this_year.sales * 1000000", MOST * 10**6),
        ("this_year.sales * this_year.employees", MOST * 10**12),
        ("this_year.sales * this_year.employees * this_year.employees", MOST * 10**24),
        ("this_year.employees ** 10", 10**120),
        ("this_year.sales * (this_year.employees ** 3) / 1000000000000", MOST * 10**24),
        ("this_year.sales + this_year.sales * 99999", MOST * 10**5),
        ("-this_year.sales * 10000 - this_year.sales * 10000", -2 * MOST * 10**4),
        ("this_year.sales * 0.0001% * 1:3 * 1:7 * 1:11 * 1:13", Fraction(MOST, 10**6 * 3 * 7 * 11 * 13)),
        ("99999999999999999999 + this_year.employees", 10**20 - 1 + 10**12),
        ("99999999999999999999 - this_year.employees", 10**20 - 1 - 10**12),
        ("min(this_year.sales * 1000000, 123456789012345678.9亿元)", MOST * 10**6),
        ("max(this_year.sales * 1000000, 1元)", MOST * 10**6),
        ("this_year.sales * 1000000 if this_year.above_scale else 1元", MOST * 10**6),
        ("round_down(this_year.sales * 100000 * 1:3, 1元)", MOST * 10**5 // 300 * 100),
        ("round_half_up(this_year.sales * 100000 * 1:3, 0.01元)", MOST * 10**5 // 3),
        ("round_up(this_year.sales * 100000 * 1:3, 0.01元)", MOST * 10**5 // 3 + 1),
        ("sum(t.cost * 10000 for t in trials)", MOST * 10**4 * 3),
        ("sum(t.cost * t.heads for t in trials if t.number > 1)", MOST * 10**12 * 2),
        ("max(t.cost * t.heads for t in trials)", MOST * 10**12),
        ("max(t.cost * t.heads for t in trials if t.number < 3)", MOST * 10**12),
        ("min(-t.cost * t.heads for t in trials)", -MOST * 10**12),
    ],
)
def test_numbers_beyond_64_bits_stay_exact(pack, bound, text, expected):
    records = [{"number": number, "cost": MOST, "heads": 10**12} for number in (1, 2, 3)]
    annual = [{"year": 2025, "sales": MOST, "employees": 10**12, "above_scale": True}]
    case = {"years": annual, "trials": records}
    node = bound_node(read(text, scope_of(pack)), bound)

    assert by_reference(node, bound, case) == [expected]
    assert by_columns(node, bound, [{}, case])[1] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this_year.sales * 1000000 > 1亿元", True),
        ("this_year.sales * 1000000 == this_year.sales * 1000000", True),
        ("this_year.sales * 1000000 < 99999999999999999999999元", True),
        ("this_year.sales > 99999999999999999999999元", False),
        ("this_year.sales < 99999999999999999999999元", True),
        ("this_year.employees * this_year.employees in {1000000000000000000000000, 5}", True),
        ("this_year.sales * this_year.employees * 1:3 > this_year.sales * this_year.employees * 1:4", True),
    ],
)
def test_comparisons_beyond_64_bits_are_right(pack, bound, text, expected):
    case = {"years": [{"year": 2025, "sales": MOST, "employees": 10**12}]}
    node = bound_node(read(text, scope_of(pack)), bound)

    assert by_reference(node, bound, case) == by_columns(node, bound, [case]) == [expected]


def test_a_sum_over_many_records_leaves_64_bits_unharmed(pack, bound):
    case = {"trials": [{"number": number, "cost": MOST} for number in range(10_000)]}
    node = bound_node(read("sum(t.cost for t in trials)", scope_of(pack)), bound)

    assert by_reference(node, bound, case) == by_columns(node, bound, [case]) == [MOST * 10_000]
