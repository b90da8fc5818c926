"""Evidence: told by its content, kept once, scanned before anybody may have it; what hides something is refused."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
import zipfile

import pytest

from factories import AT, make_membership, make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.journal.models import Event
from kechuang.registry import actions, files, working
from kechuang.registry.models import Evidence
from registry.factories import DOCX, JPEG, OFD, PDF, XLSX, package, png, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept_in_a_folder_of_its_own(settings, data_folder):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
    settings.CLAMD = ""


def keep(data=PDF, name="证明.pdf", actor=None):
    actor = actor or make_membership()
    return actions.keep_evidence(upload(data, name), actor.organisation, actor=actor, at=AT)


def test_a_file_is_kept_by_its_content_for_our_account_only():
    evidence = keep()

    path = files.path_of(evidence.hash)
    assert evidence.hash == hashlib.sha256(PDF).hexdigest()
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700
    assert (evidence.media_type, evidence.size, evidence.scan) == ("application/pdf", len(PDF), "not_scanned")
    assert Event.objects.get().data["hash"] == evidence.hash


def test_the_same_content_is_kept_once_an_organisation():
    actor = make_membership()
    first = keep(actor=actor)

    assert keep(name="另一个名字.pdf", actor=actor) == first
    assert keep() != first
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PDF, "a.PDF", files.PDF),
        (png(), "图.png", files.PNG),
        (JPEG, "照片.jpeg", files.JPEG),
        (OFD, "发票.ofd", files.OFD),
        (DOCX, "说明.docx", files.DOCX),
        (XLSX, "2025.12 报表.xlsx", files.XLSX),
    ],
)
def test_documents_and_pictures_are_told_by_their_content(data, name, media_type):
    assert keep(data, name).media_type == media_type


def bomb():
    return package({"[Content_Types].xml": b"", "xl/workbook.xml": bytes(64 * 2**20)})


def locked():
    data = bytearray(XLSX)
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(head)
        data[place + flags] |= 1
    return bytes(data)


HTML = b"<html><script>alert(1)</script></html>"
HOSTILE = {
    "an empty file": (b"", "a.pdf", "文件是空的"),
    "a web page": (HTML, "a.html", "不收这种文件"),
    "a web page called PDF": (HTML, "a.pdf", "不收这种文件"),
    "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "a.svg", "不收这种文件"),
    "a program": (b"MZ" + bytes(200), "a.exe", "不收这种文件"),
    "a PDF that begins with a script": (b"%PDF-1.4\n<script>x</script>" + PDF, "a.pdf", "夹带了别的内容"),
    "a PDF that is an archive too": (PDF + XLSX, "a.pdf", "夹带了别的内容|已损坏"),
    "a PDF with a script of its own": (PDF.replace(b"/Catalog", b"/Catalog /JavaScript"), "a.pdf", "脚本"),
    "a PDF cut short": (PDF[:40], "a.pdf", "已损坏"),
    "a picture with a page in its comment": (png(HTML), "a.png", "夹带了别的内容"),
    "a picture with an archive behind it": (png() + DOCX, "a.png", "夹带了别的内容"),
    "a photograph with a page behind it": (JPEG + HTML, "a.jpg", "夹带了别的内容"),
    "a photograph with an archive behind it": (JPEG + XLSX, "a.jpg", "夹带了别的内容"),
    "a picture cut short": (png()[:-4], "a.png", "已损坏"),
    "an archive": (package({"a.txt": b"x"}), "a.zip", "压缩文件"),
    "a workbook with macros": (package({"xl/workbook.xml": b"", "xl/vbaProject.bin": b"x"}), "a.xlsx", "宏"),
    "a workbook that says it has macros": (
        package({"xl/workbook.xml": b"", "[Content_Types].xml": b"vnd.ms-excel.sheet.macroEnabled.main+xml"}),
        "a.xlsx",
        "宏",
    ),
    "a workbook that would fill the disk": (bomb(), "a.xlsx", "展开后过大"),
    "a locked workbook": (locked(), "a.xlsx", "已加密"),
    "a workbook and a letter in one": (
        package({"xl/workbook.xml": b"", "word/document.xml": b""}), "a.xlsx", "夹带了别的内容",
    ),
    "a workbook that leads out of its folder": (
        package({"xl/workbook.xml": b"", "../../etc/passwd": b""}), "a.xlsx", "夹带了别的内容",
    ),
    "a workbook with something behind it": (XLSX + b"#!/bin/sh", "a.xlsx", "夹带了别的内容|已损坏"),
    "a workbook with something in its comment": (
        package({"xl/workbook.xml": b""}, comment=b"<script>"), "a.xlsx", "夹带了别的内容",
    ),
    "a damaged workbook": (XLSX[:60], "a.xlsx", "已损坏"),
    "a name with a second ending": (PDF, "报表.exe.pdf", "与内容不符"),
    "a name of another type": (PDF, "a.png", "与内容不符"),
    "a name without ending": (PDF, "a", "与内容不符"),
    "a name that turns round": (PDF, "a\u202efdp.exe.pdf", "不可见的字符"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_what_hides_something_is_refused_with_what_to_do(case):
    data, name, said = HOSTILE[case]

    with pytest.raises(Refused) as refused:
        keep(data, name)

    words = refused.value.words
    assert any(part in words.zh for part in said.split("|")), words.zh
    assert ":" in words.en
    assert refused.value.field == "file"
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "..\\boot.pdf", "a\0.pdf", "..", " "])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(Refused, match="plain name"):
        files.checked_name(name, files.PDF)


def test_a_file_past_the_limit_is_refused_before_it_is_looked_at():
    with pytest.raises(Refused, match="at most 20 MB"):
        keep(bytes(files.MAX_BYTES + 1))


def test_evidence_is_uploaded_for_ones_own_organisation_only():
    actor = make_membership()

    with pytest.raises(Refused, match="own organisation"):
        actions.keep_evidence(upload(), make_organisation(), actor=actor, at=AT)


def clamd(answer):
    """A scanner that takes one file and gives one answer; its address and what it was sent."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)
    got = []

    def serve():
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            head = stream.read(len(b"zINSTREAM\0"))
            data = b""
            while size := int.from_bytes(stream.read(4)):
                data += stream.read(size)
            got.append((head, data))
            connection.sendall(answer)
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return f"127.0.0.1:{server.getsockname()[1]}", got, thread


