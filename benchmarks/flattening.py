"""A few benefits over ready facts: what the records of each subject say, worked out beforehand, one column each.

The peers have no related records of several kinds, so they are given these columns; so are we, in the comparison on
equal footing. The rules stay those of the pack: only sums and tests over records become facts.
"""

from __future__ import annotations

import dataclasses

import pyarrow as pa

from kechuang.policy.columns.columns import Chunk, arrow_type
from kechuang.policy.columns.runs import Run
from kechuang.policy.columns.vectorise import Plan
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.language.tree import AGGREGATES, SUBJECT_LEVEL, Named, Node
from kechuang.policy.language.vocabulary import Field

TWELVE = (
    "9.rd_growth",
    "14.training_fund",
    "16.national_finals",
    "17.growth_reward",
    "23.risk_compensation",
    "23.provincial_interest",
    "24.loss_insurance",
    "25.appraisal",
    "25.insurance",
    "26.talent_rd_cover",
    "27.branch_interest",
    "32.popularisation",
)


def only(bound: Bound, benefits: tuple[str, ...]) -> Bound:
    """The bound pack with these benefits alone."""
    chosen = tuple(benefit for benefit in bound.benefits if benefit.benefit.id in benefits)
    return dataclasses.replace(bound, benefits=chosen, compiled={})


def flatten(bound: Bound, table: pa.Table) -> tuple[Bound, pa.Table]:
    """The bound pack over ready facts, and the table of those facts."""
    names = _names(bound)
    fields = dict(bound.pack.vocabulary.subject.fields)
    fields |= {
        name: dataclasses.replace(fields["kind"], name=name, type=node.type) for node, name in names.items()
    }

    def ready(node: Node) -> Node | None:
        if node not in names:
            return None
        return bound.pack.forest.node("field", node.type, SUBJECT_LEVEL, (), ("subject", names[node]))

    done: dict[int, Node] = {}

    def rewritten(node: Node) -> Node:
        return bound.pack.forest.rewrite(node, ready, done)

    benefits = tuple(
        dataclasses.replace(
            benefit,
            conditions=tuple((condition, rewritten(node)) for condition, node in benefit.conditions),
            amount=None if benefit.amount is None else rewritten(benefit.amount),
        )
        for benefit in bound.benefits
    )
    subject = dataclasses.replace(bound.pack.vocabulary.subject, fields=fields)
    vocabulary = dataclasses.replace(bound.pack.vocabulary, records={"subject": subject})
    pack = dataclasses.replace(bound.pack, vocabulary=vocabulary)
    flat = dataclasses.replace(bound, pack=pack, benefits=benefits, compiled={})
    columns = {name: table.column(name) for name in ("kind", "size")}
    columns |= _facts(bound, table, names, fields)
    return flat, pa.table(columns)


def _names(bound: Bound) -> dict[Node, str]:
    """Each annual figure and each sum or test over records, called by the name or condition it stands in first."""
    names: dict[Node, str] = {}

    def visit(node: Node, called: str, benefit: str) -> None:
        if node.op == "annual" or node.op in AGGREGATES:
            if node not in names:
                twins = sum(1 for name in names.values() if name.partition("#")[0] == called)
                names[node] = f"{called}#{twins + 1}" if twins else called
            return
        if node.op == "named" and isinstance(node.value, Named):
            shared = node.value.kind == "definition"
            called = node.value.key if shared else f"{benefit}.{node.value.key}"
        for arg in node.args:
            visit(arg, called, benefit)

    for benefit in bound.benefits:
        about = benefit.benefit.id
        for condition, node in benefit.conditions:
            visit(node, f"{about}.{condition.key}", about)
        if benefit.amount is not None:
            visit(benefit.amount, f"{about}.amount", about)
    return names


def _facts(
    bound: Bound, table: pa.Table, names: dict[Node, str], fields: dict[str, Field]
) -> dict[str, pa.Array]:
    """Each ready fact as a column; null where it is unknown."""
    plan = Plan(bound, [(node, SUBJECT_LEVEL) for node in names])
    run = Run(Chunk(table, bound.pack.vocabulary), plan.uses)
    columns = {}
    for node, name in names.items():
        vector = plan.get(node, SUBJECT_LEVEL)(run)
        mask = None if vector.known is None else ~vector.known
        if vector.den != 1:
            raise ValueError(f"{name}: expected whole numbers")
        columns[name] = pa.array(vector.values, mask=mask, type=arrow_type(fields[name]))
    return columns
