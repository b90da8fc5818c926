"""What changes drafts: begin, save, restore, delete. Every save locks its draft and makes a version or nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kechuang.drafting.files import (
    HEAD,
    LONGEST_ID,
    MEASURE_FILE,
    PACK_ID,
    RefusedError,
    digest_of,
    file_for,
    hash_of,
    is_file_name,
    measure_of,
    plain,
    refuse_bad,
    shipped_files,
)
from kechuang.drafting.models import Draft, Text, Version
from kechuang.drafting.workshop import BENCH, LONG_BENCH, BenchError, TooLongError
from kechuang.policy.encoding.loading import load_pack, shipped_packs

log = structlog.get_logger("kechuang.drafting")

MOST_VERSIONS: Final = 500
CHECK_SECONDS: Final = 20
BEGIN_SECONDS: Final = 75
_ID_LINE: Final = re.compile(r"^id:.*$", re.MULTILINE)


class ConflictError(Exception):
    """Someone else has saved the same file since; `theirs` is what they saved, `version` the newest number."""

    def __init__(self, theirs: str, version: int) -> None:
        self.theirs, self.version = theirs, version
        super().__init__(f"version {version} has another text")


@dataclass(frozen=True)
class Origin:
    """Where a draft comes from; all empty for files that someone brings."""

    title: str
    pack_id: str
    based_on: str = ""
    based_on_hash: str = ""
    made_from: str = ""
    found: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def start_from_pack(name: str, title: str, pack_id: str) -> Draft:
    """A draft that begins as a copy of a shipped pack, under a name of its own. Raises RefusedError."""
    if name not in shipped_packs():
        raise RefusedError(f"没有政策包“{name[:40]}”", f"there is no pack '{name[:40]}'")
    pack = load_pack(name)
    files = shipped_files(pack.folder)
    files[HEAD] = _ID_LINE.sub(f"id: {pack_id}", files[HEAD], count=1)
    origin = Origin(title or pack.title.zh, pack_id, name, pack.hash, note=f"{name}")
    return start(files, origin)


def start_from_text(text: str, data: bytes, file_name: str, title: str, pack_id: str) -> Draft:
    """A draft that the program makes out of a text as published: pasted `text`, or else the content of a file.

    Raises RefusedError for what is no policy text, or takes too long to be read.
    """
    _refuse_bad_id(pack_id)
    encoded = base64.b64encode(data).decode()
    try:
        made = LONG_BENCH.ask(
            "begin", BEGIN_SECONDS, pack_id=pack_id, text=text, data=encoded, file_name=file_name
        )
    except (TooLongError, BenchError) as error:
        log.warning("text not drafted", reason=str(error))
        raise RefusedError(
            "读取这份文字用时过长或失败；请删去与政策无关的内容后再试",
            "reading this text took too long or failed; remove what is not policy and try again",
        ) from error
    name = "" if text.strip() else file_name
    origin = Origin(title or made["title"], pack_id, made_from=name, found=made["found"], note=name)
    return start(made["files"], origin)


def start(files: Mapping[str, str], origin: Origin) -> Draft:
    """A draft with its first version. Raises RefusedError for files or a name that a draft does not take."""
    _refuse_bad_id(origin.pack_id)
    kept = {name: plain(text) for name, text in files.items()}
    refuse_bad(kept)
    checked = _checked(kept, origin.pack_id)
    now = timezone.now()
    with transaction.atomic():
        draft = Draft.objects.create(
            title=plain(origin.title).strip()[:200] or origin.pack_id,
            pack_id=origin.pack_id,
            based_on=origin.based_on,
            based_on_hash=origin.based_on_hash,
            made_from=plain(origin.made_from)[-255:],
            found=origin.found,
            edited_at=now,
            expires_at=now + timedelta(days=settings.KEEP_DAYS),
        )
        _add_version(draft, kept, checked, origin.note)
    return draft


def _refuse_bad_id(pack_id: str) -> None:
    if not PACK_ID.fullmatch(pack_id) or len(pack_id) > LONGEST_ID:
        raise RefusedError(
            f"英文名须以小写字母开头，只用小写字母、数字和单个连字符，最多 {LONGEST_ID} 个字符，如 weihai-2027",
            f"the name starts with a lower-case letter and has lower-case letters, digits and single hyphens, "
            f"at most {LONGEST_ID}, such as weihai-2027",
        )


def save(draft: Draft, name: str, text: str, base: int, note: str = "") -> Version:
    """Save one file as a new version; the newest version as it is when nothing differs from it.

    `base` is the version that the text was begun from. Raises ConflictError when the file has been saved differently
    since, RefusedError for a name or size that a draft does not take.
    """
    text = plain(text)
    if not is_file_name(name):
        refuse_bad({name: text})
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        newest = Version.objects.get(draft=locked, number=locked.current)
        digest = digest_of(text)
        if newest.files.get(name) == digest:
            return newest
        begun = Version.objects.filter(draft=locked, number=base).first() or newest
        if begun.files.get(name) != newest.files.get(name):
            raise ConflictError(content_of(newest).get(name, ""), newest.number)
        files = {**content_of(newest), name: text}
        refuse_bad(files)
        _refuse_full(locked)
        only = name if MEASURE_FILE.fullmatch(name) and newest.check_result else None
        checked = _checked(files, locked.pack_id, only, newest.check_result)
        return _add_version(locked, files, checked, note, newest)


def restore(draft: Draft, number: int) -> Version:
    """An old version once more as the newest; nothing in between is lost. Version.DoesNotExist when there is none."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        old = Version.objects.get(draft=locked, number=number)
        newest = Version.objects.get(draft=locked, number=locked.current)
        if old.hash == newest.hash:
            return newest
        _refuse_full(locked)
        return _add_version(locked, content_of(old), old.check_result, f"← {number}", newest)


