"""Side by side with openfisca-core, policyengine-core and zen-engine: time, memory, and wrong answers counted.

All are given the same ready facts (flattening.py) of the same million subjects, and take turns, round by round. We are
also shown from the related records themselves, as populations come. Run it by `make benchmarks`.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zen
from common import ON, RESULTS, city_path, keep, machine, peak_mib, show
from edge_cases import FEN, ROWS, Edge, due, edges
from flattening import TWELVE, flatten, only
from peer_rules import YEAR, Framework, fact_types, variable
from zen_rules import decision, text

from kechuang.policy import load_pack
from kechuang.policy.columns.population import BenefitColumns, assess_columns
from kechuang.policy.encoding.binding import Bound, bind

SUBJECTS = 1_000_000
ROUNDS = 5
PEERS = ("openfisca_core", "policyengine_core")
SETS = {"measure 9 alone": ("9.rd_growth",), "twelve benefits": TWELVE}
ZEN_NAMES = {
    "is_enterprise": "is_enterprise",
    "9.rd_growth.above_scale": "above_scale",
    "9.rd_growth.rd_activity": "rd_activity",
    "high_tech_enterprise": "high_tech",
    "tech_sme": "tech_sme",
    "9.rd_growth.spend": "rd_spend",
    "9.rd_growth.spend_before": "rd_spend_before",
}
CASES = 20_000  # for zen-engine, which takes one case at a time


def main() -> None:
    """Everything, in one run."""
    if sys.argv[1:2] == ["memory"]:
        print(json.dumps(memory(sys.argv[2], sys.argv[3])))
        return
    print(machine())
    bound, table = bind(load_pack(), ON), pq.read_table(city_path(SUBJECTS)).combine_chunks()
    found: dict[str, Any] = {}
    for stale in RESULTS.glob("flat-*.arrow"):
        stale.unlink()
    for title, benefits in SETS.items():
        found[title] = throughput(only(bound, benefits), table)
        show(f"{title}: {SUBJECTS:,} subjects, medians of {ROUNDS} rounds taken in turn", found[title])
    found["one case"] = single_cases(only(bound, SETS["measure 9 alone"]), table)
    show("Measure 9, one case after another", found["one case"])
    found["wrong"] = wrong_answers(bound, table)
    show(f"Wrong answers of {ROWS:,} (the last rows: of all)", found["wrong"])
    keep("peers", found)


def inputs(bound: Bound, flat: pa.Table) -> dict[str, np.ndarray]:
    """The ready facts as the peers take them: yuan as float32, truth as bool, unknown as 0 or false."""
    benefits = {each.benefit.id: each.benefit for each in bound.benefits}
    types = fact_types(tuple(benefits))
    unasked = set(flat.column_names) - set(types) - {"kind", "size"}
    if unasked:
        raise ValueError(f"the pack has changed: peer_rules.py asks for none of {sorted(unasked)}")
    return {name: column_of(name, type_, benefits, flat) for name, type_ in types.items()}


def column_of(name: str, type_: type, benefits: dict[str, Any], flat: pa.Table) -> np.ndarray:
    """One ready fact for the peers."""
    if name.startswith("for "):
        return among(flat, "kind", benefits[name.removeprefix("for ")].subjects)
    if name == "is_enterprise":
        return among(flat, "kind", ["enterprise"])
    if name == "is_sme":
        return among(flat, "size", ["micro", "small", "medium"])
    column = flat.column(name).combine_chunks()
    if type_ is bool:
        return np.asarray(column.fill_null(fill_value=False).to_numpy(zero_copy_only=False))
    return np.asarray((column.fill_null(0).to_numpy() / FEN).astype(np.float32))


def among(flat: pa.Table, name: str, codes: Iterable[str]) -> np.ndarray:
    """Where a code is one of some."""
    column = flat.column(name).combine_chunks().cast(pa.string())
    return np.asarray(pc.is_in(column, value_set=pa.array(list(codes))).to_numpy(zero_copy_only=False))


def throughput(bound: Bound, table: pa.Table) -> list[dict[str, Any]]:
    """Time of each engine, in turn, and what of its answers is wrong."""
    flat_bound, flat = flatten(bound, table)
    flat = flat.combine_chunks()
    benefits = tuple(each.benefit.id for each in bound.benefits)
    facts = inputs(bound, flat)
    ours = assess_columns(flat_bound, flat)
    if not same(ours, assess_columns(bound, table)):
        raise ValueError("ready facts and records give different answers")
    frameworks = {package: Framework(package, benefits) for package in PEERS}
    answers: dict[str, dict[str, np.ndarray]] = {}
    times: dict[str, list[tuple[float, float]]] = {}

    def turn(name: str, function: Callable[[], Any]) -> Any:
        gc.collect()
        cpu, begun = time.process_time(), time.perf_counter()
        result = function()
        times.setdefault(name, []).append((time.perf_counter() - begun, time.process_time() - cpu))
        return result

    for _ in range(ROUNDS):
        turn("kechuang, ready facts, 1 thread", partial(assess_columns, flat_bound, flat, 1))
        turn("kechuang, ready facts, 2 threads", partial(assess_columns, flat_bound, flat, 2))
        turn("kechuang, related records, 2 threads", partial(assess_columns, bound, table, 2))
        for package, framework in frameworks.items():
            simulation = turn(f"{package}, taking in the facts", partial(framework.simulation, facts, YEAR))
            answers[package] = turn(f"{package}, calculating", partial(calculate, simulation, benefits))
    rows = []
    for name, taken in times.items():
        package = name.split(",")[0]
        walls, cpus = zip(*taken, strict=True)
        row = {
            "engine": name,
            "median_ms": 1000 * statistics.median(walls),
            "least_ms": 1000 * min(walls),
            "cpu_ms": 1000 * statistics.median(cpus),
            "answers_per_s": SUBJECTS * len(benefits) / statistics.median(walls),
        }
        if package not in PEERS:
            row["peak_MiB"] = peak_of("kechuang", benefits)
        elif name.endswith("calculating"):
            row |= {"peak_MiB": peak_of(package, benefits), **compare(ours, answers[package])}
        rows.append(row)
    return rows


def same(first: dict[str, BenefitColumns], second: dict[str, BenefitColumns]) -> bool:
    """Whether two runs say the same of every subject."""
    return all(
        np.array_equal(first[key].verdict, second[key].verdict)
        and np.array_equal(first[key].amount, second[key].amount)
        for key in first
    )


def calculate(simulation: Any, benefits: tuple[str, ...], period: str = YEAR) -> dict[str, np.ndarray]:
    """Every benefit of a peer's simulation, in yuan."""
    return {benefit: simulation.calculate(variable(benefit), period) for benefit in benefits}


