"""The samples of docs/api.md and of the description run against the whole site, word for word but for its address."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kechuang.entitlements.api import MAX_CASES, MAX_EXPLAINED, MAX_RECORDS
from kechuang.insight.api import MAX_CHANGES, MAX_SUBJECTS
from kechuang.reader.problems import KINDS
from web.test_matrix import operations

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://localhost:8000"


def samples(language: str) -> list[str]:
    return [found["text"] for found in FENCE.finditer(PAGE) if found["language"] == language]


@pytest.mark.parametrize("sample", samples("python"))
def test_the_python_of_the_page_runs(site, sample, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)

    exec(compile(sample.replace(ADDRESS, site), "docs/api.md", "exec"), {})


@pytest.mark.parametrize("sample", samples("sh"))
def test_the_curl_of_the_page_runs(site, sample):
    done = subprocess.run(
        ["sh", "-ec", sample.replace("curl ", "curl -sS --fail-with-body ").replace(ADDRESS, site)],
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("{")


def test_every_sample_of_the_description_runs(site, description, capsys):
    for methods in description["paths"].values():
        for operation in methods.values():
            if "security" in operation or operation["tags"][0] in {"cases", "challenges", "experts"}:
                continue  # asked with a token, or on a site that has such things, where their room is tested
            curl, python = (sample["source"].replace(ADDRESS, site) for sample in operation["x-codeSamples"])
            done = subprocess.run(
                ["sh", "-ec", curl.replace("curl ", "curl -sS --fail-with-body ", 1)],
                capture_output=True,
                check=False,
                text=True,
            )
            assert done.returncode == 0, f"{curl}\n{done.stdout}{done.stderr}"
            exec(compile(python, operation["operationId"], "exec"), {})
            assert json.loads(done.stdout)
            assert capsys.readouterr().out.startswith("{")


def test_curl_is_there():
    assert shutil.which("curl")


def test_the_page_has_one_line_for_every_operation_and_none_for_what_is_gone():
    lines = re.findall(r"^\| `(\w+) /api(/[^`]*)` \| \S", PAGE, re.MULTILINE)

    assert sorted(lines) == sorted((method, path) for _name, method, path in operations())


def test_the_page_names_every_problem():
    for name, kind in KINDS.items():
        assert f"`{name}`" in PAGE
        assert str(kind.status) in PAGE


def test_the_limits_of_the_page_are_those_of_the_code(settings):
    for words in (
        f"{settings.API_BODY // 1024:,} KB",
        f"{MAX_CASES}, with {MAX_RECORDS:,} related records",
        f"| related records of one explanation, or of one interview | {MAX_EXPLAINED} |",
        f"{settings.API_BURST} at once",
        f"{MAX_SUBJECTS:,}; {MAX_CHANGES} changes",
    ):
        assert words in PAGE
