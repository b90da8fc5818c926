"""The interview: choosing the next question, what would change a refusal, and its pages under a steady load.

Without an argument the library alone; with the address of a running site its pages too, 100 requests a second for
20 seconds each.
"""

from __future__ import annotations

import re
import statistics
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

from common import ON, keep, machine, show
from whole_pack import SEED

from kechuang.policy import load_pack
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.columns.casting import to_cases
from kechuang.policy.encoding.binding import bind
from kechuang.policy.interview import Answer, Lists, Question, changes, put, step, why
from kechuang.policy.interview.keys import selector
from kechuang.population.generate import generate

CASES = 300
RATE, SECONDS, CLIENTS = 100, 20, 16
VOCABULARY = load_pack().vocabulary
VISITOR = {
    "kind": "enterprise", "records": ["statuses", "contracts"], "statuses": ["tech_sme"],
    "contracts": ["development"],
}  # fmt: skip


def main() -> None:
    """Measure the library, then the pages of the site named."""
    print(machine())
    rows, questions = interviews()
    show("Interviews of a synthetic city (milliseconds)", rows)
    print(f"questions asked: median {statistics.median(questions):.0f}, most {max(questions)}")
    found: dict[str, Any] = {"steps": rows, "questions": questions}
    if len(sys.argv) > 1:
        found["pages"] = [under_load(name, sys.argv[1], path) for name, path in pages(sys.argv[1]).items()]
        show(f"Pages, {RATE} requests a second (milliseconds)", found["pages"])
    keep("ask", found)


def interviews() -> tuple[list[dict[str, Any]], list[int]]:
    """Every subject is interviewed from nothing, and answers as its facts say."""
    bound = bind(load_pack(), ON)
    cases = list(to_cases(generate(CASES, SEED, ON.year - 1, ON), VOCABULARY))
    why(step(bound, {}).question, bound)  # type: ignore[arg-type]  # written once, before the first visitor
    steps, changed, questions = [], [], []
    for case in cases:
        facts: dict[str, Any] = {}
        settled: frozenset[str] = frozenset()
        asked = 0
        while True:
            begun = time.perf_counter(), time.process_time()
            question = step(bound, facts, settled).question
            if question is None:
                break
            answer = told(question, case)
            facts, settled = put(facts, settled, question.key, answer, VOCABULARY)
            steps.append(_since(begun))
            asked += 1
        questions.append(asked)
        begun = time.perf_counter(), time.process_time()
        assessment = assess_bound(bound, facts)
        for benefit in assessment.results:
            changes(assessment, benefit)
        changed.append(_since(begun))
    return [
        {"what": "an answer taken and the next question chosen", **_spread(steps)},
        {"what": "what would change all refusals of a subject", **_spread(changed)},
    ], questions


def told(question: Question, case: dict[str, Any]) -> Answer:
    """What the subject of a case answers."""
    fact = question.fact
    if fact is None:
        names = [one.code for one in question.options]
        return Lists(tuple(n for n in names if case.get(n)), tuple(n for n in names if not case.get(n)))
    rows = case.get(fact.record) or ()
    if fact.record == "subject":
        return case.get(str(fact.field))  # type: ignore[no-any-return]
    if fact.field is None:
        by = selector(VOCABULARY.records[fact.record])
        if by is None:
            return min(len(rows), 20)
        codes = [row.get(by) for row in rows]
        return {one.code: min(codes.count(one.code), 20) for one in question.options if one.code in codes}
    if fact.record == "years":
        rows = [row for row in rows if row.get("year") == fact.year]
    else:  # the record of this code and place, as the answer about its list has laid them out
        _, place, _ = question.key.split(".")
        code, _, nth = place.partition("-")
        by = selector(VOCABULARY.records[fact.record])
        rows = [row for row in rows if code.isdecimal() or row.get(by) == code][int(nth or 1) - 1 :]
    return rows[0].get(fact.field) if rows else None  # type: ignore[no-any-return]


def pages(site: str) -> dict[str, str]:
    """Addresses on the way of a visitor: a question early and late, with its answer, and the results."""
    found = {"first page": "/ask/", "first question": "/ask/questions/"}
    path = "/ask/questions/"
    while True:
        with urllib.request.urlopen(site + path, timeout=60) as response:
            address, page = response.geturl(), response.read().decode()
        if "/ask/results/" in address:
            found["results"] = address.removeprefix(site)
            return found
        state, key = (re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("s", "q"))  # type: ignore[index]
        query: dict[str, Any] = {"s": state, "q": key, "v": VISITOR[key]} if key in VISITOR else {}
        path = "/ask/questions/?" + urllib.parse.urlencode(
            query or {"s": state, "q": key, "unknown": 1}, doseq=True
        )
        found[f"answer of {key}" if key in VISITOR else "answer late"] = path


def under_load(name: str, site: str, path: str) -> dict[str, Any]:
    """Latencies from the moment that a request was due, at a steady rate that does not wait for answers."""
    host = urllib.parse.urlparse(site).netloc
    due = iter([index / RATE for index in range(RATE * SECONDS)])
    lock, start, took, failed = threading.Lock(), time.perf_counter() + 0.5, [], []

    def visit() -> None:
        connection = HTTPConnection(host, timeout=60)
        while True:
            with lock:
                at = next(due, None)
            if at is None:
                return
            time.sleep(max(0.0, start + at - time.perf_counter()))
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            took.append((time.perf_counter() - start - at) * 1000)
            if response.status >= 400:
                failed.append(response.status)

    _all(visit)
    took.sort()
    quantile: Callable[[float], float] = lambda part: took[int(len(took) * part)]  # noqa: E731
    return {
        "page": name, "median": quantile(0.5), "p95": quantile(0.95), "p99": quantile(0.99), "failed": len(failed),
    }  # fmt: skip


def _all(visit: Callable[[], None]) -> None:
    clients = [threading.Thread(target=visit) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    return (time.perf_counter() - begun[0]) * 1000, (time.process_time() - begun[1]) * 1000


def _spread(took: list[tuple[float, float]]) -> dict[str, float]:
    walls, cpus = sorted(wall for wall, _ in took), sorted(cpu for _, cpu in took)
    return {
        "median": statistics.median(walls),
        "p95": walls[int(len(walls) * 0.95)],
        "most": walls[-1],
        "cpu median": statistics.median(cpus),
        "cpu p95": cpus[int(len(cpus) * 0.95)],
        "cpu most": cpus[-1],
    }


if __name__ == "__main__":
    main()
