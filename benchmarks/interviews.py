"""Interviews as people give them: answers by chance, the addresses of their pages, and how long each step takes."""

from __future__ import annotations

import random
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from kechuang.interview.queries import Standing, standing
from kechuang.interview.state import State, encoded
from kechuang.policy import load_pack
from kechuang.policy.interview import Answer, AnswerError, Question, read_answer

MOST_LISTS = 5
UNKNOWN = 0.1
TYPED = ("yes", "120万元", "12", "4.35%", "2024-03-01", "样例")


def interviews(count: int) -> tuple[list[str], list[str], list[float]]:
    """The addresses of all questions and of all results of so many interviews, and the milliseconds of each step.

    A step is what happens between an answer and the next question: answers are replayed from the address, all
    benefits assessed, the question that settles most is chosen.
    """
    pack = load_pack()
    questions: list[str] = []
    results: list[str] = []
    steps: list[float] = []
    for seed in range(count):
        chance = random.Random(seed)
        state = State(datetime.now().astimezone().date())
        while True:
            begun = time.thread_time()  # of the processor: others on the machine do not count
            here = standing(state, pack)
            steps.append(1_000 * (time.thread_time() - begun))
            query = urlencode({"s": encoded(here.state, pack)})
            question = here.step.question
            if question is None:
                results.append(f"/ask/results/?{query}")
                break
            questions.append(f"/ask/questions/?{query}")
            state = here.state.answered(question.key, answer(question, here, chance))
    return questions, results, steps


def answer(question: Question, here: Standing, chance: random.Random) -> Answer:
    """Some answer that fits; now and then 'I do not know'."""
    if chance.random() < UNKNOWN:
        return None
    codes = [option.code for option in question.options]
    given: list[Any]
    if question.form == "records":
        given = [chance.sample(codes, min(len(codes), chance.randint(0, MOST_LISTS)))]
    elif question.form == "kinds":
        given = [{code: chance.randint(1, 2) for code in chance.sample(codes, min(len(codes), 2))}]
    elif question.form == "boolean":
        given = [chance.choice(("yes", "no"))]
    else:
        given = [chance.choice(codes)] if codes else list(TYPED)
    for one in given:
        try:
            return read_answer(question, one, here.bound)
        except AnswerError:
            continue
    return None
