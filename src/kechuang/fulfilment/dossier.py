"""The dossier of a case (卷宗): one archive with everything that it rests on, for people and for programs.

dossier.pdf is to be read, in words (dossier_page.py); the rest is data as it is kept: case, facts as known at the
decision, events with all that their hashes cover, ledger, batches, notice, decision, the pack's files, the evidence,
and SHA256SUMS over all of it, which `sha256sum --check SHA256SUMS` verifies anywhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from kechuang.accounts.models import Membership
from kechuang.entitlements.models import PackVersion
from kechuang.exchange.paper import pdf_of
from kechuang.fulfilment import dossier_money, dossier_project
from kechuang.fulfilment.dossier_page import meetings_of, page_of
from kechuang.fulfilment.models import Case, Defence, Objection
from kechuang.journal.actions import hashed
from kechuang.journal.models import Event
from kechuang.registry.files import path_of
from kechuang.registry.models import Evidence, Fact
from kechuang.registry.queries import facts_known
from kechuang.registry.rules import evidence_open_to
from kechuang.treasury.models import Award, Receivable

EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of every member, so that the same case gives the same bytes
SUMS: Final = "SHA256SUMS"


def dossier_of(case: Case, at: datetime, language: str = "zh", reader: Membership | None = None) -> bytes:
    """The archive as it stands at `at`, without files that are kept from the reader (None: with all of them).

    Raises PaperError when the machine cannot write PDF.
    """
    members = {"dossier.pdf": pdf_of(page_of(case, at, language, reader)), **dict(_data(case, at, reader))}
    for evidence in _evidence(case, reader):
        members[f"evidence/{evidence.hash[:12]}-{evidence.name}"] = path_of(evidence.hash).read_bytes()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(members.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*sorted(members.items()), (SUMS, sums.encode())]:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return made.getvalue()


def _data(case: Case, at: datetime, reader: Membership | None) -> Iterator[tuple[str, bytes]]:
    """The parts for programs, as JSON with sorted keys."""
    known_at = case.known_at or at
    yield "case.json", _json({**_case(case), **dossier_project.data(case, reader)})
    yield "facts.json", _json([_fact(fact) for fact in facts_known(case.organisation_id, known_at)])
    events = Event.objects.filter(subject__in=_subjects(case)).order_by("number")
    told = ({**hashed(event), "hash": event.hash} for event in events)
    lines = [json.dumps(one, ensure_ascii=False, sort_keys=True) for one in told]
    yield "events.jsonl", "\n".join([*lines, ""]).encode()
    yield "ledger.json", _json(dossier_money.entries(case))
    yield "batches.json", _json(dossier_money.batches(case))
    for line in case.notice_lines.select_related("notice").order_by("pk"):
        content = {"hash": line.notice.hash, "line": line.line, "content": line.notice.content}
        yield f"notice-{line.notice.number}.json", _json(content)
    for decision in case.decisions.order_by("pk"):
        revoked = decision.revoked_at
        kept = {
            "number": decision.number,
            "hash": decision.hash,
            "letter": decision.letter,
            "basis": decision.basis,
            "revoked_at": revoked.isoformat() if revoked else None,
            "revoked_why": decision.revoked_why,
        }
        yield f"decision-{decision.number}.json" if revoked else "decision.json", _json(kept)
    defences = Defence.objects.filter(finding__case=case).order_by("pk")
    if defences:
        yield "defences.json", _json([_defence(one) for one in defences.select_related("evidence")])
    for name, text in sorted(PackVersion.objects.get(pk=case.version_id).files.items()):
        yield f"pack/{name}", text.encode()


def _subjects(case: Case) -> list[str]:
    """What the events of the dossier are about: the case, its notices, objections, findings, decisions and its money.

    Payment batches are left out: their events name the money of others too (dossier_money tells of them).
    """
    awards = Award.objects.filter(subject=f"case:{case.pk}")
    numbered = {
        "award": awards.values_list("pk", flat=True),
        "receivable": Receivable.objects.filter(award__in=awards).values_list("pk", flat=True),
        "finding": case.findings.values_list("pk", flat=True),
        "notice": case.notice_lines.values_list("notice", flat=True),
        "objection": Objection.objects.filter(line__case=case).values_list("pk", flat=True),
        "decision": case.decisions.values_list("number", flat=True),
    }
    return [f"case:{case.pk}", *(f"{name}:{one}" for name, found in numbered.items() for one in found)]


def _evidence(case: Case, reader: Membership | None) -> list[Evidence]:
    """Files handed in with the case, those behind the facts it was decided on, signed minutes of its panels."""
    minutes = meetings_of(case).filter(file__isnull=False).values("file")
    found = Evidence.objects.filter(
        Q(pk__in=Evidence.objects.filter(documents__case=case).values("pk"))
        | Q(pk__in=Evidence.objects.filter(facts__organisation=case.organisation_id).values("pk"))
        | Q(pk__in=minutes)
        | Q(pk__in=Defence.objects.filter(finding__case=case, evidence__isnull=False).values("evidence"))
    )
    return list((evidence_open_to(reader, found) if reader else found).order_by("pk"))


def _case(case: Case) -> dict[str, Any]:
    organisation = case.organisation
    return {
        "number": case.number,
        "call": case.call.number,
        "benefit": case.call.benefit,
        "organisation": {
            "uscc": organisation.uscc,
            "name": organisation.name,
            "district": organisation.district,
        },
        "key": case.key,
        "state": case.state,
        "pack": case.version_id,
        "on": case.on.isoformat(),
        "year": case.year,
        "known_at": case.known_at.isoformat() if case.known_at else None,
        "result": case.result,
        "sections": case.sections,
        "declared_fen": case.declared_fen,
        "recommended_fen": case.recommended_fen,
        "determined_fen": case.determined_fen,
        "granted_fen": case.granted_fen,
        "stacking": case.stacking,
        "documents": [
            {"key": one.key, "sha256": one.evidence.hash, "name": one.evidence.name}
            for one in case.documents.filter(removed_at__isnull=True).select_related("evidence")
        ],
    }


def _defence(one: Defence) -> dict[str, Any]:
    return {
        "finding": one.finding_id,
        "at": one.stated_at.isoformat(),
        "text": one.text,
        "sha256": one.evidence.hash if one.evidence else None,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "record": fact.record,
        "key": fact.key,
        "field": fact.field,
        "value": fact.value,
        "source": fact.source,
        "known_from": fact.known_from.isoformat(),
        "valid_from": fact.valid_from.isoformat() if fact.valid_from else None,
        "valid_to": fact.valid_to.isoformat() if fact.valid_to else None,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
