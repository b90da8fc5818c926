"""Which plan a record kind is drawn by.

A record kind without a plan, or a field that its plan leaves out, is drawn by its types alone, so that every
record kind of a vocabulary occurs. A plan that names a field that the vocabulary lacks is refused.
"""

from __future__ import annotations

from typing import Final

from kechuang.policy.language.vocabulary import Vocabulary
from kechuang.population.plans import Plan, some
from kechuang.population.plans_finance import FINANCE
from kechuang.population.plans_innovation import INNOVATION

_PLANNED: Final = FINANCE | INNOVATION
_UNPLANNED: Final = Plan(
    some(most=2, enterprise=0.01, institution=0.05, university=0.1, person=0.01, team=0.02), sure=()
)


def plan_for(name: str, vocabulary: Vocabulary) -> Plan:
    """Return the plan of a record kind. Raises LookupError for a plan that does not fit the vocabulary."""
    plan = _PLANNED.get(name)
    if plan is None:
        return _UNPLANNED
    strangers = set(plan.fields) - set(vocabulary.records[name].fields)
    if strangers:
        raise LookupError(
            f"population plan of {name}: the vocabulary has no field {', '.join(sorted(strangers))}; it has "
            f"{', '.join(vocabulary.records[name].fields)}"
        )
    return plan
