"""Simulations over HTTP: the JSON of the command, every change that cannot be made named, one at a time."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kechuang.cli import main
from kechuang.insight import api

ON = "2024-06-01"
RATE = "9.rd_growth.subsidy_rate"
SMALL = {"on": ON, "population": {"subjects": 600, "seed": 3}}


def test_a_simulation_is_what_the_command_writes(ask, tmp_path, capsys):
    out = tmp_path / "simulation.json"
    words = [
        "simulate",
        "--on",
        ON,
        "--subjects",
        "600",
        "--seed",
        "3",
        "--set",
        f"{RATE}=6%",
        "--by",
        "size,district",
    ]
    main([*words, "--solve", RATE, "--appropriation", "200万元", "--out", str(out), "--language", "en"])
    solve = {"parameter": RATE, "appropriation": "200万元"}

    response = ask(
        "simulate?language=en", SMALL | {"changes": {RATE: "6%"}, "by": ["size", "district"], "solve": solve}
    )

    assert response.status_code == 200
    assert response.json() == json.loads(out.read_text(encoding="utf-8"))


def test_a_changed_reading_and_the_sensitivity_are_told(ask):
    found = ask("simulate", SMALL | {"switch": {"I-9": "both"}, "sensitivity": True}).json()

    assert [(one["kind"], one["key"]) for one in found["changes"]] == [("reading", "I-9")]
    assert found["reform"]["readings"]["I-9"] == "both"
    assert found["sensitivity"]
    assert "solution" not in found


def test_another_pack_can_take_the_place_of_the_law(ask):
    found = ask("simulate", SMALL | {"on": "2026-06-01", "pack_after": "example-city"}).json()

    assert (found["law"]["pack"], found["reform"]["pack"]) == ("weihai-2023-5", "example-city")


def test_what_is_not_changed_is_the_law(ask):
    found = ask("simulate", SMALL).json()

    assert found["changes"] == []
    assert all(one["change_fen"] == 0 for one in found["strands"].values())
    assert found["population"]["synthetic"] is True


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"changes": {"9.rd_growth.nothing": "6%"}}, "/changes/9.rd_growth.nothing"),
        ({"changes": {RATE: "6"}}, f"/changes/{RATE}"),
        ({"changes": {RATE: 6}}, f"/changes/{RATE}"),
        ({"changes": {RATE: "-1%"}}, f"/changes/{RATE}"),
        ({"changes": {"22.award.sums[nowhere]": "1元"}}, "/changes/22.award.sums[nowhere]"),
        ({"changes": {"a/b~": "1"}}, "/changes/a~1b~0"),
        ({"changes": dict.fromkeys(map(str, range(51)), "1")}, "/changes"),
        ({"switch": {"I-9": "x"}}, "/switch/I-9"),
        ({"switch": {"I-99": "x"}}, "/switch/I-99"),
        ({"pack_after": "nowhere"}, "/pack_after"),
        ({"pack": "example-city", "on": "2026-06-01", "pack_after": "weihai-2023-5"}, "/pack_after"),
        ({"population": {"subjects": 0}}, "/population/subjects"),
        ({"population": {"subjects": 100_001}}, "/population/subjects"),
        ({"population": {"subjects": 5.5}}, "/population/subjects"),
        ({"population": {"seed": -1}}, "/population/seed"),
        ({"by": ["colour"]}, "/by/0"),
        ({"by": ["size"] * 4}, "/by"),
        ({"sensitivity": "yes"}, "/sensitivity"),
        ({"solve": {"parameter": "x", "appropriation": 1}}, "/solve/parameter"),
        ({"solve": {"parameter": RATE, "appropriation": "much"}}, "/solve/appropriation"),
        ({"solve": {"parameter": RATE, "appropriation": -1}}, "/solve/appropriation"),
        ({"solve": {"parameter": RATE, "appropriation": 10**16}}, "/solve/appropriation"),
        ({"solve": {"parameter": RATE}}, "/solve/appropriation"),
        ({"on": "2022-06-01", "solve": {"parameter": RATE, "appropriation": 1}}, "/solve/parameter"),
    ],
)
def test_what_cannot_be_simulated_names_its_place(ask, more, pointer):
    response = ask("simulate", SMALL | more)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith(pointer)
    assert response.json()["errors"][0]["expected"]


@pytest.mark.parametrize(("on", "year"), [("1900-01-01", 2200), ("2200-12-31", 1900), ("2028-07-13", None)])
def test_days_far_away_simulate_nothing_and_break_nothing(ask, on, year):
    found = ask("simulate", {"on": on, "year": year, "population": {"subjects": 50}}).json()

    assert all(one["after_fen"] == 0 for one in found["strands"].values())


def test_one_simulation_at_a_time_and_the_others_are_told_when_to_come_back(ask, monkeypatch):
    begun, end = threading.Event(), threading.Event()
    real = api._simulated

    def slow(*asked):
        begun.set()
        assert end.wait(60)
        return real(*asked)

    monkeypatch.setattr(api, "_simulated", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(ask, "simulate", SMALL)
        assert begun.wait(60)
        second = ask("simulate", SMALL)
        end.set()

    assert first.result().status_code == 200
    assert second.status_code == 503
    assert second.json()["type"] == "/api/problems/busy"
    assert int(second["Retry-After"]) > 0
    assert ask("simulate", SMALL).status_code == 200
