"""Approvers and payers at a running site, by its API, while its processes are killed: never lost, never twice."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from kechuang.operations.postgres import url_of
from processes import FOUND, comes_true, kill, processes_of
from treasury.clients import Client, Site

TESTS = Path(__file__).parents[1]
KECHUANG = Path(sys.executable).with_name("kechuang")
SEED = 4
ACTS = int(os.environ.get("STORM_ACTS", "10000"))  # of the long campaign
SECONDS = float(os.environ.get("STORM_SECONDS", "inf"))  # that it may take; it ends then with fewer acts
ONE_OF_EACH = ("worker", "web process", "backend", "server")
WEIGHTS = {"web process": 4, "worker": 3, "backend": 3, "web server": 1, "server": 1}


@dataclass(frozen=True)
class Campaign:
    """How large it is, after how many acts what is killed, and by when it ends if it has not before."""

    acts: int
    people: int
    cases: int
    kills: Iterator[tuple[int, str]]
    seconds: float = math.inf


def one_of_each() -> Iterator[tuple[int, str]]:
    """A process of each sort, at even distances in the first hundred acts."""
    yield from ((25 * place, what) for place, what in enumerate(ONE_OF_EACH, start=1))


def at_random(chance: random.Random) -> Iterator[tuple[int, str]]:
    """Anything at any time, some dozens of acts apart; each sort among the first."""
    done, first = 0, chance.sample(list(FOUND), len(FOUND))
    while True:
        done += chance.randrange(30, 150)
        yield done, first.pop() if first else chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]


def test_programs_lose_nothing_and_pay_nothing_twice_while_one_of_each_is_killed(data_folder, running_site):
    hold(Campaign(acts=150, people=8, cases=6, kills=one_of_each()), data_folder, running_site)


@pytest.mark.long
def test_sixty_four_programs_while_anything_is_killed(data_folder, running_site):
    campaign = Campaign(acts=ACTS, people=64, cases=20, kills=at_random(random.Random(SEED)), seconds=SECONDS)
    hold(campaign, data_folder, running_site)


def hold(campaign: Campaign, data: Path, running_site: Any) -> None:
    """A campaign on a site of its own, and all that must hold after it, found by the check and by `kechuang verify`."""
    environment = {
        **os.environ,
        "KECHUANG_DATA": str(data),
        "DATABASE_URL": url_of(data),
        "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        "DEMO": "1",  # a clock that can stand after the notice
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
    }
    with running_site(data, API_RATE="0", DEMO="1") as (address, _):
        told = json.loads(_run(environment, "site_city", str(campaign.cases), str(campaign.people)))
        site = Site(address, told["cases"])
        begun = time.monotonic()
        killed = storm(site, told["people"], campaign, data)
        seconds = time.monotonic() - begun
        assert comes_true(lambda: all(found(data) for found in FOUND.values())), processes_of(data)
        acts = data / "acts.json"
        acts.write_text(json.dumps([asdict(act) for act in site.acts]))
        verify = subprocess.Popen([KECHUANG, "verify"], env=environment, stdout=subprocess.PIPE, text=True)
        found = json.loads(_run(environment, "site_check", str(acts)))
        verified = verify.communicate()[0]
    answers = Counter(act.status for act in site.acts)
    sent_again = sum(bool(act.unanswered) for act in site.acts)
    sys.stdout.write(
        f"{site.done} acts acknowledged in {seconds:.0f} s, answers {dict(answers)}, "
        f"{sent_again} acts sent again after silence, killed {dict(killed)}\n"
    )

    assert site.strange == []
    assert found == []
    assert verify.returncode == 0, verified
    assert site.done >= campaign.acts or seconds >= campaign.seconds
    assert killed


def storm(site: Site, people: list[Mapping[str, Any]], campaign: Campaign, data: Path) -> Counter[str]:
    """Everybody acts until enough is done, while processes are killed; how many of which sort were."""
    chance, killed = random.Random(SEED), Counter[str]()
    clients = [threading.Thread(target=Client(site, one, seed).run) for seed, one in enumerate(people)]
    for client in clients:
        client.start()
    ends = time.monotonic() + campaign.seconds
    try:
        for at, what in campaign.kills:
            if not _awaited(site, at, ends) or site.done >= campaign.acts:
                break
            kill(what, data, chance)
            killed[what] += 1
        _awaited(site, campaign.acts, ends)
    finally:
        site.over.set()
        for client in clients:
            client.join()
    return killed


def _awaited(site: Site, acts: int, ends: float) -> bool:
    """Whether so many acts were done in time."""
    while site.done < acts and time.monotonic() < ends and not site.over.is_set():
        time.sleep(0.05)
    return site.done >= acts


def _run(environment: Mapping[str, str], module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", f"treasury.{module}", *arguments]
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True, cwd=TESTS
    ).stdout
