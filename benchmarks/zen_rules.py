"""Measure 9 as a zen-engine decision: an expression node over one case at a time."""

from __future__ import annotations

import json
from typing import Any

import zen


def decision(*, guarded: bool = True) -> Any:
    """The decision, loaded and ready. `guarded`: a missing year before is thought of."""
    return zen.ZenEngine().create_decision(text(guarded=guarded))


def text(*, guarded: bool = True) -> str:
    """The decision as its file would hold it."""
    guard = "rd_spend_before != null and rd_spend_before > 0 and " if guarded else ""
    expressions = {
        "increment": "rd_spend - rd_spend_before" if not guarded else "rd_spend - (rd_spend_before ?? 0)",
        "holds": f"{guard}is_enterprise and above_scale and rd_activity and (high_tech or tech_sme) "
        "and $.increment >= 0.1 * rd_spend_before and $.increment > 1000000",
        "amount": "$.holds ? min([$.increment * 0.05, 1000000]) : 0",
    }
    rows = [{"id": key, "key": key, "value": value} for key, value in expressions.items()]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "rule",
            "name": "rule",
            "type": "expressionNode",
            "position": {"x": 1, "y": 0},
            "content": {"expressions": rows},
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "rule", "type": "edge"},
        {"id": "2", "sourceId": "rule", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})
