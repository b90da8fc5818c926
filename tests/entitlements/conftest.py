"""Files that visitors upload, and runs carried out to their end."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.language.vocabulary import packs_folder
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
        "statuses": [
            {"kind": "high_tech_enterprise", "granted_on": "2022-12-12", "expires_on": "2025-12-11"}
        ],
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


@pytest.fixture
def stricter(tmp_path):
    """Next year's pack: R&D spend must grow by 60 %, not 10 %."""
    folder = tmp_path / "packs-made" / "weihai-2023-5"
    shutil.copytree(packs_folder() / "weihai-2023-5", folder)
    for name in ("measures/09.yaml", "source.txt"):
        file = folder / name
        file.write_text(
            file.read_text("utf-8").replace("增长 10%", "增长 60%").replace("value: 10%", "value: 60%"),
            "utf-8",
        )
    examples = folder / "measures" / "09.yaml"
    text = examples.read_text("utf-8")
    examples.write_text(text[: text.index("    examples:")] if "    examples:" in text else text, "utf-8")
    return load_pack(folder)
