"""Every total once more from the ledger entries alone, and the entries against the events: for `kechuang verify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection

_SUM: Final = (
    "COALESCE(SUM(CASE e.act WHEN '{more}' THEN e.amount_fen WHEN '{less}' THEN -e.amount_fen ELSE 0 END), 0)"
)
_TOTALS: Final = {
    "amount_fen": ("appropriate", "reduce"),
    "reserved_fen": ("reserve", "release"),
    "committed_fen": ("commit", "revoke"),
    "paid_fen": ("pay", "return"),
    "recovered_fen": ("recover", "-"),
}


@dataclass(frozen=True)
class Problem:
    """Something that does not follow from the entries: of what ("award:7"), which figure, as found and as expected."""

    subject: str
    what: str
    found: str
    expected: str


def check_ledger() -> list[Problem]:
    """Everything in which totals, states and events differ from the entries; an empty list when all agree."""
    checks = (
        *_of_totals("appropriation", tuple(_TOTALS)),
        *_of_totals("award", ("committed_fen", "paid_fen", "recovered_fen")),
        *_of_totals("receivable", ("recovered_fen",)),
        *_OTHERS,
    )
    return [Problem(*row) for sql in checks for row in _rows(sql)]


def _of_totals(table: str, totals: Iterable[str]) -> Iterator[str]:
    """For each total of a table the query of rows where it is not what its entries add up to."""
    for total in totals:
        more, less = _TOTALS[total]
        added = _SUM.format(more=more, less=less)
        yield (
            f"SELECT '{table}:' || t.id, '{total}', t.{total}::text, {added}::text "  # noqa: S608 - our own names
            f"FROM treasury_{table} t LEFT JOIN treasury_entry e ON e.{table}_id = t.id "
            f"GROUP BY t.id HAVING t.{total} <> {added} ORDER BY t.id"
        )


def _rows(sql: str) -> list[tuple[str, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in cursor.fetchall()]


_RESERVES: Final = """
    SELECT 'reserve:' || COALESCE(r.subject, s.subject), 'amount_fen', COALESCE(r.amount_fen, 0), COALESCE(s.held, 0)
    FROM treasury_reserve r FULL JOIN (
        SELECT appropriation_id, subject,
               SUM(CASE act WHEN 'reserve' THEN amount_fen ELSE -amount_fen END) held
        FROM treasury_entry WHERE act IN ('reserve', 'release') GROUP BY appropriation_id, subject
    ) s USING (appropriation_id, subject)
    WHERE COALESCE(r.amount_fen, 0) <> COALESCE(s.held, 0) ORDER BY 1
"""
_CAPS: Final = """
    SELECT 'cap:' || COALESCE(c.organisation_id, s.organisation_id) || ':' || COALESCE(c.cap, s.cap) || ':'
               || COALESCE(c.year, s.year), 'used_fen', COALESCE(c.used_fen, 0), COALESCE(s.used, 0)
    FROM treasury_capuse c FULL JOIN (
        SELECT a.organisation_id, a.cap, a.year,
               SUM(CASE e.act WHEN 'commit' THEN e.amount_fen ELSE -e.amount_fen END) used
        FROM treasury_entry e JOIN treasury_award a ON a.id = e.award_id
        WHERE e.act IN ('commit', 'revoke') AND a.cap <> '' GROUP BY a.organisation_id, a.cap, a.year
    ) s USING (organisation_id, cap, year)
    WHERE COALESCE(c.used_fen, 0) <> COALESCE(s.used, 0) ORDER BY 1
"""
_PAYMENTS: Final = """
    SELECT 'payment:' || p.number, 'state', p.state, CASE WHEN paid > came_back THEN 'paid' ELSE 'not paid' END
    FROM treasury_payment p CROSS JOIN LATERAL (
        SELECT COUNT(*) FILTER (WHERE act = 'pay') paid, COUNT(*) FILTER (WHERE act = 'return') came_back
        FROM treasury_entry e WHERE e.payment_id = p.id) s
    WHERE (p.state = 'paid') <> (paid > came_back) ORDER BY p.id
"""
_BATCHES: Final = """
    SELECT 'batch:' || b.number, 'state', b.state, CASE WHEN waiting > 0 THEN 'sent' ELSE 'settled' END
    FROM treasury_batch b CROSS JOIN LATERAL (
        SELECT COUNT(*) FILTER (WHERE p.state = 'sent') waiting FROM treasury_payment p WHERE p.batch_id = b.id) s
    WHERE b.state IN ('sent', 'settled') AND (b.state = 'sent') <> (waiting > 0) ORDER BY b.id
"""
_HOLDS: Final = """
    SELECT 'award:' || a.id, 'holds', a.holds, COUNT(h.id)
    FROM treasury_award a LEFT JOIN treasury_hold h ON h.award_id = a.id AND h.lifted_at IS NULL
    GROUP BY a.id HAVING a.holds <> COUNT(h.id) ORDER BY a.id
"""
_PLANS: Final = """
    SELECT 'receivable:' || r.id, 'instalments', SUM(i.amount_fen), r.amount_fen
    FROM treasury_receivable r JOIN treasury_instalment i ON i.receivable_id = r.id
    GROUP BY r.id HAVING SUM(i.amount_fen) <> r.amount_fen ORDER BY r.id
"""
_CLOSED: Final = """
    SELECT 'receivable:' || id, 'closed', CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END,
           CASE WHEN recovered_fen = amount_fen THEN 'closed' ELSE 'open' END
    FROM treasury_receivable WHERE (closed_at IS NOT NULL) <> (recovered_fen = amount_fen) ORDER BY id
"""
_PARTS: Final = """
    SELECT 'award:' || a.id, 'parts', SUM(p.amount_fen), a.amount_fen
    FROM treasury_award a JOIN treasury_part p ON p.award_id = a.id
    GROUP BY a.id HAVING SUM(p.amount_fen) <> a.amount_fen ORDER BY a.id
"""
_OF_PARTS: Final = """
    SELECT 'payment:' || y.number, 'part', y.part || ': ' || y.amount_fen,
           COALESCE(p.number || ': ' || p.amount_fen, '-')
    FROM treasury_payment y LEFT JOIN treasury_part p ON p.award_id = y.award_id AND p.number = y.part
    WHERE y.state IN ('prepared', 'sent', 'paid') AND EXISTS (SELECT 1 FROM treasury_part WHERE award_id = y.award_id)
      AND (p.amount_fen IS DISTINCT FROM y.amount_fen OR p.released_at IS NULL) ORDER BY y.id
"""
_EVENTS: Final = """
    SELECT 'entry:' || COALESCE(e.id, named.id), 'event',
           CASE WHEN e.id IS NULL THEN 'no entry' ELSE COALESCE(named.times, 0) || ' events' END, '1 event'
    FROM treasury_entry e FULL JOIN (
        SELECT named_entry::bigint id, COUNT(*) times FROM journal_event v
        CROSS JOIN LATERAL jsonb_array_elements_text(v.data -> 'entries') named_entry
        WHERE jsonb_typeof(v.data -> 'entries') = 'array' AND split_part(v.kind, '.', 1) IN
              ('appropriation', 'reserve', 'award', 'payment', 'receivable')
        GROUP BY 1) named ON named.id = e.id
    WHERE e.id IS NULL OR COALESCE(named.times, 0) <> 1 ORDER BY 1
"""
_OTHERS: Final = (_RESERVES, _CAPS, _PAYMENTS, _BATCHES, _HOLDS, _PLANS, _CLOSED, _PARTS, _OF_PARTS, _EVENTS)
