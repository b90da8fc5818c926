"""The pages of a draft: begin, edit, save, compare, restore, export, delete."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kechuang.drafting.files import shipped_files
from kechuang.drafting.models import Draft, Text, Version
from kechuang.policy.encoding.loading import pack_folder

pytestmark = pytest.mark.django_db
ONE = "measures/01.yaml"
EXAMPLE = shipped_files(pack_folder("example-city"))
TEXT = EXAMPLE["source.txt"]


def address(draft, rest=""):
    return f"/draft/{draft.id}/{rest}"


def saved(client, draft, text, base, key="1"):
    return client.post(address(draft, f"measures/{key}/"), {"text": text, "base": base, "note": "改动"})


def begin(client, **given):
    return client.post("/draft/", given)


def test_a_copy_of_a_pack_begins_a_draft_at_an_address_that_nobody_can_guess(client, settings):
    answer = begin(
        client, **{"way": "pack", "p-pack": "example-city", "p-pack_id": "next-year", "p-title": "明年的措施"}
    )

    draft = Draft.objects.get()
    assert answer.url == address(draft)
    assert len(draft.id) >= 22  # 128 bits in base64
    assert (draft.based_on, draft.title, draft.current) == ("example-city", "明年的措施", 1)
    assert len(draft.based_on_hash) == 64
    assert draft.expires_at - draft.edited_at == timedelta(days=settings.KEEP_DAYS)
    version = Version.objects.get()
    assert version.check_result["faults"] == 0
    said = client.get(answer.url).content.decode()
    assert "奖励持续成长企业" in said or "检查通过" in said


def test_a_draft_needs_no_short_name_since_a_forgotten_one_would_cost_the_chosen_file(client):
    begin(client, **{"way": "text", "t-text": TEXT, "t-pack_id": ""})

    draft = Draft.objects.get()
    with zipfile.ZipFile(io.BytesIO(client.get(f"{address(draft)}export/").content)) as folder:
        assert all(name.startswith("draft/") for name in folder.namelist())


@pytest.mark.parametrize(
    "given",
    [
        {"t-file": SimpleUploadedFile("明年.txt", TEXT.encode("gb18030"))},
        {"t-text": TEXT},
    ],
)
def test_a_text_begins_a_draft_with_what_was_found_in_it(client, given):
    answer = begin(client, **{"way": "text", "t-pack_id": "next-year", **given})

    draft = Draft.objects.get()
    assert answer.url == address(draft)
    assert draft.title.startswith("示例市")
    assert draft.made_from == ("明年.txt" if "t-file" in given else "")
    assert set(draft.found) == {"candidates", "unclaimed", "problems"}
    assert len(Version.objects.get().check_result["measures"]) == 7
    assert "条线索" in client.get(address(draft, "measures/1/")).content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"way": "pack", "p-pack": "example-city", "p-pack_id": "../../etc"}, "英文名以小写字母开头"),
        ({"way": "pack", "p-pack": "/etc", "p-pack_id": "a"}, "没有政策包"),
        ({"way": "text", "t-pack_id": "a"}, "请选择原文文件"),
        ({"way": "text", "t-pack_id": "a", "t-text": "今天天气很好"}, "没有找到措施"),
        (
            {"way": "text", "t-pack_id": "a", "t-file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 nothing")},
            "损坏",
        ),
        ({"way": "text", "t-pack_id": "a", "t-file": SimpleUploadedFile("a.docx", b"PK\3\4")}, "损坏"),
        ({"way": "text", "t-pack_id": "a", "t-file": SimpleUploadedFile("a.txt", b"")}, "空的"),
        ({}, "请选择原文文件"),
    ],
)
def test_what_cannot_begin_a_draft_comes_back_with_what_to_do(client, given, words):
    answer = client.post("/draft/", given)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Draft.objects.exists()


def test_every_page_of_a_draft_is_kept_from_search_engines_and_ends_with_its_time(client, draft):
    pages = [
        "",
        "measures/1/",
        "files/source.txt/",
        "files/readings.yaml/",
        "versions/",
        "compare/",
        "effect/",
        "delete/",
    ]

    answers = [client.get(address(draft, page)) for page in pages]

    assert [answer.status_code for answer in answers] == [200] * len(pages)
    assert all("noindex" in answer.headers["X-Robots-Tag"] for answer in answers)
    Draft.objects.update(expires_at=timezone.now())
    assert {client.get(address(draft, page)).status_code for page in [*pages, "export/"]} == {404}


@pytest.mark.parametrize(
    "page",
    [
        "measures/99/",
        "files/measures/",
        "files/secret.yaml/",
        "files/..%2Fpack.yaml/",
        "effect/1/",
        "compare/?to=9",
    ],
)
def test_what_a_draft_does_not_have_is_not_found(client, draft, page):
    assert client.get(address(draft, page)).status_code == 404


def test_the_editor_shows_text_and_encoding_with_their_state(client, draft):
    said = client.get(address(draft, "measures/1/")).content.decode()

    assert re.search(r'<a class="token token-claimed" href="#code" data-line="15"[^>]*>15%</a>', said)
    assert "growth: {value: 15%" in said
    assert "没有错误，原文的数字" in said
    assert "全部通过" in said
    assert "不低于上年营业收入" in said or "营业收入" in said


def test_a_save_makes_a_version_and_says_what_is_wrong(client, draft, text_of):
    text = text_of(ONE).replace("value: 15%", "value: 16%")

    answer = saved(client, draft, text.replace("\n", "\r\n"), 1)

    assert answer.url == address(draft, "measures/1/?saved=1")
    assert text_of(ONE) == text
    version = Version.objects.get(number=2)
    assert (version.changed, version.note) == ([ONE], "改动")
    assert version.check_result["faults"] == 1
    said = client.get(answer.url).content.decode()
    assert "原文是 15%，标准 1.growth.growth 写的是 16%" in said
    assert "个未通过" in said


def test_only_texts_that_are_new_are_kept_again(client, draft, text_of):
    before = Text.objects.count()

    saved(client, draft, text_of(ONE) + "# one\n", 1)

    assert Text.objects.count() == before + 1


def test_a_form_sent_twice_makes_one_version(client, draft, text_of):
    text = text_of(ONE) + "# once\n"

    saved(client, draft, text, 1)
    answer = saved(client, draft, text, 1)

    assert answer.status_code == 302
    assert Version.objects.count() == 2


def test_two_tabs_on_one_file_lose_nothing(client, draft, text_of):
    first, second = text_of(ONE) + "# first tab\n", text_of(ONE) + "# second tab\n"
    saved(client, draft, first, 1)

    answer = saved(client, draft, second, 1)

    said = answer.content.decode()
    assert answer.status_code == 409
    assert "别处已先保存了另一份" in said
    assert "# first tab" in said
    assert "# second tab" in said
    assert text_of(ONE) == first
    base = re.search(r'name="base" value="(\d+)"', said)[1]
    assert saved(client, draft, second, base).status_code == 302
    assert text_of(ONE) == second
    assert Version.objects.count() == 3


def test_two_tabs_on_two_files_do_not_stand_in_each_others_way(client, draft, text_of):
    saved(client, draft, text_of(ONE) + "# one\n", 1)

    answer = saved(client, draft, text_of("measures/02.yaml") + "# two\n", 1, key="2")

    assert answer.status_code == 302
    assert text_of(ONE).endswith("# one\n")
    assert text_of("measures/02.yaml").endswith("# two\n")


def test_a_check_saves_nothing(client, draft, text_of):
    text = text_of(ONE).replace("value: 15%", "value: 16%")

    answer = client.post(address(draft, "measures/1/"), {"text": text, "base": 1, "act": "check"})

    assert "原文是 15%" in answer.content.decode()
    assert Version.objects.count() == 1


def test_a_text_is_checked_while_it_is_being_typed(client, draft, text_of):
    text = text_of(ONE).replace("holds: tech_sme}", "holds: tech_smee}")

    answer = client.post(address(draft, "check/"), {"name": ONE, "text": text}).json()

    assert answer["diagnostics"][0]["line"] == 23
    assert "没有“tech_smee”这个名称；是否想写 tech_sme" in answer["diagnostics"][0]["message"]
    assert 'data-line="23"' in answer["findings"]
    assert "token-" in answer["clause"]
    assert Version.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "text", "status"),
    [
        ("../pack.yaml", "x", 404),
        ("", "x", 404),
        (ONE, "a" * 200_001, 422),
        (ONE, "a: &a [x]\nb: [" + "*a," * 60_000 + "]", 200),
        (ONE, "[" * 150_000, 200),
        (ONE, "measure: 1\n" * 15_000, 200),
        (ONE, "measure: 1\nbenefits: {x: {amount: {exact: '" + "(" * 100_000 + "'}}}", 200),
        (ONE, "<script>alert(1)</script>: {", 200),
        ("source.txt", "（" * 100_000, 200),
        ("source.txt", "第一条" * 50_000, 200),
        ("vocabulary.yaml", "record: x\n", 200),
    ],
)
def test_hostile_text_is_answered_in_time(client, draft, name, text, status):
    begun = timezone.now()

    answer = client.post(address(draft, "check/"), {"name": name, "text": text})

    assert answer.status_code == status
    assert timezone.now() - begun < timedelta(seconds=20)
    assert "<script>" not in answer.content.decode()
    assert client.get(address(draft, "measures/1/")).status_code == 200


def test_a_text_that_is_too_large_is_not_saved_and_not_lost(client, draft, text_of):
    answer = saved(client, draft, "# " + "长" * 70_000, 1)

    assert answer.status_code == 422
    assert "最多 200,000 字节" in answer.content.decode()
    assert "长" * 70_000 in answer.content.decode()
    assert Version.objects.count() == 1


def test_words_of_the_law_that_changed_are_shown_between_versions(client, draft, text_of):
    text = text_of("source.txt").replace("15%", "18%")
    client.post(address(draft, "files/source.txt/"), {"text": text, "base": 1})

    said = client.get(address(draft, "compare/")).content.decode()
    unified = client.get(address(draft, "compare/?from=1&to=2&as=unified")).content.decode()

    for page in (said, unified):
        assert "<del>15%</del><ins>18%</ins>" in page
        assert "15% → <strong>18%</strong>" in page
        assert "source.txt" in page
    assert "没有差别" in client.get(address(draft, "compare/?from=2&to=2")).content.decode()


def test_an_old_version_comes_back_as_the_newest(client, draft, text_of):
    text = text_of(ONE)
    saved(client, draft, text + "# worse\n", 1)

    client.post(address(draft, "versions/1/restore/"))
    client.post(address(draft, "versions/1/restore/"))

    assert text_of(ONE) == text
    assert [version.number for version in Version.objects.all()] == [1, 2, 3]
    assert client.post(address(draft, "versions/9/restore/")).status_code == 404


def test_the_exported_pack_is_the_folder_and_the_same_each_time(client, draft):
    first, second = (client.get(address(draft, "export/")) for _ in range(2))

    assert first.content == second.content
    assert first.headers["Content-Disposition"] == 'attachment; filename="next-year-1.zip"'
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        files = {name.removeprefix("next-year/"): archive.read(name).decode() for name in archive.namelist()}
    assert files == {
        **EXAMPLE,
        "pack.yaml": EXAMPLE["pack.yaml"].replace("id: example-city", "id: next-year"),
    }


def test_a_clause_without_a_file_can_be_begun(client, draft, text_of):
    source = text_of("source.txt").replace(
        "\n本措施自", "\n8.新的一条。对企业给予9万元奖励。（责任单位：市科技局）\n\n本措施自", 1
    )
    client.post(address(draft, "files/source.txt/"), {"text": source, "base": 1})
    assert "开始编码" in client.get(address(draft)).content.decode()

    answer = client.post(address(draft, "measures/8/add/"))

    assert answer.url == address(draft, "measures/8/")
    assert "departments" in text_of("measures/08.yaml")
    assert "9万元" in client.get(answer.url).content.decode()
    assert client.post(address(draft, "measures/77/add/")).status_code == 404


def test_a_draft_gets_another_title_and_goes_for_good(client, draft):
    client.post(address(draft), {"title": "  新标题 "})
    client.post(address(draft), {"title": " "})
    assert "新标题" in client.get(address(draft)).content.decode()

    assert "不能恢复" in client.get(address(draft, "delete/")).content.decode()
    client.post(address(draft, "delete/"))

    assert not Draft.objects.exists()
    assert not Text.objects.exists()
    assert client.get(address(draft)).status_code == 404


def test_drafts_go_when_nobody_has_edited_them_for_as_long_as_was_said(draft):
    from kechuang.drafting.tasks import delete_expired_drafts

    delete_expired_drafts(0)
    assert Draft.objects.count() == 1
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    delete_expired_drafts(0)
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("", 3),
        ("measures/1/", 4),
        ("files/source.txt/", 3),
        ("versions/", 3),
        ("effect/", 4),
        ("export/", 3),
        ("compare/", 7),
    ],
)
def test_a_page_asks_the_database_as_often_however_many_versions_there_are(
    client, draft, text_of, django_assert_num_queries, page, number
):
    for count in range(1, 4):
        saved(client, draft, text_of(ONE) + f"# {count}\n", count)

    with django_assert_num_queries(number):
        client.get(address(draft, page))


def test_pages_speak_english(client, draft):
    client.cookies["django_language"] = "en"

    said = client.get(address(draft, "measures/1/")).content.decode()

    assert "What the encoding says" in said
    assert "No faults; every figure" in said