def compare(ours: dict[str, BenefitColumns], theirs: dict[str, np.ndarray]) -> dict[str, int]:
    """A peer's answers against the exact ones.

    Wrongly refused or paid, a sum off by more than a fen, and money paid where a fact is missing.
    """
    counts = dict.fromkeys(("wrong_yes_no", "off_by_a_fen", "paid_with_facts_missing"), 0)
    for key, columns in ours.items():
        paid, due_fen = theirs[key] > 0, columns.amount
        passes, undetermined = columns.outcome <= 1, columns.outcome == 2
        counts["wrong_yes_no"] += int(((paid != passes) & ~undetermined).sum())
        off = np.abs(theirs[key].astype(np.float64) * FEN - due_fen) > 1
        counts["off_by_a_fen"] += int((off & paid & passes).sum())
        counts["paid_with_facts_missing"] += int((paid & undetermined).sum())
    return counts


def peak_of(engine: str, benefits: tuple[str, ...]) -> float:
    """Memory above that of the loaded facts, measured in a process of its own."""
    title = next(title for title, ids in SETS.items() if len(ids) == len(benefits))
    command = [sys.executable, __file__, "memory", engine, title]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def memory(engine: str, title: str) -> float:
    """Peak of this process, in MiB, when one engine works on the ready facts."""
    bound = only(bind(load_pack(), ON), SETS[title])
    path = RESULTS / f"flat-{len(SETS[title])}.arrow"
    if not path.exists():
        _, flat = flatten(bound, pq.read_table(city_path(SUBJECTS)).combine_chunks())
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, flat.schema) as writer:
            writer.write_table(flat.combine_chunks())
        return float(
            subprocess.run([sys.executable, *sys.argv], check=True, capture_output=True, text=True).stdout
        )
    flat_bound = flatten(bound, empty(bound))[0]
    flat = pa.ipc.open_file(str(path)).read_all()
    if engine == "kechuang":
        assess_columns(flat_bound, flat, 2)
    else:
        facts = inputs(bound, flat)
        calculate(Framework(engine, SETS[title]).simulation(facts, YEAR), SETS[title])
    return peak_mib()


