"""Enterprise size by the 2011 standard, at its boundaries and with figures that are not known."""

import pytest

from kechuang.reference.sizes import (
    FEN_PER_WAN,
    above_scale_thresholds,
    enterprise_size,
    size_floors,
    size_row,
)
from kechuang.reference.tables import table

ROWS = list(table("size_standard")["rows"])
BELOW = {"large": "medium", "medium": "small", "small": "micro"}


def size(row, employees, revenue, assets=None):
    """Size with money in 万元."""
    fen = [None if money is None else int(money * FEN_PER_WAN) for money in (revenue, assets)]
    return enterprise_size(row, employees, *fen)


def figures(floors, **changed):
    return {"employees": None, "revenue": None, "assets": None} | floors | changed


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("wanted", ["large", "medium", "small"])
def test_exactly_on_every_floor_reaches_the_size_and_one_less_of_any_does_not(row, wanted):
    floors = size_floors(row)[wanted]
    assert enterprise_size(row, *figures(floors).values()) == wanted
    for what, floor in floors.items():
        assert enterprise_size(row, *figures(floors, **{what: floor - 1}).values()) == BELOW[wanted]


@pytest.mark.parametrize(
    ("row", "employees", "revenue", "expected"),
    [
        ("industry", 1000, 40000, "large"),
        ("industry", 5000, 39999, "medium"),
        ("industry", 299, 90000, "small"),
        ("industry", 300, 2000, "medium"),
        ("industry", 19, 5000, "micro"),
        ("software", 99, 1000, "small"),
        ("software", 10, 50, "small"),
        ("wholesale", 5, 1000, "small"),
    ],
)
def test_missing_one_floor_falls_to_the_next_size_down(row, employees, revenue, expected):
    assert size(row, employees, revenue) == expected


def test_building_and_leasing_go_by_assets():
    assert size("building", None, 80000, 79999) == "medium"
    assert size("leasing_business", 300, None, 120000) == "large"
    assert size("leasing_business", 300, 999999, 8000) == "medium"


def test_an_unknown_figure_leaves_the_size_open_only_if_it_matters():
    assert size("industry", 5, None) == "micro"
    assert size("industry", None, 299) == "micro"
    assert size("industry", 500, None) is None
    assert size("industry", None, 300) is None
    assert size("industry", None, None) is None
    assert size("other", 100, None) == "medium"


def test_an_unknown_industry_leaves_the_size_open():
    assert size(None, 5, 10) is None


def test_a_row_that_the_standard_lacks_is_refused():
    with pytest.raises(LookupError, match="fishery"):
        size("fishery", 5, 10)


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("C3412", "industry"),
        ("34", "industry"),
        ("B", "industry"),
        ("0411", "farming"),
        ("6513", "software"),
        ("64", "information"),
        ("5911", "transport"),
        ("5920", "storage"),
        ("59", None),
        ("7010", "property_development"),
        ("7020", "property_management"),
        ("70", None),
        ("53", None),
        ("J66", None),
        ("84", None),
        ("85", "other"),
        ("7320", "other"),
        ("72", "leasing_business"),
    ],
)
def test_industry_codes_lead_to_rows(code, row):
    assert size_row(code) == row


def test_above_scale_thresholds_are_shown_as_published():
    published = {t.zh: t.revenue for t in above_scale_thresholds()}
    assert published["工业"] == 2000 * FEN_PER_WAN
    assert published["零售业"] == 500 * FEN_PER_WAN
    assert published["房地产开发经营业"] is None
