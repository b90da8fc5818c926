"""What changes things: start, cancel, carry out, delete. Each is called by a view, a task or a command."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from kechuang.entitlements.models import UPLOAD, Run
from kechuang.operations.folders import make_private
from kechuang.reader.packs import pack_in_force

ASSESS_RUN = "kechuang.entitlements.tasks.assess_run"  # by name: the tasks stand above what they carry out


def start_run(upload: UploadedFile[bytes] | None, on: date, year: int, language: str) -> Run:
    """Keep the file (None: assess the example city) and queue its assessment; both happen or neither does."""
    pack = pack_in_force()
    with transaction.atomic():
        run = Run.objects.create(
            file_name=_short(upload.name or "") if upload else "",
            on=on,
            year=year,
            language=language,
            pack=pack.id,
            pack_hash=pack.hash,
            expires_at=timezone.now() + timedelta(days=settings.KEEP_DAYS),
        )
        make_private(Path(settings.MEDIA_ROOT))
        run.folder.mkdir(mode=0o700)
        if upload:
            with (run.folder / UPLOAD).open("wb") as file:
                for part in upload.chunks():
                    file.write(part)
        run.job = app.configure_task(ASSESS_RUN, allow_unknown=False).defer(run_id=run.id)
        run.save(update_fields=["job"])
    return run


def cancel_run(run: Run) -> None:
    """Ask the work to stop; it stops at its next step. What has ended stays as it is."""
    open_states = [Run.State.WAITING, Run.State.READING, Run.State.ASSESSING]
    Run.objects.filter(pk=run.pk, state__in=open_states).update(stop=True)
    Run.objects.filter(pk=run.pk, state=Run.State.WAITING).update(state=Run.State.CANCELLED)


def delete_run(run: Run) -> None:
    """Delete the run with its file, facts and reports, for good. Work under way stops at its next step."""
    folder = run.folder
    run.delete()
    shutil.rmtree(folder, ignore_errors=True)


def delete_expired() -> int:
    """Delete every run whose time is over, and folders of a day ago that belong to no run; how many runs went."""
    expired = list(Run.objects.filter(expires_at__lte=timezone.now()))
    for run in expired:
        delete_run(run)
    known = set(Run.objects.values_list("id", flat=True))
    day_ago = (timezone.now() - timedelta(days=1)).timestamp()
    for folder in Path(settings.MEDIA_ROOT).glob("*/"):
        if folder.name not in known and folder.stat().st_mtime < day_ago:
            shutil.rmtree(folder, ignore_errors=True)
    return len(expired)


def _short(name: str) -> str:
    """A file name of at most 255 characters that keeps its ending."""
    return name if len(name) <= 255 else name[:240] + "…" + name[-14:]  # noqa: PLR2004
