"""A result as plain JSON without floats: what a case keeps of its assessment, the same bytes for the same facts.

    {"benefit": "9.rd_growth", "outcome": "entitled", "amount_fen": 30000000, "because": null,
     "missing": [{"record": "years", "field": "rd_spend", "year": 2022, "index": null}],
     "short": {"gap": "12000000", "type": "money", "strict": true},
     "conditions": {"growth": true, "above_scale": null},
     "facts": {"years.rd_spend[-1]": 90000000, "district": "371002"},
     "values": {"definition.high_tech": true, "let.increase": 30000000},
     "items": [the same for each related record, with its "index"]}

`facts` are those that were read, null for the unknown ones, annual ones counted back from the assessed year; `values`
what the names of the law stood for. Rates are written as fractions ("1/20"), days in ISO 8601.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from kechuang.policy.cases.outcome import Item, Missing, Result, Shortfall
from kechuang.policy.encoding.binding import BoundBenefit
from kechuang.policy.language.tree import Node
from kechuang.policy.language.vocabulary import SUBJECT, YEARS


def as_plain(result: Result) -> dict[str, Any]:
    """One benefit's result."""
    return {
        "benefit": result.benefit_id,
        **_told(result, result.bound),
        "items": [
            {"index": item.index, **_told(item, result.bound)}
            for item in result.items
            if item.index is not None
        ],
    }


def _told(found: Result | Item, bound: BoundBenefit) -> dict[str, Any]:
    memo = found.values
    facts, values = {}, {}
    for node in _nodes(bound):
        if node not in memo:
            continue
        if node.op in ("field", "annual"):
            facts[_fact_name(node)] = plain(memo[node])
        elif node.op == "named":
            values[f"{node.value.kind}.{node.value.key}"] = plain(memo[node])
    conditions = {one.key: memo[node] for one, node in bound.conditions if node in memo}
    return {
        "outcome": str(found.outcome),
        "amount_fen": found.amount,
        "because": found.because,
        "missing": [_missing(one) for one in found.missing],
        "short": None if found.short is None else _short(found.short),
        "conditions": conditions,
        "facts": facts,
        "values": values,
    }


def plain(value: Any) -> Any:
    """A value of the language as JSON: whole numbers as such, other fractions as "1/20", days in ISO 8601."""
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _nodes(bound: BoundBenefit) -> Iterator[Node]:
    yield from bound.kind_fits.walk()
    roots = [node for _, node in bound.conditions]
    roots += [bound.amount] if bound.amount is not None else []
    for root in (*roots, *(node for _, node in bound.total_caps)):
        yield from root.walk()


def _fact_name(node: Node) -> str:
    if node.op == "annual":
        back = node.args[0].value
        return f"{YEARS}.{node.value}[{-back if isinstance(back, int) else '?'}]"
    record, name = node.value
    return name if record == SUBJECT else f"{record}.{name}"


def _missing(one: Missing) -> dict[str, Any]:
    return {"record": one.record, "field": one.field, "year": one.year, "index": one.index}


def _short(one: Shortfall) -> dict[str, Any]:
    return {"gap": str(one.gap), "type": one.type, "strict": one.strict}
