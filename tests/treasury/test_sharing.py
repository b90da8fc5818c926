"""Sharing what is too little: exact to the fen, never above a claim, whatever the order of the claims."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT
from kechuang.treasury.sharing import PRO_RATA, QUEUE, RANKING, RULES, Claim, share
from treasury.factories import refused

CLAIMS = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=12
).map(
    lambda rows: [
        Claim(number, ceiling, rank, AT + timedelta(minutes=minutes))
        for number, (ceiling, rank, minutes) in enumerate(rows)
    ]
)
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AVAILABLE = st.integers(0, 10**8)
ANY = {"claims": CLAIMS, "available": AVAILABLE, "rule": st.sampled_from(RULES)}


def test_pro_rata_gives_each_the_same_part_and_the_odd_fen_to_the_largest_remainders():
    claims = [Claim(1, 100), Claim(2, 100), Claim(3, 50)]

    assert share(claims, 101, PRO_RATA) == {1: 41, 2: 40, 3: 20}


def test_ranking_gives_whole_claims_while_they_fit_and_the_rest_to_the_next():
    claims = [Claim(1, 60, rank=3), Claim(2, 60, rank=1), Claim(3, 60, rank=2)]

    assert share(claims, 100, RANKING) == {1: 0, 2: 60, 3: 40}
    assert share(claims, 100, RANKING, "nothing") == {1: 0, 2: 60, 3: 0}


def test_a_queue_goes_by_the_time_of_submission_and_shares_among_those_of_one_moment():
    later = AT + timedelta(seconds=1)
    claims = [
        Claim(1, 60, submitted_at=later),
        Claim(2, 60, submitted_at=AT),
        Claim(3, 30, submitted_at=later),
    ]

    assert share(claims, 90, QUEUE) == {1: 20, 2: 60, 3: 10}


def test_a_small_claim_does_not_overtake_one_that_does_not_fit():
    claims = [Claim(1, 60, rank=1), Claim(2, 60, rank=2), Claim(3, 10, rank=3)]

    assert share(claims, 100, RANKING, "nothing") == {1: 60, 2: 0, 3: 0}


@QUIET
@given(**ANY, order=st.randoms(use_true_random=False))
def test_the_order_of_the_claims_does_not_matter(claims, available, rule, order):
    shuffled = list(claims)
    order.shuffle(shuffled)

    assert share(shuffled, available, rule) == share(claims, available, rule)


@QUIET
@given(**ANY)
def test_all_that_is_available_is_given_and_nobody_gets_more_than_the_claim(claims, available, rule):
    shares = share(claims, available, rule)

    assert all(0 <= shares[claim.id] <= claim.ceiling_fen for claim in claims)
    assert sum(shares.values()) == min(available, sum(claim.ceiling_fen for claim in claims))


@QUIET
@given(**ANY)
def test_the_margin_given_to_nobody_leaves_whole_claims_only(claims, available, rule):
    if rule == PRO_RATA:
        return
    shares = share(claims, available, rule, "nothing")

    assert all(shares[claim.id] in {0, claim.ceiling_fen} for claim in claims)
    assert sum(shares.values()) <= available


@QUIET
@given(claims=CLAIMS, available=AVAILABLE)
def test_pro_rata_never_gives_a_larger_claim_less_than_a_smaller_one(claims, available):
    shares = share(claims, available, PRO_RATA)
    by_size = sorted(claims, key=lambda claim: (claim.ceiling_fen, shares[claim.id]))

    assert [shares[claim.id] for claim in by_size] == sorted(shares.values())


@QUIET
@given(claims=CLAIMS, available=AVAILABLE, rule=st.sampled_from([RANKING, QUEUE]))
def test_nobody_gets_anything_before_all_who_come_earlier_have_their_whole_claim(claims, available, rule):
    shares = share(claims, available, rule)
    place = {claim.id: claim.rank if rule == RANKING else claim.submitted_at for claim in claims}
    short = [place[claim.id] for claim in claims if shares[claim.id] < claim.ceiling_fen]
    served = [place[claim.id] for claim in claims if shares[claim.id]]

    assert not short or not served or max(served) <= min(short)


@QUIET
@given(**ANY, more=st.integers(1, 10**6))
def test_with_more_money_nobody_loses_more_than_the_odd_fen(claims, available, rule, more):
    before, after = share(claims, available, rule), share(claims, available + more, rule)

    assert all(after[key] >= before[key] - 1 for key in before)


@pytest.mark.parametrize(
    ("claims", "available", "rule", "words"),
    [
        ([], 1, "lottery", "没有“lottery”这种分配规则"),
        ([Claim(1, -1)], 1, PRO_RATA, "不能小于零"),
        ([], -1, PRO_RATA, "不能小于零"),
        ([Claim(1, 1), Claim(1, 2)], 1, PRO_RATA, "1 出现两次"),
        ([Claim(1, 1)], 1, RANKING, "1 没有名次"),
        ([Claim(1, 1)], 1, QUEUE, "1 没有提交时间"),
    ],
)
def test_what_cannot_be_shared_is_refused(claims, available, rule, words):
    with refused(words):
        share(claims, available, rule)
