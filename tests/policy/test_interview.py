"""The interview asks only what still matters, the weightiest first, and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.interview import next_question, put, question_for, step, why
from kechuang.policy.interview.keys import fact_of
from kechuang.policy.interview.stakes import stakes_of
from kechuang.policy.language.values import FEN_PER
from policy.interviewing import at_random, by_heart, turns

PACK = load_pack("weihai-2023-5")
BOUND = bind(PACK, date(2025, 6, 1))
EXAMPLE = bind(load_pack("example-city"), date(2025, 6, 1))
WAN = FEN_PER["万元"]
SME = {
    "kind": "enterprise",
    "records": ["statuses"],
    "statuses": ["tech_sme"],
    "statuses.tech_sme.granted_on": "2025-03-01",
    "statuses.tech_sme.expires_on": "2025-12-31",
    "years.2024.above_scale": "yes",
    "years.2024.has_rd_activity": "yes",
    "years.2024.rd_spend": "900",
    "years.2023.rd_spend": "600",
}


CONTRACT = {
    "in_city": "yes", "side": "buyer", "counterparty": "university", "signed_on": "2024-05-01", "year": "2024",
    "paid": "100", "filed": "yes", "filed_on": "2024-06-01", "same_as_registered": "yes",
}  # fmt: skip


def asked(bound, respond, given=None):
    return [turn.step.question.key for turn in turns(bound, respond, given) if turn.step.question]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bound", [BOUND, EXAMPLE], ids=["weihai", "example"])
def test_whoever_answers_whatever_only_what_matters_is_asked_and_once(bound, seed):
    keys = []
    for turn in turns(bound, at_random(Random(seed), bound)):
        question, results = turn.step.question, turn.step.assessment.results
        if question is None:
            continue
        assert question.key not in keys
        keys.append(question.key)
        wanted = {fact for key in question.benefits for fact in open_facts(results[key])}
        if question.fact is None:
            assert {one.code for one in question.options} <= {fact.record for fact in wanted}
        else:
            assert question.fact in wanted
        assert question.benefits
        assert set(question.benefits) <= set(turn.step.open)


def open_facts(result):
    """The unknown facts of a result that is not settled."""
    assert result.outcome is Outcome.UNDETERMINED or (result.outcome.passes and result.open_items)
    return {*result.missing, *(fact for item in result.items for fact in item.missing)}


@pytest.mark.parametrize("seed", range(6))
def test_an_interview_ends_where_the_assessment_of_the_same_facts_stands(seed):
    *_, last = turns(BOUND, at_random(Random(seed), BOUND))

    again = assess_bound(bind(PACK, date(2025, 6, 1)), last.facts)

    for key, result in again.results.items():
        found = last.step.assessment.results[key]
        assert (found.outcome, found.amount, found.missing) == (result.outcome, result.amount, result.missing)


def test_what_stays_open_in_the_end_waits_for_what_the_visitor_does_not_know():
    *_, last = turns(BOUND, at_random(Random(3), BOUND))

    for result in last.step.assessment.of(Outcome.UNDETERMINED):
        keys = {fact.record if fact.field is None else fact.path for fact in result.missing}
        unknown = {key.split(".")[0] for key in last.settled}
        assert {key.split(".")[0] for key in keys} & unknown


def test_the_order_of_questions_is_always_the_same():
    first = asked(BOUND, by_heart(BOUND, SME))
    again = asked(bind(load_pack("weihai-2023-5"), date(2025, 6, 1)), by_heart(BOUND, SME))

    assert first == again


def test_the_kind_of_subject_comes_first_and_then_all_lists_at_once():
    assert asked(BOUND, by_heart(BOUND, SME))[:2] == ["kind", "records"]


def test_a_technology_sme_is_asked_nine_questions():
    *_, last = turns(BOUND, by_heart(BOUND, SME))

    assert len(asked(BOUND, by_heart(BOUND, SME))) == 9
    assert last.step.assessment.results["9.rd_growth"].amount == 15 * WAN
    assert last.step.open == ()
    assert last.step.remaining == 0


def test_a_kind_of_subject_without_benefits_ends_the_interview():
    assert asked(BOUND, by_heart(BOUND, {"kind": "person", "records": []})) == ["kind", "records"]


def test_known_facts_are_not_asked():
    given = {"kind": "enterprise", "statuses": [], "years": [{"year": 2024, "rd_spend": 900 * WAN}]}

    keys = asked(BOUND, by_heart(BOUND, {**SME, "records": []}), given)

    assert "kind" not in keys
    assert "statuses" not in keys
    assert "years.2024.rd_spend" not in keys


def test_what_the_visitor_does_not_know_is_not_asked_again():
    facts, settled = put({}, frozenset(), "kind", None, PACK.vocabulary)

    assert settled == {"kind"}
    assert next_question(BOUND, facts, settled).key != "kind"


def test_a_benefit_that_is_decided_raises_no_question():
    facts = {"kind": "enterprise", "years": [{"year": 2024, "above_scale": False}]}

    for _ in range(3):
        here = step(BOUND, facts)
        assert "9.rd_growth" not in here.open
        assert "9.rd_growth" not in here.question.benefits


def test_a_sum_at_its_ceiling_raises_no_question_about_further_records():
    contract = {
        "year": 2024, "kind": "development", "side": "buyer", "counterparty": "university", "in_city": True,
        "signed_on": date(2024, 5, 1), "filed": True, "filed_on": date(2024, 5, 2), "same_as_registered": True,
        "paid": 700 * WAN,
    }  # fmt: skip
    status = {"kind": "tech_sme", "granted_on": date(2025, 1, 1), "expires_on": date(2025, 12, 31)}
    facts = {"kind": "enterprise", "statuses": [status], "contracts": [contract, {"kind": "transfer"}]}

    full = step(BOUND, facts)
    contract["paid"] = 100 * WAN
    below = step(BOUND, facts)

    assert "14.contract" not in full.open
    assert "14.contract" in below.open


def test_a_fact_that_settles_more_for_less_effort_comes_first():
    facts = {
        "kind": "enterprise",
        **{name: [] for name in PACK.vocabulary.records if name not in ("subject", "years")},
    }
    facts["statuses"] = [
        {"kind": "tech_sme", "granted_on": date(2025, 1, 1), "expires_on": date(2025, 12, 31)}
    ]

    here = step(BOUND, facts)

    assert here.question.key == "years.2024.above_scale"  # yes or no, before any sum
    assert here.question.benefits == ("9.rd_growth",)
    assert here.question.fen == 100 * WAN


def test_of_papers_at_hand_the_next_figure_is_asked_first():
    facts = {"kind": "enterprise", "contracts": [{"kind": "development"}, {"kind": "transfer"}]}
    facts["years"] = [{"year": 2024, "above_scale": False}]
    facts["statuses"] = [
        {"kind": "tech_sme", "granted_on": date(2025, 1, 1), "expires_on": date(2025, 12, 31)}
    ]
    facts["contracts"][1]["in_city"] = True
    facts |= {name: [] for name in PACK.vocabulary.records if name not in (*facts, "subject")}

    assert next_question(BOUND, facts).key == "contracts.transfer.side"


def test_what_can_still_be_changed_is_asked_last_and_the_date_of_an_act_after_it():
    contract = {"records": ["contracts", "statuses"], "contracts": ["development"], "statuses": ["tech_sme"]}
    answers = {**SME, **contract, "years.2024.above_scale": "no"}
    answers |= {f"contracts.development.{name}": value for name, value in CONTRACT.items()}

    keys = [
        key.rpartition(".")[2]
        for key in asked(BOUND, by_heart(BOUND, answers))
        if key.startswith("contracts.")
    ]

    assert keys[:3] == ["in_city", "side", "counterparty"]
    assert keys[-3:] == ["filed", "filed_on", "same_as_registered"]


def test_progress_counts_down_to_nothing():
    left = [turn.step.remaining for turn in turns(BOUND, by_heart(BOUND, SME))]

    assert left[-1] == 0
    assert left[0] > left[3] >= left[-2] == 1


def test_the_most_that_a_benefit_can_give_comes_from_its_own_figures():
    stakes = stakes_of(BOUND)

    assert stakes["9.rd_growth"].fen == 100 * WAN  # the ceiling of a year
    assert stakes["14.contract"].fen == 30 * WAN  # the ceiling of the subject's sum
    assert stakes["1.national_laboratory_lead"].fen == 1000 * WAN  # the sum itself
    assert stakes["24.loan"].fen == 0  # a loan is not given
    assert stakes["7.recommendation"].fen == 0  # no money at all
    assert stakes["27.branch_interest"].fen == 30 * WAN  # 1 % of loans up to 30 million


def test_codes_that_no_benefit_tells_apart_are_not_offered():
    facts = {"kind": "enterprise"}
    question = next_question(BOUND, facts, frozenset({"records"}))

    assert question.key == "platforms"
    assert "other" not in {one.code for one in question.options}


def test_names_and_numbers_of_papers_are_never_asked():
    keys = {key for seed in range(8) for key in asked(BOUND, at_random(Random(seed), BOUND))}

    assert len(keys) > 60
    assert not {
        key for key in keys if key.rpartition(".")[2] in ("uscc", "name", "number", "code", "bank")
    } - {key for key in keys if key.startswith("contests.")}


def test_outside_its_time_a_policy_asks_nothing():
    assert next_question(bind(PACK, date(2030, 1, 1)), {}) is None


@pytest.mark.parametrize(
    "key", ["nothing", "statuses.9.kind", "years.2024.nothing", "subject.kind", "a.b.c.d"]
)
def test_a_key_that_fits_nothing_is_refused(key):
    with pytest.raises(KeyError, match="no question"):
        fact_of(key, {"statuses": []}, PACK.vocabulary)


def test_each_question_says_why_it_is_asked_with_the_words_of_the_clause():
    for turn in turns(BOUND, by_heart(BOUND, SME)):
        question = turn.step.question
        if question is None:
            continue
        for language in ("zh", "en"):
            told = why(question, BOUND, language)
            assert [one.benefit for one in told] == list(question.benefits)
            assert all(one.sentence and one.title for one in told)


def test_the_reason_quotes_the_condition_that_reads_the_fact():
    question = question_for("years.2024.above_scale", BOUND, {})
    asked_for = replace(question, benefits=("9.rd_growth",))

    (told,) = why(asked_for, BOUND)

    assert told.quote.text == "规模以上企业中"
    assert told.quote.anchor.startswith("9")


def test_a_figure_of_the_sum_alone_is_explained_by_the_sum():
    question = question_for("covers.1.premium_paid", BOUND, {"covers": [{}]})
    told = why(replace(question, benefits=("25.insurance", "24.loss_insurance")), BOUND)

    assert "保费" in told[0].sentence


def test_every_fact_of_the_packs_has_words_of_its_own_to_be_asked_with():
    silent = []
    for turn in turns(BOUND, by_heart(BOUND, SME)):
        for result in turn.step.assessment.results.values():
            for fact in result.missing:
                kind = PACK.vocabulary.records[fact.record]
                field = None if fact.field is None else kind.fields[fact.field]
                if kind.name != "years" or field is not None:
                    words = kind.ask if field is None else field.ask
                    if words is None:
                        silent.append(fact.path)

    assert silent == []


def test_a_fact_without_words_of_its_own_is_asked_for_by_its_title():
    desks = {"kind": "team", "desks": [{"space": "public"}]}

    asked_for = {fact: question_for(f"desks.1.{fact}", EXAMPLE, desks) for fact in ("moved_in_on", "places")}

    assert asked_for["moved_in_on"].ask.zh == "入驻日期是哪一天？"
    assert asked_for["places"].ask.en == "What number: desks?"
    assert asked_for["places"].about.zh == "创业工位"
    assert question_for("desks", EXAMPLE, {}).form == "count"
