"""Story 7: an auditor reads everything and changes nothing; everything that was decided can be derived again."""

from __future__ import annotations

import hashlib
import re
import zipfile

import pytest

from stories.acting import become, download, fill, kechuang, press, says, visit

pytestmark = pytest.mark.story

CASE = "2026-9-02-00001"
PLACES = (
    "/cases/", f"/cases/{CASE}/", "/calls/2026-9-02/", "/notices/2026-9-02-N1/", "/objections/", "/treasury/",
    "/treasury/to-pay/", "/treasury/batches/", "/treasury/receivables/", "/organisations/", "/sweeps/", "/journal/",
    "/panels/", "/draws/", "/recusal-requests/", "/projects/", "/pools/", "/letters/",
)  # fmt: skip
DERIVED = (
    ("事件链", "events"), ("封签", "seals"), ("决定", "decisions"), ("专家抽取", "draws of experts"),
    ("评分表和评审会", "sheets and meetings"), ("金额分配", "allocations"), ("风险资金池", "risk pools"),
    ("推荐函和确认函", "letters"),
)  # fmt: skip
"""Some of what `kechuang verify` derives again; there is at least one of each."""


def test_the_auditor_says_why_reads_everything_and_finds_nothing_to_change(page):
    become(page, "shenji")
    says(page, "开始工作时段")
    fill(page, {"reason": "专项审计：2026 年度研发投入递增补助。"})
    press(page, "开始")

    for place in PLACES:
        visit(page, place)
        assert page.url.endswith(place), page.url
        kept = page.locator("main form[method=post]").evaluate_all("all => all.map(one => one.action)")
        assert [one for one in kept if "/save/" not in one and "/select/" not in one] == [], place


def test_the_auditor_takes_the_dossier_and_checks_its_hashes(page, tmp_path):
    become(page, "shenji")
    visit(page, f"/cases/{CASE}/")
    path = download(page, page.get_by_role("link", name="下载卷宗（ZIP）"), tmp_path)

    with zipfile.ZipFile(path) as archive:
        sums = archive.read("SHA256SUMS").decode().splitlines()
        for line in sums:
            known, name = line.split("  ", 1)
            assert hashlib.sha256(archive.read(name)).hexdigest() == known
        names = set(archive.namelist())
        assert archive.read("dossier.pdf").startswith(b"%PDF")
        assert "专项审计发现部分研发费用凭证与实际不符" in archive.read("events.jsonl").decode()
    assert {"case.json", "facts.json", "ledger.json", "decision.json", "notice-2026-9-02-N1.json"} <= names


def test_everything_is_as_it_was_done(demo_site):
    found = kechuang(demo_site.data, "verify")

    assert found.returncode == 0, found.stdout + found.stderr
    assert "全部相符" in found.stdout or "everything is as it was done" in found.stdout
    derived = dict(re.findall(r"^(.+?)(?:：|: )([\d,]+) ", found.stdout, re.MULTILINE))
    for zh, en in DERIVED:
        assert int(derived.get(zh, derived.get(en, "0")).replace(",", "")), (zh, found.stdout)
