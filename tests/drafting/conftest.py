"""Drafts to work on, and a helper process that ends with the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _bench_ends():
    yield
    from kechuang.drafting.workshop import BENCH, LONG_BENCH

    BENCH.close()
    LONG_BENCH.close()


@pytest.fixture
def draft(db):
    """A draft that began as the example city."""
    from kechuang.drafting import actions  # once Django is set up

    return actions.start_from_pack("example-city", "", "next-year")


@pytest.fixture
def text_of(draft):
    """A function that gives the newest text of a file of the draft."""
    from kechuang.drafting import queries

    def text_of(name: str) -> str:
        draft.refresh_from_db()
        return queries.text_of(queries.version_of(draft), name)

    return text_of
