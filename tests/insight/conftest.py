"""A site with its own data folder, and the worker's jobs done at once when a test says so."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


@pytest.fixture
def folder(db, settings, tmp_path):
    """Populations and uploads of this test alone."""
    settings.DATA = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path


@pytest.fixture
def work(folder):
    """A function that does what the worker would: populations, then questions."""
    from kechuang.insight import working  # once Django is set up
    from kechuang.insight.models import Population, Simulation

    def do() -> None:
        for population in Population.objects.all():
            working.make(population)
        for simulation in Simulation.objects.all():
            working.answer(simulation.pk)

    return do


@pytest.fixture
def uploaded(folder):
    """A finished run over two enterprises that get something under measure 9."""
    from kechuang.entitlements import actions, tasks
    from kechuang.reference.uscc import make_uscc

    def enterprise(number: int, spend: str) -> dict[str, object]:
        return {
            "uscc": make_uscc("9", "1", "371002", f"MA{number:06d}"),
            "name": f"海滨{number}号公司",
            "kind": "enterprise",
            "district": "371002",
            "statuses": [
                {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
            ],
            "years": [
                {"year": 2023, "rd_spend": spend, "above_scale": True, "has_rd_activity": True},
                {"year": 2022, "rd_spend": "600万元"},
            ],
        }

    cases = [enterprise(1, "900万元"), enterprise(2, "2000万元")]
    file = SimpleUploadedFile("企业.json", json.dumps(cases, ensure_ascii=False).encode())
    run = actions.start_run(file, date(2024, 6, 1), 2023, "zh")
    tasks.assess_run(run.id)
    run.refresh_from_db()
    return run
