"""The document and its measures on paper: ordered once, written in the background, kept for the day."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils import timezone, translation
from pdfminer.high_level import extract_text
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.exchange.paper import PaperError
from kechuang.policy import load_pack
from kechuang.reader import papers, tasks

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path


def test_a_paper_that_is_not_written_yet_is_ordered_once_and_a_page_waits(client):
    first = client.get("/packs/example-city/measures/1.pdf")
    second = client.get("/packs/example-city/measures/1.pdf")

    assert (first.status_code, second.status_code) == (202, 202)
    assert "正在排版 PDF" in first.content.decode()
    jobs = ProcrastinateJob.objects.filter(queue_name="papers")
    assert [job.args["what"] for job in jobs] == ["1"]


def test_what_was_ordered_is_written_and_then_served(client):
    client.get("/packs/example-city/measures/1.pdf")
    (job,) = ProcrastinateJob.objects.filter(queue_name="papers")

    tasks.write_paper(**job.args)
    served = client.get("/packs/example-city/measures/1.pdf")

    assert (served.status_code, served["Content-Type"]) == (200, "application/pdf")
    assert b"".join(served.streaming_content).startswith(b"%PDF")


def test_the_paper_of_a_measure_holds_its_words_notes_and_conditions(tmp_path):
    file = papers.write_paper(load_pack("example-city"), "1", "zh", ON)

    text = "".join(extract_text(file).split())
    assert "第1条奖励持续成长企业" in text
    assert "最近年度营业收入超过" in text
    assert "注释：原文词语的编码" in text
    assert "怎样办" in text


def test_a_paper_is_written_once_and_those_of_other_days_go(tmp_path):
    pack = load_pack("example-city")
    old = papers.write_paper(pack, "7", "zh", date(2026, 5, 31))
    file = papers.write_paper(pack, "7", "zh", ON)
    written = file.stat().st_mtime_ns

    assert papers.write_paper(pack, "7", "zh", ON).stat().st_mtime_ns == written
    assert file.exists()
    assert not old.exists()
    assert papers.paper_file(pack, "7", "en", ON) != file


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_paper_of_the_document_holds_every_note_by_measure(language):
    pack = load_pack("weihai-2023-5")

    with translation.override(papers.CODES[language]):
        html = papers.document_html(pack, language, ON)

    assert "增长比例：10%" in html or "required growth of R&amp;D spend: 10%" in html
    assert html.count('<table class="notes">') == 27  # the other measures give nothing, they name duties
    plain = re.sub(r"<sup>.*?</sup>|<[^>]*>|\s", "", html)
    for clause in pack.document.clauses.values():
        assert re.sub(r"\s", "", clause.text) in plain
    assert "<script" not in html


def test_a_machine_that_cannot_make_papers_says_so_once_and_tries_again(client, monkeypatch):
    def lacking(_html):
        raise PaperError(OSError("libpango"))

    monkeypatch.setattr(papers, "pdf_of", lacking)
    pack, today = load_pack("example-city"), timezone.localdate()
    papers.write_paper(pack, "1", "zh", today)

    failed = client.get("/packs/example-city/measures/1.pdf")
    again = client.get("/packs/example-city/measures/1.pdf")

    assert failed.status_code == 503
    assert "libpango" in failed.content.decode()
    assert again.status_code == 202
