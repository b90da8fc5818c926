"""Next year's policy as a draft: a text as published becomes a document and a pack folder to be finished by people."""

from kechuang.policy.drafting.candidates import Candidate, Draft, DraftError, DraftProblem, Unclaimed
from kechuang.policy.drafting.draft import draft_pack

__all__ = ["Candidate", "Draft", "DraftError", "DraftProblem", "Unclaimed", "draft_pack"]
