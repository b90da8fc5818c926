"""What a draft would cost: the same invented city under two encodings."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.drafting import actions, working
from kechuang.drafting.effects import effect
from kechuang.drafting.files import RefusedError, shipped_files
from kechuang.drafting.models import Effect
from kechuang.policy.columns.population import assess_table
from kechuang.policy.encoding.loading import load_pack, pack_folder
from kechuang.population.generate import generate

PACK = "example-city"
ONE = "measures/01.yaml"
ON, YEAR = "2026-06-01", 2025


@pytest.fixture
def files():
    return shipped_files(pack_folder(PACK))


def asked(before, after, subjects=3_000):
    return effect(lambda _done: None, before, after, PACK, subjects, ON, YEAR)


def test_the_same_encoding_costs_the_same_and_adds_up_to_the_city(files):
    found = asked(PACK, files)

    assert found["before_fen"] == found["after_fen"] > 0
    assert (found["winners"], found["losers"], found["gained"], found["lost"]) == (0, 0, 0, 0)
    assert sum(one["before"] for one in found["districts"]) == found["before_fen"]
    pack = load_pack(PACK)
    city = generate(3_000, 20230713, YEAR, date(2026, 6, 1), pack.vocabulary)
    result = assess_table(pack, city, date(2026, 6, 1), YEAR)
    paid = {benefit.id for benefit in pack.benefits if benefit.amount.is_paid}
    assert found["before_fen"] == sum(one.total_fen for key, one in result.benefits.items() if key in paid)


def test_a_higher_sum_is_gained_by_those_who_get_it(files):
    after = {**files, ONE: files[ONE].replace("medium: 20万元", "medium: 21万元")}

    found = asked(PACK, after)

    one = next(line for line in found["benefits"] if line["id"] == "1.growth")
    change = found["after_fen"] - found["before_fen"]
    assert one["before"]["passed"] == one["after"]["passed"] > 0
    assert change == one["after"]["fen"] - one["before"]["fen"] == found["gained"] > 0
    assert found["winners"] == change // 1_000_000
    assert found["losers"] == 0


def test_versions_of_a_draft_are_compared_and_progress_is_told(files):
    fewer = {**files, ONE: files[ONE].replace("value: 15%", "value: 80%")}
    told = []

    found = effect(told.append, fewer, files, PACK, 500, ON, YEAR)

    assert told == [500]
    assert found["lost"] == 0
    assert found["before_fen"] <= found["after_fen"]


def test_an_encoding_with_faults_is_not_assessed(files):
    with pytest.raises(RefusedError, match="has 1 fault"):
        asked(PACK, {**files, ONE: files[ONE].replace("holds: tech_sme}", "holds: tech_smee}")})


@pytest.mark.django_db
def test_a_small_city_is_assessed_at_once(client, draft):
    given = {"against": PACK, "subjects": "1000", "on": ON}

    answer = client.post(f"/draft/{draft.id}/effect/", given)
    said = client.get(answer.url).content.decode()

    assert "不多花也不少花" in said
    assert "1,000 家" in said
    assert "1,000 家" in client.get(f"/draft/{draft.id}/effect/").content.decode()


@pytest.mark.django_db
def test_a_change_is_told_by_benefit_and_district(client, draft, text_of):
    actions.save(draft, ONE, text_of(ONE).replace("medium: 20万元", "medium: 21万元"), 1)
    jobs = "measures/02.yaml"
    actions.save(draft, jobs, text_of(jobs).replace("value: 2000元", "value: 1000元"), 2)

    answer = client.post(f"/draft/{draft.id}/effect/", {"against": "1", "subjects": "10000", "on": ON})
    said = client.get(answer.url).content.decode()

    assert "多得的" in said
    assert "持续成长奖励" in said
    assert "effect-chart" in said
    assert "本草稿第 1 版" in said
    assert "环翠区" in said


@pytest.mark.django_db
def test_a_large_city_is_assessed_in_the_background(client, draft):
    answer = client.post(f"/draft/{draft.id}/effect/", {"against": PACK, "subjects": "100000", "on": ON})

    made = Effect.objects.get()
    assert ProcrastinateJob.objects.filter(task_name__endswith="work_out_effect").count() == 1
    assert "已测算 0 / 100,000 家" in client.get(answer.url).content.decode()
    Effect.objects.update(subjects=1_000)
    working.work_out_behind(made.pk)
    working.work_out_behind(made.pk)
    poll = client.get(answer.url, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert poll.headers["HX-Refresh"] == "true"
    assert "不多花也不少花" in client.get(answer.url).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"on": "昨天"}, "测算日请写成"),
        ({"on": "1900-01-01"}, "2000 年至 2099 年"),
        ({"on": ""}, "请填写测算日"),
    ],
)
def test_a_question_that_cannot_be_answered_comes_back(client, draft, given, words):
    answer = client.post(
        f"/draft/{draft.id}/effect/", {"against": PACK, "subjects": "1000", "on": ON, **given}
    )

    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.django_db
def test_only_what_there_is_can_be_compared_with(client, draft):
    for against in ("9", "../x", "weihai"):
        answer = client.post(f"/draft/{draft.id}/effect/", {"against": against, "subjects": "1000", "on": ON})
        assert answer.status_code == 404
    assert (
        client.post(f"/draft/{draft.id}/effect/", {"against": PACK, "subjects": "7", "on": ON}).status_code
        == 422
    )


@pytest.mark.django_db
def test_a_draft_with_faults_says_so_instead_of_a_sum(client, draft, text_of):
    actions.save(draft, ONE, "measure: 1\n  {", 1)

    answer = client.post(f"/draft/{draft.id}/effect/", {"against": PACK, "subjects": "1000", "on": ON})

    assert "改正后才能测算" in client.get(answer.url).content.decode()


@pytest.mark.django_db
def test_work_that_was_given_up_has_failed(client, draft):
    answer = client.post(f"/draft/{draft.id}/effect/", {"against": PACK, "subjects": "100000", "on": ON})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")

    assert "测算中断" in client.get(answer.url).content.decode()
