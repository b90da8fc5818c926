"""What changes the registry: facts, evidence, lists of departments, disputes. Each act is one transaction.

`on_change` is called, inside the transaction, with the numbers of the organisations of which something else is known
now.
"""

from kechuang.registry.actions.disputing import answer_correction, raise_correction, withdraw_correction
from kechuang.registry.actions.filing import keep_evidence, note_scan
from kechuang.registry.actions.importing import apply_list, take_list, undo_list
from kechuang.registry.actions.stating import (
    Statement,
    on_change,
    state,
    state_many,
    state_none,
    supersede,
    verify,
    withdraw,
    withdraw_record,
)

__all__ = [
    "Statement",
    "answer_correction",
    "apply_list",
    "keep_evidence",
    "note_scan",
    "on_change",
    "raise_correction",
    "state",
    "state_many",
    "state_none",
    "supersede",
    "take_list",
    "undo_list",
    "verify",
    "withdraw",
    "withdraw_correction",
    "withdraw_record",
]
