"""Every way of working has its declaration: a benefit whose lifecycle has none could be applied for on no page."""

from __future__ import annotations

import pytest

from kechuang.fulfilment.calls import lifecycles
from kechuang.fulfilment.statements import clauses_for


@pytest.mark.parametrize("lifecycle", sorted(lifecycles()))
def test_every_lifecycle_has_a_declaration_that_begins_with_the_truth(lifecycle):
    clauses = clauses_for(lifecycle)

    assert clauses[0].key == "truth"
    assert all(one.title.zh and one.title.en and one.text.zh and one.text.en for one in clauses)