def empty(bound: Bound) -> pa.Table:
    """A city without subjects, which has all the columns."""
    from kechuang.policy.columns.columns import arrow_schema

    return arrow_schema(bound.pack.vocabulary).empty_table()


def single_cases(bound: Bound, table: pa.Table) -> list[dict[str, Any]]:
    """Measure 9 for one case after another: us from the case's records, zen-engine from ready facts."""
    from kechuang.policy.cases.assessment import assess_bound
    from kechuang.policy.columns.casting import to_cases

    cases = list(to_cases(table.slice(0, CASES), bound.pack.vocabulary))
    _, flat = flatten(bound, table.slice(0, CASES))
    facts = inputs(bound, flat)
    facts = {ZEN_NAMES[name]: column for name, column in facts.items()}
    rows = [
        dict(zip(facts, values, strict=True))
        for values in zip(*(column.tolist() for column in facts.values()), strict=True)
    ]
    rule = decision()
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"nine": json.loads(text())}}})
    requests = [{"key": "nine", "context": row} for row in rows]
    times: dict[str, list[float]] = {}
    for _ in range(3):
        for name, function in {
            "kechuang, all reasons and intermediate values": lambda: [
                assess_bound(bound, case) for case in cases
            ],
            "zen-engine, loop": lambda: [rule.evaluate(row) for row in rows],
            "zen-engine, loop with trace": lambda: [rule.evaluate(row, {"trace": True}) for row in rows],
            "zen-engine, batch": lambda: engine.evaluate_batch(requests),
        }.items():
            gc.collect()
            begun = time.perf_counter()
            function()
            times.setdefault(name, []).append(time.perf_counter() - begun)
    return [
        {
            "engine": name,
            "us_per_case": 1e6 * statistics.median(taken) / CASES,
            "cases_per_s": CASES / statistics.median(taken),
        }
        for name, taken in times.items()
    ]


def wrong_answers(bound: Bound, table: pa.Table) -> list[dict[str, Any]]:
    """Wrong answers of each engine on the cases where engines differ. Paying where a fact is missing is wrong too."""
    nine = only(bound, SETS["measure 9 alone"])
    flat_bound, flat = flatten(nine, table.slice(0, 1))
    rows = []
    for edge in edges():
        row: dict[str, Any] = {"cases": edge.name, "kechuang": ours_wrong(flat_bound, flat.schema, edge)}
        facts = peer_facts(edge.before, edge.spend)
        for package in PEERS:
            for label, guarded in (("", True), (" (clause as it reads)", False)):
                paid = peer(package, facts, YEAR, guarded=guarded)
                row[package + label] = wrong(paid, edge.due)
        row["zen-engine"] = zen_wrong(edge)
        rows.append(row)
    return rows + after_expiry(bound) + whole_numbers(flat_bound, flat.schema)


def ours_wrong(bound: Bound, schema: pa.Schema, edge: Edge) -> int:
    """Our wrong answers, from columns."""
    everyone = np.ones(ROWS, dtype=np.bool_)
    columns = {
        "kind": pa.array(["enterprise"] * ROWS),
        "size": pa.nulls(ROWS, pa.string()),
        "9.rd_growth.above_scale": everyone,
        "9.rd_growth.rd_activity": everyone,
        "high_tech_enterprise": everyone,
        "tech_sme": ~everyone,
        "9.rd_growth.spend_before": pa.nulls(ROWS, pa.int64()) if edge.before is None else edge.before,
        "9.rd_growth.spend": edge.spend,
    }
    if set(schema.names) != set(columns):
        raise ValueError(f"the facts of measure 9 have changed: {schema.names}")
    found = assess_columns(bound, pa.table(columns))["9.rd_growth"]
    said = np.where(found.outcome == 2, -1, np.maximum(found.amount, 0))
    return int((said != edge.due).sum())


