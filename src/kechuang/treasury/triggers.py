"""What the database itself does with a ledger entry, and what it refuses whoever asks.

An entry locks in this order: appropriation, reserve, award, cap, payment, receivable. Whoever locks several of them
beforehand keeps to it (docs/treasury.md). Every refusal carries a constraint name that refusals.py puts into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pgtrigger

ENTRY_ADDS_UP: Final = """
    UPDATE treasury_appropriation SET
        amount_fen = amount_fen + CASE NEW.act WHEN 'appropriate' THEN NEW.amount_fen
                                               WHEN 'reduce' THEN -NEW.amount_fen ELSE 0 END,
        reserved_fen = reserved_fen + CASE NEW.act WHEN 'reserve' THEN NEW.amount_fen
                                                   WHEN 'release' THEN -NEW.amount_fen ELSE 0 END,
        committed_fen = committed_fen + CASE NEW.act WHEN 'commit' THEN NEW.amount_fen
                                                     WHEN 'revoke' THEN -NEW.amount_fen ELSE 0 END,
        paid_fen = paid_fen + CASE NEW.act WHEN 'pay' THEN NEW.amount_fen
                                           WHEN 'return' THEN -NEW.amount_fen ELSE 0 END,
        recovered_fen = recovered_fen + CASE NEW.act WHEN 'recover' THEN NEW.amount_fen ELSE 0 END
    WHERE id = NEW.appropriation_id;
    IF NEW.act IN ('reserve', 'release') THEN
        INSERT INTO treasury_reserve (appropriation_id, subject, amount_fen)
        VALUES (NEW.appropriation_id, NEW.subject, CASE NEW.act WHEN 'reserve' THEN NEW.amount_fen ELSE 0 END)
        ON CONFLICT (appropriation_id, subject) DO UPDATE SET
            amount_fen = treasury_reserve.amount_fen
                + CASE NEW.act WHEN 'reserve' THEN NEW.amount_fen ELSE -NEW.amount_fen END;
    END IF;
    IF NEW.award_id IS NOT NULL THEN
        UPDATE treasury_award SET
            committed_fen = committed_fen + CASE NEW.act WHEN 'commit' THEN NEW.amount_fen
                                                         WHEN 'revoke' THEN -NEW.amount_fen ELSE 0 END,
            paid_fen = paid_fen + CASE NEW.act WHEN 'pay' THEN NEW.amount_fen
                                               WHEN 'return' THEN -NEW.amount_fen ELSE 0 END,
            recovered_fen = recovered_fen + CASE NEW.act WHEN 'recover' THEN NEW.amount_fen ELSE 0 END
        WHERE id = NEW.award_id AND appropriation_id = NEW.appropriation_id AND cancelled_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: award % is cancelled or of another appropriation', NEW.award_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_award_stands';
        END IF;
        IF NEW.act IN ('commit', 'revoke') THEN
            INSERT INTO treasury_capuse (organisation_id, cap, year, limit_fen, used_fen)
            SELECT organisation_id, cap, year, cap_fen,
                   CASE NEW.act WHEN 'commit' THEN NEW.amount_fen ELSE 0 END
            FROM treasury_award WHERE id = NEW.award_id AND cap <> ''
            ON CONFLICT (organisation_id, cap, year) DO UPDATE SET
                used_fen = treasury_capuse.used_fen
                    + CASE NEW.act WHEN 'commit' THEN NEW.amount_fen ELSE -NEW.amount_fen END,
                limit_fen = CASE NEW.act WHEN 'commit' THEN EXCLUDED.limit_fen
                                         ELSE treasury_capuse.limit_fen END;
        END IF;
    END IF;
    IF NEW.act IN ('pay', 'return') THEN
        PERFORM 1 FROM treasury_payment
        WHERE id = NEW.payment_id AND award_id = NEW.award_id AND amount_fen = NEW.amount_fen
          AND state = CASE NEW.act WHEN 'pay' THEN 'paid' ELSE 'returned' END
          AND (NEW.act = 'pay'
               OR EXISTS (SELECT 1 FROM treasury_entry WHERE payment_id = NEW.payment_id AND act = 'pay'));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: payment % is not a % of this sum for this award', NEW.payment_id, NEW.act
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_payment_agrees';
        END IF;
    END IF;
    IF NEW.act = 'recover' THEN
        UPDATE treasury_receivable SET recovered_fen = recovered_fen + NEW.amount_fen
        WHERE id = NEW.receivable_id AND award_id = NEW.award_id AND closed_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: receivable % is closed or of another award', NEW.receivable_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_receivable_agrees';
        END IF;
    END IF;
    RETURN NEW;
