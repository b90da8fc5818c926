"""Many actors at once on one appropriation, by every act of the treasury: nothing is lost, nothing happens twice.

By the actions themselves, so that also meets what only follows from acts of other rooms: reserves, holds, awards that
are cancelled, claims. What programs do at a running site is in test_site_storm.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from kechuang.operations import postgres
from processes import kill
from treasury import storm

TESTS = Path(__file__).parents[1]
ACTS = 10_000


@pytest.mark.django_db(transaction=True)
def test_eight_actors_at_once_lose_nothing_and_pay_nothing_twice(tmp_path):
    acks = tmp_path / "acks"
    storm.setup()
    connection.close()
    opened, begun = datetime.now(UTC), time.monotonic()

    def enough() -> bool:
        """Two seconds, and on a busy machine as many more as fifty acts take."""
        gone = time.monotonic() - begun
        return gone > 60 or (gone > 2 and acks.exists() and acks.read_text().count("\n") > 50)

    actors = [threading.Thread(target=storm.work, args=(str(seed), acks, enough)) for seed in range(8)]
    for actor in actors:
        actor.start()
    while not enough():
        time.sleep(0.4)
        _end_one_connection(opened)
    for actor in actors:
        actor.join()

    assert storm.problems(acks) == []
    assert len(acks.read_text().splitlines()) > 50


def _end_one_connection(opened_after: datetime) -> None:
    """End a connection of the actors; those that tests before left open in other threads are not ours to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_start > %s ORDER BY random() LIMIT 1",
            [opened_after],
        )


@pytest.mark.long
def test_sixty_four_actors_while_anything_is_killed(data_folder, monkeypatch):
    monkeypatch.setitem(postgres.SETTINGS, "max_connections", "120")
    server = postgres.Postgres(data_folder)
    server.start()
    acks = data_folder / "acks"
    environment = {
        **os.environ,
        "KECHUANG_DATA": str(data_folder),
        "DATABASE_URL": server.url,
        "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        "STORM_ACKS": str(acks),
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            cwd=TESTS,
        )
        return done.stdout

    def begin(seed: int) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "treasury.storm", "work", str(seed)], env=environment, cwd=TESTS
        )

    run("-m", "django", "migrate", "--verbosity=0")
    run("-m", "treasury.storm", "setup")
    chance = random.Random(4)
    workers = [begin(seed) for seed in range(8)]
    killed = {"worker": 0, "backend": 0, "server": 0}
    done, next_kill = 0, 200
    try:
        while done < ACTS:
            time.sleep(0.2)
            done = acks.read_bytes().count(b"\n") if acks.exists() else 0
            if done < next_kill:
                continue
            next_kill = done + chance.randrange(200, 600)
            what = (
                "server"
                if done > ACTS // 2 and not killed["server"]
                else chance.choice(["worker", "backend"])
            )
            killed[what] += 1
            if what == "worker":
                place = chance.randrange(len(workers))
                workers[place].kill()
                workers[place].wait()
                workers[place] = begin(100 + killed["worker"])
            else:
                kill(what, data_folder, chance)
            if what == "server":
                server.stop()
                server = postgres.Postgres(data_folder)
                server.start()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()

    found = json.loads(run("-m", "treasury.storm", "check"))
    sys.stdout.write(f"{done} acts acknowledged, killed {killed}\n")
    server.stop()
    assert found == []