def peer_facts(before: np.ndarray | None, spend: np.ndarray) -> dict[str, np.ndarray]:
    """High-tech enterprises above scale with R&D activity; a missing figure is left out, and so 0."""
    everyone = np.ones(len(spend), dtype=np.bool_)
    facts = dict.fromkeys(
        ("is_enterprise", "9.rd_growth.above_scale", "9.rd_growth.rd_activity", "high_tech_enterprise"),
        everyone,
    )
    facts["9.rd_growth.spend"] = (spend / FEN).astype(np.float32)
    return (
        facts if before is None else {**facts, "9.rd_growth.spend_before": (before / FEN).astype(np.float32)}
    )


def peer(
    package: str, facts: dict[str, np.ndarray], period: str, *, guarded: bool = True, ends: bool = True
) -> np.ndarray:
    """What a peer pays under measure 9, in yuan."""
    framework = Framework(package, SETS["measure 9 alone"], guarded=guarded, ends=ends)
    return calculate(framework.simulation(facts, period), SETS["measure 9 alone"], period)["9.rd_growth"]


def wrong(paid: np.ndarray, due: np.ndarray) -> int:
    """Rows with another sum than is due (by more than a fen); where it cannot be told yet, rows that pay."""
    off = np.abs(paid.astype(np.float64) * FEN - due) > 1
    return int(np.where(due < 0, paid > 0, off | ((paid > 0) != (due > 0))).sum())


def zen_wrong(edge: Edge) -> int:
    """zen-engine's wrong answers, scaled up from the first CASES rows."""
    rule = decision()
    base = {
        "is_enterprise": True,
        "above_scale": True,
        "rd_activity": True,
        "high_tech": True,
        "tech_sme": False,
    }
    before = [None] * CASES if edge.before is None else (edge.before[:CASES] / FEN).tolist()
    spend = (edge.spend[:CASES] / FEN).tolist()
    paid = [
        rule.evaluate({**base, "rd_spend": now, "rd_spend_before": then})["result"]["amount"]
        for now, then in zip(spend, before, strict=True)
    ]
    return wrong(np.array(paid, dtype=np.float64), edge.due[:CASES]) * ROWS // CASES


def after_expiry(bound: Bound) -> list[dict[str, Any]]:
    """Those who pass, assessed when the document has run out: nobody may be paid."""
    edge = edges()[0]
    facts = peer_facts(edge.before, edge.spend)
    rows = []
    for title, day, period in (
        ("in 2029", date(2029, 1, 1), "2029"),
        ("on 2028-08-01", date(2028, 8, 1), "2028"),
    ):
        late = only(bind(bound.pack, day), SETS["measure 9 alone"])
        flat_bound, _ = flatten(late, empty(late))
        table = pa.table({"kind": pa.array(["enterprise"] * ROWS)})
        found = assess_columns(replace(flat_bound, compiled={}), table)["9.rd_growth"]
        row: dict[str, Any] = {
            "cases": f"document expired, assessed {title}",
            "kechuang": int((found.outcome != 4).sum()),
        }
        for package in PEERS:
            row[package] = int((peer(package, facts, period) > 0).sum())
            row[package + " (clause as it reads)"] = int((peer(package, facts, period, ends=False) > 0).sum())
        row["zen-engine"] = None
        rows.append(row)
    return rows


def whole_numbers(bound: Bound, schema: pa.Schema) -> list[dict[str, Any]]:
    """Sums in fen beyond 32 bits: ours are whole numbers of 64; the peers' are whole numbers (not float) of 32."""
    spend = np.full(ROWS, 3_000_000_000)
    before = np.full(ROWS, 2_700_000_000)
    row: dict[str, Any] = {
        "cases": "30 million yuan in fen, as whole numbers",
        "kechuang": ours_wrong(bound, schema, Edge("", before, spend, due(spend - before))),
    }
    for package in PEERS:
        row[package] = int((Framework(package, ()).whole_numbers(spend) != spend).sum())
    return [row]


if __name__ == "__main__":
    main()
