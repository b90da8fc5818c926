"""The loan prime rate by month, and the frozen benchmark rate."""

from datetime import date
from fractions import Fraction

import pytest

from kechuang.reference.series import MissingQuote, benchmark_rate, lpr_quotes, series
from kechuang.reference.workdays import brought_years, first_working_day


@pytest.mark.parametrize(
    ("month", "per_cent"),
    [
        ((2023, 5), "3.65"),
        ((2023, 6), "3.55"),
        ((2023, 7), "3.55"),
        ((2024, 10), "3.10"),
        ((2026, 9), "3.00"),
    ],
)
def test_one_year_rate_of_a_month_is_exact(month, per_cent):
    assert series("lpr", "one_year")[month] == Fraction(per_cent) / 100


def test_five_year_rate_changes_on_its_own():
    five_year = series("lpr", "five_year")
    assert five_year[2024, 1] == Fraction(42, 1000)
    assert five_year[2024, 2] == Fraction(395, 10000)


@pytest.mark.parametrize(("month", "spelt"), [((2019, 7), "2019-07"), ((2026, 10), "2026-10")])
def test_a_month_without_a_quote_is_refused_by_name(month, spelt):
    with pytest.raises(MissingQuote, match=f"no quote for {spelt}.*2019-08 to 2026-09"):
        series("lpr", "one_year")[month]


def test_every_month_is_quoted_once():
    quotes = lpr_quotes()
    months = [quote.day.year * 12 + quote.day.month for quote in quotes]
    assert months == list(range(2019 * 12 + 8, 2026 * 12 + 10))


def test_an_unknown_series_is_refused():
    with pytest.raises(KeyError, match="shibor"):
        series("shibor", "one_year")


def test_a_caller_cannot_change_the_rates_of_another():
    series("lpr", "one_year")[2023, 5] = Fraction(0)
    assert series("lpr", "one_year")[2023, 5] == Fraction(365, 10000)


@pytest.mark.parametrize(
    "quote", [q for q in lpr_quotes() if q.day.year in brought_years()], ids=lambda q: q.day.isoformat()
)
def test_quotes_fall_on_the_first_working_day_on_or_after_the_twentieth(quote):
    assert quote.day == first_working_day(date(quote.day.year, quote.day.month, 20))


@pytest.mark.parametrize(
    ("months", "per_cent"),
    [(1, "4.35"), (12, "4.35"), (13, "4.75"), (36, "4.75"), (60, "4.75"), (61, "4.90"), (360, "4.90")],
)
def test_benchmark_rate_goes_by_term(months, per_cent):
    assert benchmark_rate(months) == Fraction(per_cent) / 100


def test_a_loan_without_a_term_has_no_benchmark_rate():
    with pytest.raises(ValueError, match="0 months"):
        benchmark_rate(0)