def add_measure(draft: Draft, key: str, text: str) -> Version:
    """A file for a clause that has none yet; `text` is what it begins with."""
    name = file_for(key)
    newest = Version.objects.get(draft=draft, number=draft.current)
    if name in newest.files or measure_of(text) != key:
        return newest
    return save(draft, name, text, draft.current)


def rename(draft: Draft, title: str) -> None:
    """Another title for the draft; an empty one changes nothing."""
    title = plain(title).strip()[:200]
    if title:
        Draft.objects.filter(pk=draft.pk).update(title=title)


def content_of(version: Version) -> dict[str, str]:
    """The files of a version with their text."""
    texts = dict(
        Text.objects.filter(draft_id=version.draft_id, digest__in=set(version.files.values())).values_list(
            "digest", "content"
        )
    )
    return {name: texts[digest] for name, digest in version.files.items()}


def delete_draft(draft: Draft) -> None:
    """Delete the draft with all versions, for good."""
    draft.delete()


def delete_expired() -> int:
    """Delete every draft whose time is over; how many went."""
    expired = Draft.objects.filter(expires_at__lte=timezone.now())
    number = expired.count()
    expired.delete()
    return number


def _refuse_full(draft: Draft) -> None:
    if draft.current >= MOST_VERSIONS:
        raise RefusedError(
            f"已有 {draft.current} 个版本，不能再增加；请导出政策包，另起一稿",
            f"there are {draft.current} versions, no more can be added; export the pack and begin another draft",
        )


def _checked(
    files: Mapping[str, str], pack_id: str, only: str | None = None, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The check of a version; empty when it takes too long or fails: a text is kept even then."""
    try:
        found = BENCH.ask(
            "check", CHECK_SECONDS, files=dict(files), pack_id=pack_id, only=only, before=before
        )
    except (TooLongError, BenchError) as error:
        log.warning("draft not checked", reason=str(error))
        return {}
    return dict(found)


def _add_version(
    draft: Draft, files: Mapping[str, str], checked: dict[str, Any], note: str, before: Version | None = None
) -> Version:
    """One more version of a locked (or new) draft; its time begins anew."""
    digests = {name: digest_of(text) for name, text in files.items()}
    was = before.files if before else digests
    Text.objects.bulk_create(
        [Text(draft=draft, digest=digest, content=text) for digest, text in _by_digest(files).items()],
        ignore_conflicts=True,
    )
    now = timezone.now()
    draft.current += 1
    draft.edited_at, draft.expires_at = now, now + timedelta(days=settings.KEEP_DAYS)
    draft.save(update_fields=["current", "edited_at", "expires_at"])
    return Version.objects.create(
        draft=draft,
        number=draft.current,
        files=digests,
        changed=sorted(name for name in {*digests, *was} if digests.get(name) != was.get(name)),
        note=plain(note).strip()[:200],
        hash=hash_of(digests),
        check_result=checked,
    )


def _by_digest(files: Mapping[str, str]) -> dict[str, str]:
    return {digest_of(text): text for text in files.values()}