"""

PAYMENT_IS_DUE: Final = """
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.award_id, NEW.batch_id, NEW.number, NEW.part, NEW.amount_fen, NEW.holder, NEW.bank, NEW.account)
           IS DISTINCT FROM
           (OLD.award_id, OLD.batch_id, OLD.number, OLD.part, OLD.amount_fen, OLD.holder, OLD.bank, OLD.account)
        THEN
            RAISE EXCEPTION 'payment % is not changed once prepared; withdraw it', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_frozen';
        END IF;
        IF NEW.state = OLD.state THEN RETURN NEW; END IF;
        IF (OLD.state, NEW.state) NOT IN (('prepared', 'sent'), ('prepared', 'withdrawn'), ('sent', 'paid'),
                                          ('sent', 'returned'), ('paid', 'returned')) THEN
            RAISE EXCEPTION 'payment % does not go from % to %', OLD.id, OLD.state, NEW.state
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_moves_on';
        END IF;
    ELSIF NEW.state <> 'prepared' THEN
        RAISE EXCEPTION 'a payment begins prepared, not %', NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_moves_on';
    END IF;
    IF NEW.state IN ('prepared', 'sent') THEN
        PERFORM 1 FROM treasury_award WHERE id = NEW.award_id FOR NO KEY UPDATE;
        PERFORM 1 FROM treasury_award a JOIN treasury_batch b ON b.id = NEW.batch_id
        WHERE a.id = NEW.award_id AND a.cancelled_at IS NULL AND a.holds = 0
          AND a.payable_from <= COALESCE(b.approved_at, b.prepared_at)
          AND a.committed_fen >= NEW.amount_fen + (
              SELECT COALESCE(SUM(p.amount_fen), 0) FROM treasury_payment p
              WHERE p.award_id = a.id AND p.id <> NEW.id AND p.state IN ('prepared', 'sent', 'paid'))
          AND b.state = CASE NEW.state WHEN 'prepared' THEN 'prepared' ELSE 'sent' END;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'payment for award %: its public notice has not ended, an objection is open, '
                'it is cancelled, the batch is not approved or the sum is more than is committed', NEW.award_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_is_due';
        END IF;
    END IF;
    RETURN NEW;
"""

PAYMENT_OF_A_PART: Final = """
    IF NEW.state IN ('prepared', 'sent') AND EXISTS (SELECT 1 FROM treasury_part WHERE award_id = NEW.award_id) THEN
        PERFORM 1 FROM treasury_part p JOIN treasury_batch b ON b.id = NEW.batch_id
        WHERE p.award_id = NEW.award_id AND p.number = NEW.part AND p.amount_fen = NEW.amount_fen
          AND p.released_at <= COALESCE(b.approved_at, b.prepared_at)
          AND (p.account = '' OR (p.holder, p.bank, p.account) = (NEW.holder, NEW.bank, NEW.account));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'payment for award %: no released part % of this sum and account', NEW.award_id, NEW.part
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_of_a_released_part';
        END IF;
    END IF;
    RETURN NEW;
