"""After a release everybody sees the released version: the policy's pages, the interview, uploads, the API."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from factories import AT, make_membership
from kechuang.accounts.roles import Role
from kechuang.entitlements import actions, releasing, versions
from kechuang.entitlements.packs import bound_of
from kechuang.reader.packs import pack_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.API_RATE = 0
    versions.pack_of.cache_clear()


@pytest.fixture
def released(stricter, django_capture_on_commit_callbacks):
    """Growth by 60 % instead of 10 %, proposed by one person and approved by another; the version."""

    def release():
        with django_capture_on_commit_callbacks(execute=True):
            found = releasing.propose(stricter, note="提高", actor=make_membership(Role.POLICY), at=AT)
            releasing.work_out(found.pk, lambda: AT)
            releasing.approve(found, actor=make_membership(Role.POLICY), at=AT + timedelta(hours=1))
        return found.version

    return release


def text_of(address: str) -> str:
    return re.sub(r"<[^>]+>|\s+", "", Client().get(address).content.decode())


def test_before_a_release_pages_show_what_the_software_brings(django_capture_on_commit_callbacks):
    before = pack_in_force()

    with django_capture_on_commit_callbacks(execute=True):
        version = releasing.version_in_force()

    assert pack_in_force() is before
    assert version.pk == before.hash


def test_the_policy_is_shown_as_released_without_asking_the_database(released, django_assert_num_queries):
    before = text_of("/measures/9/")
    version = released()

    page = text_of("/measures/9/")
    with django_assert_num_queries(0):
        in_force = pack_in_force()

    assert ("增长10%（含）" in before, "增长60%（含）" in before) == (True, False)
    assert ("增长10%（含）" in page, "增长60%（含）" in page) == (False, True)
    assert in_force.hash == version.pk


def test_the_interview_and_the_api_judge_by_the_released_version(released, make_enterprise):
    facts = {
        name: value for name, value in make_enterprise(1).items() if name in {"kind", "statuses", "years"}
    }
    question = json.dumps({"on": "2024-06-01", "benefit": "9.rd_growth", "facts": facts})

    before = Client().post("/api/explain", question, "application/json").json()
    version = released()
    after = Client().post("/api/explain", question, "application/json").json()

    assert before["explanations"][0]["outcome"] != after["explanations"][0]["outcome"]
    assert after["pack"]["hash"] == version.pk
    assert Client().get("/ask/").status_code == 200


def test_an_upload_is_assessed_by_the_released_version_and_stays_with_it(
    released, make_upload, make_enterprise, django_capture_on_commit_callbacks
):
    from kechuang.entitlements import tasks

    version = released()
    run = actions.start_run(make_upload([make_enterprise(1)]), AT.date().replace(year=2024), 2023, "zh")
    tasks.assess_run(run.id)
    run.refresh_from_db()
    (versions._mark()).unlink()  # as if another version came into force

    assert run.pack_hash == version.pk == bound_of(run).pack.hash
    assert pack_in_force().hash != version.pk
    assert Client().get(f"/assessments/{run.id}/").status_code == 200


def test_a_mark_without_its_files_or_with_altered_ones_is_not_followed(released, tmp_path):
    version = released()
    file = tmp_path / "packs" / version.pk / version.pack / "measures" / "09.yaml"
    file.write_text(file.read_text("utf-8").replace("60%", "70%"), "utf-8")
    versions._on_disk.cache_clear()

    assert pack_in_force().hash != version.pk
