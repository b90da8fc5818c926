"""What the database itself refuses of projects, whoever asks; and what it does when a milestone is accepted."""

from __future__ import annotations

from typing import Final

MEMBERS_SETTLED: Final = """
    PERFORM 1 FROM fulfilment_case
    WHERE id = COALESCE(NEW.case_id, OLD.case_id) AND state IN ('draft', 'returned');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the consortium of case % is settled since it was submitted', COALESCE(NEW.case_id, OLD.case_id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'members_settled';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""

DRAFT_ANSWERED_ONCE: Final = """
    IF OLD.state <> '' OR NEW.state = ''
       OR (NEW.case_id, NEW.number, NEW.amount_fen, NEW.own_fen, NEW.milestones, NEW.hash, NEW.drafted_by_id,
           NEW.drafted_at)
          IS DISTINCT FROM
          (OLD.case_id, OLD.number, OLD.amount_fen, OLD.own_fen, OLD.milestones, OLD.hash, OLD.drafted_by_id,
           OLD.drafted_at) THEN
        RAISE EXCEPTION 'contract draft %: answered once, and never changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'draft_answered_once';
    END IF;
    IF NEW.state = 'confirmed' AND NOT EXISTS (
        SELECT 1 FROM accounts_membership m JOIN fulfilment_case k ON k.id = NEW.case_id
        WHERE m.id = NEW.answered_by_id AND m.organisation_id = k.organisation_id
          AND m.role IN ('manager', 'clerk')) THEN
        RAISE EXCEPTION 'contract draft %: confirmed by its undertaker alone', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'draft_confirmed_by_undertaker';
    END IF;
    RETURN NEW;
"""

CONTRACT_AS_CONFIRMED: Final = """
    PERFORM 1 FROM fulfilment_contractdraft d
    WHERE d.id = NEW.draft_id AND d.case_id = NEW.case_id AND d.state = 'confirmed'
      AND (d.number, d.amount_fen, d.own_fen) = (NEW.number, NEW.amount_fen, NEW.own_fen);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contract %: not as the undertaker confirmed it', NEW.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'contract_as_confirmed';
    END IF;
    RETURN NEW;
"""

MILESTONE_FITS: Final = """
    PERFORM 1 FROM treasury_part p
        JOIN fulfilment_contract c ON c.id = NEW.contract_id JOIN fulfilment_case k ON k.id = c.case_id
        JOIN fulfilment_contractdraft d ON d.id = c.draft_id
    WHERE p.id = NEW.part_id AND p.award_id = k.award_id AND p.amount_fen = NEW.amount_fen AND p.released_at IS NULL
      AND d.milestones -> (NEW.number - 1)
          = jsonb_build_array(NEW.title, NEW.criteria, to_char(NEW.agreed_on, 'YYYY-MM-DD'), NEW.amount_fen);
    IF NOT FOUND OR NEW.accepted_at IS NOT NULL OR NEW.due_on <> NEW.agreed_on THEN
        RAISE EXCEPTION 'milestone: part % is not a waiting part of this sum as confirmed in the contract', NEW.part_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'milestone_fits';
    END IF;
    RETURN NEW;
"""

MILESTONE_MOVES: Final = """
    IF (NEW.contract_id, NEW.number, NEW.title, NEW.criteria, NEW.amount_fen, NEW.part_id, NEW.agreed_on)
       IS DISTINCT FROM
       (OLD.contract_id, OLD.number, OLD.title, OLD.criteria, OLD.amount_fen, OLD.part_id, OLD.agreed_on) THEN
        RAISE EXCEPTION 'milestone %: what was signed is not changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'milestone_frozen';
    END IF;
    IF NEW.due_on <> OLD.due_on AND NOT EXISTS (
        SELECT 1 FROM fulfilment_change
        WHERE milestone_id = OLD.id AND result = 'agreed' AND to_day = NEW.due_on) THEN
        RAISE EXCEPTION 'milestone %: its day is changed by an agreed change alone', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'milestone_day_by_change';
    END IF;
    IF NEW.accepted_at IS DISTINCT FROM OLD.accepted_at THEN
        IF OLD.accepted_at IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM fulfilment_report WHERE milestone_id = OLD.id AND result = 'accepted') THEN
            RAISE EXCEPTION 'milestone %: accepted once, on an accepted report', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'milestone_accepted_once';
        END IF;
    END IF;
    RETURN NEW;
"""

MILESTONE_RELEASES: Final = """
    IF OLD.accepted_at IS NULL AND NEW.accepted_at IS NOT NULL THEN
        UPDATE treasury_part SET released_at = NEW.accepted_at WHERE id = NEW.part_id;
    END IF;
    RETURN NEW;
"""
