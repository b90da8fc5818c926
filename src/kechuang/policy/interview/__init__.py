"""The interview: asks only what still matters, the weightiest first, and says why; then what would change a refusal.

    from kechuang.policy.interview import next_question, put, read_answer

    question = next_question(bound, facts)
    answer = read_answer(question, "enterprise", bound)
    facts, settled = put(facts, frozenset(), question.key, answer, bound.pack.vocabulary)

Stateless: facts and settled questions are all there is. The rules stand in docs/interview.md.
"""

from kechuang.policy.interview.answers import Answer as Answer
from kechuang.policy.interview.answers import AnswerError as AnswerError
from kechuang.policy.interview.answers import Lists as Lists
from kechuang.policy.interview.answers import plain_facts as plain_facts
from kechuang.policy.interview.answers import put as put
from kechuang.policy.interview.answers import question_for as question_for
from kechuang.policy.interview.answers import read_answer as read_answer
from kechuang.policy.interview.answers import replay as replay
from kechuang.policy.interview.asking import Option as Option
from kechuang.policy.interview.asking import Question as Question
from kechuang.policy.interview.changing import sentence as sentence
from kechuang.policy.interview.choosing import Step as Step
from kechuang.policy.interview.choosing import next_question as next_question
from kechuang.policy.interview.choosing import step as step
from kechuang.policy.interview.counterfactual import Change as Change
from kechuang.policy.interview.counterfactual import changes as changes
from kechuang.policy.interview.why import Because as Because
from kechuang.policy.interview.why import why as why
