"""Files that visitors upload, and runs carried out to their end."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kechuang.reference.uscc import make_uscc

ON, YEAR = date(2024, 6, 1), 2023


def code(number: int) -> str:
    return make_uscc("9", "1", "371002", f"MA{number:06d}")


def enterprise(number: int, spend: str = "900万元", before: str = "600万元") -> dict[str, object]:
    return {
        "uscc": code(number),
        "name": f"海滨{number}号公司",
        "kind": "enterprise",
        "district": "371002",
        "statuses": [{"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}],
        "years": [
            {"year": 2023, "rd_spend": spend, "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": before},
        ],
    }


def upload(cases: object, name: str = "企业.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, json.dumps(cases, ensure_ascii=False).encode())


@pytest.fixture
def make_enterprise():
    return enterprise


@pytest.fixture
def make_upload():
    return upload


@pytest.fixture
def carried_out(db, settings, tmp_path):
    """A function that assesses these cases (or this upload) as the worker would, and gives the run."""
    settings.MEDIA_ROOT = tmp_path / "uploads"

    from kechuang.entitlements import actions, tasks  # once Django is set up
    from kechuang.entitlements.models import Run

    def carry_out(cases: object) -> Run:
        file = cases if isinstance(cases, SimpleUploadedFile) else upload(cases)
        run = actions.start_run(file, ON, YEAR, "zh")
        tasks.assess_run(run.id)
        run.refresh_from_db()
        return run

    return carry_out