@pytest.mark.parametrize(
    ("answer", "scan", "finding"),
    [
        (b"stream: OK\0", "clean", ""),
        (b"stream: Eicar-Test-Signature FOUND\0", "infected", "Eicar-Test-Signature"),
        (b"INSTREAM size limit exceeded. ERROR\0", "waiting", "INSTREAM size limit exceeded"),
        (b"", "waiting", "said"),
    ],
)
def test_a_file_waits_until_the_scanner_has_said_what_it_found(settings, answer, scan, finding):
    settings.CLAMD, got, thread = clamd(answer)
    evidence = keep()
    assert evidence.scan == "waiting"

    working.scan_evidence(evidence.pk, lambda: AT)

    thread.join()
    evidence.refresh_from_db()
    assert got == [(b"zINSTREAM\0", PDF)]
    assert evidence.scan == scan
    assert finding in evidence.finding


def test_a_scanner_that_is_away_is_asked_again(settings):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    settings.CLAMD = f"127.0.0.1:{port}"
    evidence = keep()

    assert working.scan_waiting(lambda: AT) == 1
    evidence.refresh_from_db()
    assert (evidence.scan, "did not answer" in evidence.finding) == ("waiting", True)

    settings.CLAMD, _, thread = clamd(b"stream: OK\0")
    assert working.scan_waiting(lambda: AT) == 1
    thread.join()
    evidence.refresh_from_db()
    assert evidence.scan == "clean"


def test_the_packages_made_here_are_real_archives():
    for data in (DOCX, XLSX, OFD):
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_a_name_that_would_not_fit_is_refused():
    with pytest.raises(Refused, match="shorten"):
        files.checked_name("长" * 252 + ".pdf", files.PDF)
