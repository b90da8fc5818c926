"""From an upload to its results: the background work, without the pages."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from kechuang.entitlements import actions, queries, tasks, working
from kechuang.entitlements.models import Run, Subject
from kechuang.policy.cases.outcome import Outcome


def test_rows_in_are_rows_assessed_and_rows_refused(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1), make_enterprise(2, spend="很多")])

    assert run.state == Run.State.DONE
    assert (run.rows_in, run.rows_used, run.rows_refused) == (8, 4, 4)
    assert (run.subjects_used, run.subjects_refused) == (1, 1)


def test_a_ceiling_is_kept_to_the_fen_and_is_no_entitlement(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1)])

    subject = run.subjects.get()
    assert (subject.entitled_fen, subject.ceiling_fen) == (0, 15_0000_00)
    assert (run.entitled_fen, run.ceiling_fen) == (0, 15_0000_00)


def test_every_outcome_of_a_subject_is_counted_once(carried_out, make_enterprise):
    subject = carried_out([make_enterprise(1)]).subjects.get()

    counts = [getattr(subject, str(outcome)) for outcome in Outcome]
    assert sum(counts) == len(subject.outcomes) == 57
    assert [subject.outcomes.count(working.DIGITS[outcome]) for outcome in Outcome] == counts


def test_a_refused_row_says_place_found_expected_and_remedy(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1), make_enterprise(2, spend="很多")])

    fault = run.faults.get()
    assert (fault.sheet, fault.row, fault.column) == ("years", 1, "rd_spend")
    assert "很多" in fault.found
    assert "万元" in fault.expected["zh"]
    assert fault.remedy["en"]


def test_facts_that_would_settle_something_are_listed_with_their_benefits(carried_out, make_enterprise):
    case = make_enterprise(1)
    del case["years"][1]["rd_spend"]

    wanted = queries.wanted(carried_out([case]))

    spend = next(one for one in wanted if one.field is not None and one.field.name == "rd_spend")
    assert spend.kind.name == "years"
    assert spend.subjects == 1
    assert "9.rd_growth" in {benefit.id for benefit in spend.benefits}


def test_the_reasoning_is_worked_out_from_the_facts_kept(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1), make_enterprise(2, spend="700万元")])

    result = queries.assessment_of(run, 2).results["9.rd_growth"]

    assert result.outcome is Outcome.NOT_ELIGIBLE
    assert (result.because, result.short.gap) == ("floor", 0)


def test_results_can_be_taken_away_as_workbook_json_and_parquet(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1)])

    assert run.reports == ["xlsx", "json", "parquet"]
    told = json.loads((run.folder / "results.json").read_text(encoding="utf-8"))
    assert told["results"][0]["benefits"]["9.rd_growth"]["amount_fen"] == 15_0000_00
    assert pq.read_table(run.folder / "results.parquet").num_rows == 1
    assert len(load_workbook(run.folder / "results.xlsx", read_only=True).sheetnames) > 1


@pytest.mark.parametrize("content", ["no table at all", "", '{"name": ', "PK\x03\x04 but no workbook"])
def test_a_file_that_cannot_be_read_fails_with_a_sentence_in_both_languages(carried_out, content):
    run = carried_out(SimpleUploadedFile("奇怪.xlsx", content.encode()))

    assert run.state == Run.State.FAILED
    assert run.problem["zh"]
    assert run.problem["en"]
    assert not run.subjects.exists()


def test_work_begun_again_after_a_crash_leaves_nothing_twice(carried_out, make_enterprise):
    run = carried_out([make_enterprise(1), make_enterprise(2, spend="很多")])
    Run.objects.filter(pk=run.pk).update(state=Run.State.ASSESSING)

    tasks.assess_run(run.id)

    assert run.subjects.count() == 1
    assert run.faults.count() == 1


def test_a_run_asked_to_stop_keeps_no_results(db, settings, tmp_path, make_upload, make_enterprise):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    run = actions.start_run(make_upload([make_enterprise(1)]), *_day(), "zh")
    Run.objects.filter(pk=run.pk).update(state=Run.State.READING)
    actions.cancel_run(run)

    tasks.assess_run(run.id)

    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert not Subject.objects.filter(run=run).exists()


def test_a_run_deleted_while_it_waits_is_not_carried_out(
    db, settings, tmp_path, make_upload, make_enterprise
):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    run = actions.start_run(make_upload([make_enterprise(1)]), *_day(), "zh")
    folder, run_id = run.folder, run.id
    actions.delete_run(run)

    tasks.assess_run(run_id)

    assert not Run.objects.filter(pk=run_id).exists()
    assert not folder.exists()


def test_what_is_past_its_time_is_deleted_with_its_files(carried_out, make_enterprise):
    old, young = carried_out([make_enterprise(1)]), carried_out([make_enterprise(2)])
    Run.objects.filter(pk=old.pk).update(expires_at=timezone.now())

    assert actions.delete_expired() == 1

    assert list(Run.objects.all()) == [young]
    assert not old.folder.exists()
    assert young.folder.exists()


def test_a_folder_that_belongs_to_no_run_goes_after_a_day(carried_out, make_enterprise, settings):
    kept = carried_out([make_enterprise(1)]).folder
    lost, fresh = (Path(settings.MEDIA_ROOT) / name for name in ("lost", "fresh"))
    for folder in (lost, fresh):
        folder.mkdir()
    for folder in (kept, lost):
        os.utime(folder, (0, 0))

    actions.delete_expired()

    assert (kept.exists(), lost.exists(), fresh.exists()) == (True, False, True)


def test_the_invented_city_is_assessed_like_a_file(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    run = actions.start_run(None, *_day(), "zh")

    tasks.assess_run(run.id)

    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert run.subjects_used == run.subjects.count() == working.EXAMPLE_SIZE


def _day():
    return date(2024, 6, 1), 2023
