"""The pages of an upload and of its results."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.entitlements.models import Run

pytestmark = pytest.mark.django_db
POLL = {"HX-Request": "true", "HX-Target": "progress"}


@pytest.fixture
def run(carried_out, make_enterprise):
    """Three enterprises that differ in what they may apply for, and one refused."""
    return carried_out(
        [
            make_enterprise(1),
            make_enterprise(2, spend="2600万元", before="600万元"),
            make_enterprise(3, spend="601万元"),
            make_enterprise(4, spend="很多"),
        ]
    )


def page(client, address, **query):
    return client.get(address, query).content.decode()


def test_the_first_page_names_the_policy_and_counts_it(client):
    said = page(client, "/")

    for words in ("威政发〔2023〕5号", "2023-07-13", "2028-07-12", ">32<", ">4<", ">57<"):
        assert words in said


@pytest.mark.parametrize(("language", "sheet"), [("zh", "主体"), ("en", "Subjects")])
def test_the_empty_workbook_comes_in_both_languages(client, language, sheet):
    answer = client.get(f"/template/{language}.xlsx")

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True)
    assert any(sheet in name for name in book.sheetnames)


def test_an_upload_leads_to_an_address_that_nobody_can_guess(
    client, settings, tmp_path, make_upload, make_enterprise
):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    given = {"file": make_upload([make_enterprise(1)]), "on": "2024-06-01", "year": "2023"}

    answer = client.post("/assessments/", given)

    made = Run.objects.get()
    assert answer.url == f"/assessments/{made.id}/"
    assert len(made.id) >= 22  # 128 bits in base64
    assert (made.on, made.year, made.file_name) == (date(2024, 6, 1), 2023, "企业.json")
    assert made.pack_hash


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "请选择要测算的文件。"),
        ({"file": SimpleUploadedFile("空.xlsx", b"")}, "这份文件是空的"),
        ({"on": "昨天"}, "测算日请写成"),
        ({"on": "2024-06-01", "year": "2025"}, "不晚于测算日所在年份"),
        ({"on": "0999-01-01", "year": "998"}, "2000 年至 2099 年"),
    ],
)
def test_a_form_with_faults_comes_back_with_what_to_do_and_loses_nothing(client, given, words):
    answer = client.post("/assessments/", {"on": "2024-06-01", "year": "2023", **given})

    said = answer.content.decode()
    assert answer.status_code == 422
    assert said.count(words) >= 2  # in the summary and beside the field
    assert f'value="{given.get("on", "2024-06-01")}"' in said
    assert not Run.objects.exists()


def test_progress_shows_without_a_script_and_by_polling(client, run):
    Run.objects.filter(pk=run.pk).update(state=Run.State.ASSESSING, done=120, total=300)

    whole = page(client, f"/assessments/{run.id}/")
    polled = client.get(f"/assessments/{run.id}/", headers=POLL).content.decode()

    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in whole
    assert 'max="300" value="120"' in whole
    assert "已测算 120 / 300 家" in polled
    assert "<html" not in polled


def test_polling_reloads_the_page_once_the_work_has_ended(client, run):
    answer = client.get(f"/assessments/{run.id}/", headers=POLL)

    assert answer.headers["HX-Refresh"] == "true"


def test_a_run_whose_job_was_given_up_says_so(client, run):
    Run.objects.filter(pk=run.pk).update(state=Run.State.READING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [run.job])
    assert ProcrastinateJob.objects.get(pk=run.job).status == "failed"

    assert "请重新上传" in page(client, f"/assessments/{run.id}/")


def test_results_open_with_the_sums_and_the_count_of_rows(client, run):
    said = page(client, f"/assessments/{run.id}/")

    assert "115.00 万元" in said
    assert "文件共 16 行 = 已测算 12 行 + 未受理 4 行" in said
    assert "合计 3 家" in said


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, [1, 2, 3]),
        ({"q": "海滨2"}, [2]),
        ({"benefit": "9.rd_growth", "outcome": "may_apply"}, [1, 2]),
        ({"benefit": "9.rd_growth", "outcome": "not_eligible"}, [3]),
        ({"outcome": "may_apply"}, [1, 2]),
        ({"sort": "ceiling"}, [2, 1, 3]),
        ({"kind": "university"}, []),
        ({"outcome": "no such outcome", "sort": "no such order", "page": "x"}, [1, 2, 3]),
    ],
)
def test_subjects_are_filtered_and_sorted_by_the_address(client, run, query, names):
    said = page(client, f"/assessments/{run.id}/", **query)

    assert [int(number) for number in re.findall(r">海滨(\d)号公司<", said)] == names


def test_a_list_costs_the_same_few_queries_however_long_it_is(
    client, carried_out, make_enterprise, django_assert_num_queries
):
    for size in (1, 60):
        run = carried_out([make_enterprise(number) for number in range(size)])
        with django_assert_num_queries(4):  # the run, the sums, the choices, the rows
            client.get(f"/assessments/{run.id}/")
        with django_assert_num_queries(1):
            client.get(f"/assessments/{run.id}/benefits/")
        with django_assert_num_queries(1):
            client.get(f"/assessments/{run.id}/missing/")
        with django_assert_num_queries(2):  # the run, the number of faults
            client.get(f"/assessments/{run.id}/refused/")
        with django_assert_num_queries(2):  # the run, the subject
            client.get(f"/assessments/{run.id}/subjects/1/")


def test_a_long_list_is_paged(client, carried_out, make_enterprise):
    run = carried_out([make_enterprise(n) for n in range(60)])

    first, second = (page(client, f"/assessments/{run.id}/", page=number) for number in (1, 2))

    assert first.count("号公司</a>") == 50
    assert second.count("号公司</a>") == 10
    assert "合计 60 家" in second


def test_a_subject_opens_to_the_clause_the_facts_and_the_shortfall(client, run):
    said = page(client, f"/assessments/{run.id}/subjects/3/")

    assert "且增量超过 100万元" in said.replace("\u2009", "")
    assert "还差" in said
    assert "市科技局" in said


def test_a_subject_speaks_english(client, run):
    client.cookies["django_language"] = "en"

    said = page(client, f"/assessments/{run.id}/subjects/1/")

    assert "150,000.00 yuan" in said
    assert "R&amp;D growth subsidy" in said


def test_refused_rows_say_what_to_do(client, run):
    said = page(client, f"/assessments/{run.id}/refused/")

    assert "很多" in said
    assert "rd_spend" in said


@pytest.mark.parametrize("kind", ["xlsx", "json", "parquet"])
def test_results_are_downloaded(client, run, kind):
    answer = client.get(f"/assessments/{run.id}/download/{kind}/")

    assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert b"".join(answer.streaming_content)


def test_a_download_that_is_not_written_yet_is_waited_for(client, run):
    Run.objects.filter(pk=run.pk).update(reports=[])

    answer = client.get(f"/assessments/{run.id}/download/xlsx/")

    assert answer.status_code == 202
    assert 'http-equiv="refresh"' in answer.content.decode()


def test_search_engines_are_kept_out(client, run):
    for part in ("", "benefits/", "subjects/1/", "delete/"):
        assert "noindex" in client.get(f"/assessments/{run.id}/{part}").headers["X-Robots-Tag"]


def test_deleting_is_asked_once_and_then_done(client, run):
    asked = page(client, f"/assessments/{run.id}/delete/")
    assert "不能恢复" in asked
    assert Run.objects.filter(pk=run.pk).exists()

    client.post(f"/assessments/{run.id}/delete/")

    assert not run.folder.exists()
    assert client.get(f"/assessments/{run.id}/").status_code == 404


def test_what_is_past_its_time_is_gone_even_before_it_is_deleted(client, run):
    Run.objects.filter(pk=run.pk).update(expires_at=timezone.now())

    assert client.get(f"/assessments/{run.id}/").status_code == 404


@pytest.mark.parametrize("part", ["subjects/99/", "subjects/0/", "download/exe/"])
def test_what_is_not_there_is_404(client, run, part):
    assert client.get(f"/assessments/{run.id}/{part}").status_code == 404


def test_a_name_with_markup_is_shown_as_text(client, carried_out, make_enterprise):
    run = carried_out([make_enterprise(1) | {"name": "<script>alert(1)</script>"}])

    for part in ("", "subjects/1/"):
        said = page(client, f"/assessments/{run.id}/{part}")
        assert "<script>alert" not in said
        assert "&lt;script&gt;alert" in said


def test_of_many_records_the_page_shows_the_weightiest_and_says_so(client, carried_out, make_enterprise):
    contracts = [
        {"number": f"HT{n}", "year": 2023, "kind": "development", "paid": f"{n}万元"} for n in range(30)
    ]
    run = carried_out([make_enterprise(1) | {"contracts": contracts}])

    said = page(client, f"/assessments/{run.id}/subjects/1/")

    assert "共 30 条记录，这里列出 20 条" in said


def test_results_lead_to_a_simulation_over_the_same_figures(client, carried_out, make_enterprise):
    run = carried_out([make_enterprise(1)])

    said = page(client, f"/assessments/{run.id}/")
    told = client.get("/simulate/", {"run": run.id})

    assert f'href="/simulate/?run={run.id}"' in said
    assert told.status_code == 200
