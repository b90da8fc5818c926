"""What the database itself does with a ledger entry and refuses of a payment."""

from typing import Final

ENTRY_ADDS_UP: Final = """
    UPDATE treasury_appropriation SET
        reserved_fen = reserved_fen + CASE NEW.act WHEN 'reserve' THEN NEW.amount_fen
                                                   WHEN 'release' THEN -NEW.amount_fen ELSE 0 END,
        committed_fen = committed_fen + CASE NEW.act WHEN 'commit' THEN NEW.amount_fen
                                                     WHEN 'revoke' THEN -NEW.amount_fen ELSE 0 END,
        paid_fen = paid_fen + CASE NEW.act WHEN 'pay' THEN NEW.amount_fen
                                           WHEN 'return' THEN -NEW.amount_fen ELSE 0 END,
        recovered_fen = recovered_fen + CASE NEW.act WHEN 'recover' THEN NEW.amount_fen ELSE 0 END
    WHERE id = NEW.appropriation_id;
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
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.act IN ('commit', 'revoke') THEN
            INSERT INTO treasury_capuse (organisation_id, cap, year, limit_fen, used_fen)
            SELECT organisation_id, cap, year, cap_fen,
                   CASE NEW.act WHEN 'commit' THEN NEW.amount_fen ELSE 0 END
            FROM treasury_award WHERE id = NEW.award_id AND cap <> ''
            ON CONFLICT (organisation_id, cap, year) DO UPDATE SET
                used_fen = treasury_capuse.used_fen
                    + CASE NEW.act WHEN 'commit' THEN NEW.amount_fen ELSE -NEW.amount_fen END,
                limit_fen = EXCLUDED.limit_fen;
        END IF;
    END IF;
    IF NEW.act IN ('pay', 'return') THEN
        PERFORM 1 FROM treasury_payment
        WHERE id = NEW.payment_id AND award_id = NEW.award_id AND amount_fen = NEW.amount_fen
          AND state = CASE NEW.act WHEN 'pay' THEN 'paid' ELSE 'returned' END;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: payment % is not a % of this sum for this award', NEW.payment_id, NEW.act
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.act = 'return' THEN
        PERFORM 1 FROM treasury_entry WHERE payment_id = NEW.payment_id AND act = 'pay';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: payment % was never paid', NEW.payment_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.act = 'recover' THEN
        UPDATE treasury_receivable SET recovered_fen = recovered_fen + NEW.amount_fen
        WHERE id = NEW.receivable_id AND award_id = NEW.award_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry: receivable % is of another award', NEW.receivable_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
"""
"""Locks the appropriation first, then the award, the cap, the payment, the receivable: always in this order."""

PAYMENT_IS_DUE: Final = """
    IF TG_OP = 'UPDATE' AND (NEW.award_id, NEW.batch_id, NEW.part, NEW.amount_fen, NEW.holder, NEW.bank, NEW.account)
            IS DISTINCT FROM
            (OLD.award_id, OLD.batch_id, OLD.part, OLD.amount_fen, OLD.holder, OLD.bank, OLD.account) THEN
        RAISE EXCEPTION 'payment % is not changed once prepared; withdraw it', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state IN ('prepared', 'sent') AND (TG_OP = 'INSERT' OR NEW.state <> OLD.state) THEN
        PERFORM 1 FROM treasury_award a JOIN treasury_batch b ON b.id = NEW.batch_id
        WHERE a.id = NEW.award_id AND a.cancelled_at IS NULL AND a.holds = 0
          AND a.payable_from <= COALESCE(b.approved_at, b.prepared_at)
          AND a.paid_fen + NEW.amount_fen <= a.committed_fen
          AND (NEW.state = 'prepared' OR b.approved_user IS NOT NULL)
        FOR UPDATE OF a;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'payment for award %: its public notice has not ended, an objection is open, '
                'it is cancelled, the batch is not approved or the sum is more than is committed', NEW.award_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
"""
