"""Pages of applicants: begin, fill in, check, submit, follow."""

from kechuang.fulfilment.applicant_views.answering import correct_account, defend
from kechuang.fulfilment.applicant_views.following import (
    case,
    cases,
    confirm,
    decline,
    home,
    return_contract,
    sign_contract,
    withdraw,
)
from kechuang.fulfilment.applicant_views.papers import decision_paper, receipt, receipt_paper
from kechuang.fulfilment.applicant_views.parts import answer, part
from kechuang.fulfilment.applicant_views.starting import apply
from kechuang.fulfilment.applicant_views.submitting import check

__all__ = [
    "answer", "apply", "case", "cases", "check", "confirm", "correct_account", "decision_paper", "decline", "defend",
    "home", "part", "receipt", "receipt_paper", "return_contract", "sign_contract", "withdraw",
]  # fmt: skip