"""

PAYMENT_TO_ITS_ACCOUNT: Final = """
    PERFORM 1 FROM treasury_award a JOIN treasury_account t ON t.id = a.account_id
    WHERE a.id = NEW.award_id AND (t.holder, t.bank, t.number) IS DISTINCT FROM (NEW.holder, NEW.bank, NEW.account)
      AND NOT EXISTS (SELECT 1 FROM treasury_part p
                      WHERE p.award_id = a.id AND p.number = NEW.part AND p.account <> '');
    IF FOUND THEN
        RAISE EXCEPTION 'payment for award %: another account than the one it was committed to', NEW.award_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_to_its_account';
    END IF;
    RETURN NEW;
"""

PART_FITS: Final = """
    IF TG_OP = 'INSERT' THEN
        PERFORM 1 FROM treasury_award WHERE id = NEW.award_id FOR NO KEY UPDATE;
        PERFORM 1 FROM treasury_payment
        WHERE award_id = NEW.award_id AND state IN ('prepared', 'sent', 'paid');
        IF FOUND THEN
            RAISE EXCEPTION 'award % is being paid and no longer divided', NEW.award_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'divided_before_paid';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.award_id, NEW.number, NEW.title, NEW.amount_fen, NEW.holder, NEW.bank, NEW.account)
       IS DISTINCT FROM
       (OLD.award_id, OLD.number, OLD.title, OLD.amount_fen, OLD.holder, OLD.bank, OLD.account)
       OR OLD.released_at IS NOT NULL OR NEW.released_at IS NULL OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'part % is only released, once, by the row that it waits for', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'part_released_by_its_cause';
    END IF;
    RETURN NEW;
"""

PARTS_ADD_UP: Final = """
    PERFORM 1 FROM treasury_award a WHERE a.id = NEW.award_id
      AND a.amount_fen = (SELECT SUM(p.amount_fen) FROM treasury_part p WHERE p.award_id = a.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the parts of award % do not add up to it', NEW.award_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'parts_add_up';
    END IF;
    RETURN NULL;
"""

BATCH_MOVES_ON: Final = """
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('prepared', 'approved'), ('prepared', 'withdrawn'), ('approved', 'prepared'), ('approved', 'withdrawn'),
        ('approved', 'sent'), ('sent', 'settled')) THEN
        RAISE EXCEPTION 'batch % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_moves_on';
    END IF;
    IF (NEW.number, NEW.prepared_user, NEW.key) IS DISTINCT FROM (OLD.number, OLD.prepared_user, OLD.key) THEN
        RAISE EXCEPTION 'batch % keeps its number, its key and who prepared it', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_moves_on';
    END IF;
    IF OLD.file_hash <> '' AND NEW.file_hash <> '' AND NEW.subjects IS DISTINCT FROM OLD.subjects THEN
        RAISE EXCEPTION 'batch % keeps the budget subjects that were approved', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_keeps_its_subjects';
    END IF;
    RETURN NEW;
"""


def moved_by_entries(*totals: str) -> pgtrigger.Trigger:
    """These totals begin at zero and are moved by the trigger of a ledger entry and by nothing else."""
    return pgtrigger.Trigger(
        name="totals_moved_by_entries",
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
            IF TG_OP = 'INSERT' AND ({_listed("NEW", totals)}) IS DISTINCT FROM ({", ".join("0" for _ in totals)})
               OR TG_OP = 'UPDATE' AND ({_listed("NEW", totals)}) IS DISTINCT FROM ({_listed("OLD", totals)}) THEN
                RAISE EXCEPTION '%: totals are moved by ledger entries only', TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'totals_moved_by_entries';
            END IF;
            RETURN NEW;
        """,
    )


def frozen(*fields: str) -> pgtrigger.Trigger:
    """These columns keep what they were made with."""
    return pgtrigger.Trigger(
        name="frozen",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF ({_listed("NEW", fields)}) IS DISTINCT FROM ({_listed("OLD", fields)}) THEN
                RAISE EXCEPTION '% %: what it was made with is not changed', TG_TABLE_NAME, OLD.id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'made_for_good';
            END IF;
            RETURN NEW;
        """,
    )


def _listed(row: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)
