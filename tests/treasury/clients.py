"""Programs of many people that act at one running site, and never take silence for an answer.

Each sends its act again, unchanged, until it is answered: with the revision that it saw, with the same sum, hash and
voucher, under the same Idempotency-Key. A few are sent once more though they were done, as by a double click.
"""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

SECONDS = 30  # until silence is silence
PATIENCE = 180  # seconds in which a site that was killed must answer again
DONE, REFUSED, BROKEN = 200, 409, 500
TWICE = 0.05  # of the acts that were done are sent again


@dataclass
class Act:
    """An act as its client knows it: what was asked, how it was answered, and how often nothing came back."""

    user: int
    path: str
    body: dict[str, Any]
    status: int
    answer: dict[str, Any]
    unanswered: int


@dataclass
class Site:
    """The address, what was answered so far, and what should never have been."""

    address: str
    cases: list[str]
    acts: list[Act] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> int:
        """How many acts were acknowledged as done."""
        return sum(act.status == DONE for act in list(self.acts))

    def ask(
        self, token: str, path: str, body: dict[str, Any] | None = None, key: str = ""
    ) -> tuple[int, Any]:
        """Status and answer; status 500 also when none came."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(f"{self.address}/api/{path}", data, headers)
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    return error.code, json.load(error)
                except (OSError, HTTPException, ValueError):
                    return BROKEN, None
        except (OSError, HTTPException, ValueError):
            return BROKEN, None


class Client:
    """One person's program."""

    def __init__(self, site: Site, person: Mapping[str, Any], seed: int) -> None:
        self.site = site
        self.user: int = person["user"]
        self.tokens: dict[str, str] = person["tokens"]
        self.random = random.Random(seed)

    def run(self) -> None:
        """Act until it is over; what was begun is brought to its end."""
        while not self.site.over.is_set():
            role = self.random.choice(list(self.tokens))
            if not self.random.choice(ACTS[role])(self, role):
                time.sleep(0.4)

    def read(self, role: str, path: str) -> Any:
        """What stands there; None when nothing came."""
        status, answer = self.site.ask(self.tokens[role], path)
        if status not in {DONE, BROKEN}:
            self.site.strange.append(f"{role} GET {path}: {status} {answer}")
        return answer if status == DONE else None

    def act(self, role: str, path: str, body: dict[str, Any]) -> bool:
        """Do something until there is an answer, and keep what it was."""
        key = f"{self.user}-{self.random.getrandbits(64):x}"
        begun, unanswered = time.monotonic(), 0
        while True:
            status, answer = self.site.ask(self.tokens[role], path, body, key)
            if status < BROKEN:
                break
            unanswered += 1
            if time.monotonic() - begun > PATIENCE:
                self.site.strange.append(f"{role} POST {path}: no answer in {PATIENCE} s")
                self.site.over.set()
                break
            time.sleep(self.random.uniform(0.1, 0.5))
        if status not in {DONE, REFUSED, BROKEN}:
            self.site.strange.append(f"{role} POST {path} {body}: {status} {answer}")
        self.site.acts.append(Act(self.user, path, body, status, answer or {}, unanswered))
        if status == DONE and self.random.random() < TWICE:
            self.site.ask(self.tokens[role], path, body, key)
        return True

    def move(self, role: str) -> bool:
        """An act on a case at random, with the revision that is seen."""
        number = self.random.choice(self.site.cases)
        seen = self.read(role, f"cases/{number}") or {"acts": []}
        possible = [one["command"] for one in seen["acts"] if not one["hindrance"]]
        wanted = [
            one
            for one in possible
            if one in MOVES[role] and (one, seen["state"]) != ("reconsider", "decided")
        ]
        if not wanted:
            return False
        body: dict[str, Any] = {"revision": seen["revision"]}
        command = self.random.choice(wanted)
        if command in {"recommend", "determine"}:
            body["amount_fen"] = self.random.choice([seen["declared_fen"], seen["declared_fen"] // 2])
        if command == "reconsider":
            body["reason"] = "x"
        return self.act(role, f"cases/{number}/acts/{command}", body)

    def prepare(self, role: str) -> bool:
        """Up to three awards that are due."""
        due = [one["id"] for one in (self.read(role, "treasury/due") or {"awards": []})["awards"]]
        chosen = self.random.sample(due, min(len(due), self.random.randrange(1, 4)))
        return bool(chosen) and self.act(role, "treasury/batches", {"awards": sorted(chosen)})

    def approve(self, role: str) -> bool:
        """The sum that is seen; also of a batch that one has prepared oneself, which is refused."""
        batch = self.batch(role, "prepared")
        return batch is not None and self.act(
            role, f"{_of(batch)}/approve", {"amount_fen": batch["amount_fen"]}
        )

    def send(self, role: str) -> bool:
        """By the hash of its file."""
        batch = self.batch(role, "approved")
        return batch is not None and self.act(role, f"{_of(batch)}/sent", {"sha256": batch["sha256"]})

    def settle(self, role: str) -> bool:
        """The bank pays, or sends back, also what it has paid before."""
        batch = self.batch(role, "sent", "sent", "settled")
        whole = batch and self.read(role, _of(batch))
        if not whole:
            return False
        waiting = [one["number"] for one in whole["payments"] if one["state"] in {"sent", "paid"}]
        results = [self.result(number) for number in waiting]
        return bool(results) and self.act(role, f"{_of(batch)}/results", {"results": results})

    def result(self, number: str) -> dict[str, Any]:
        """What the bank says of a payment: the same voucher whenever it says that it has paid."""
        if self.random.random() < 0.5:
            return {"number": number, "paid": True, "on": "2026-04-10", "reference": f"V{number}"}
        return {"number": number, "paid": False, "on": "2026-04-10", "reason": "户名不符"}

    def withdraw(self, role: str) -> bool:
        """A whole batch, before it is sent."""
        batch = self.batch(role, "prepared", "approved")
        return batch is not None and self.act(role, f"{_of(batch)}/withdraw", {"reason": "x"})

    def take_out(self, role: str) -> bool:
        """One payment out of a batch, before it is sent."""
        batch = self.batch(role, "prepared", "approved")
        whole = batch and self.read(role, _of(batch))
        if not whole:
            return False
        number = self.random.choice(whole["payments"])["number"]
        return self.act(role, f"{_of(batch)}/payments/{number}/withdraw", {"reason": "x"})

    def batch(self, role: str, *states: str) -> dict[str, Any] | None:
        """A batch among the newest in one of these states, so that several often want the same."""
        state = self.random.choice(states)
        told = self.read(role, "treasury/batches") or {"batches": []}
        found = [one for one in told["batches"] if one["state"] == state][:12]
        return self.random.choice(found) if found else None


def _of(batch: Mapping[str, Any]) -> str:
    return f"treasury/batches/{batch['number']}"


MOVES = {
    "district_officer": {"recommend"},
    "officer": {"accept", "renew"},
    "decider": {"determine", "reconsider", "decide"},
}
ACTS: dict[str, list[Callable[[Client, str], bool]]] = {
    **{role: [Client.move] for role in MOVES},
    "accountant": [Client.prepare] * 4
    + [Client.send] * 4
    + [Client.settle] * 5
    + [Client.withdraw, Client.take_out],
    "treasurer": [Client.approve],
}
