"""What every request meets: headers, language, limits; and what the health page says."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection


@pytest.fixture
def living_worker(db):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


@pytest.mark.parametrize("address", ["/", "/nowhere", "/health"])
def test_every_answer_forbids_inline_scripts_frames_and_guessing(client, db, address):
    response = client.get(address)

    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_chinese_is_spoken_whatever_the_browser_prefers(client, db):
    response = client.get("/", headers={"accept-language": "en"})

    assert response["Content-Language"] == "zh-hans"
    assert "跳到正文" in response.content.decode()


def test_the_switch_makes_the_site_english_and_back(client, db):
    client.post("/language", {"language": "en", "next": "/"})
    english = client.get("/").content.decode()
    client.post("/language", {"language": "zh-hans", "next": "/"})
    chinese = client.get("/").content.decode()

    assert "Skip to the content" in english
    assert '<html lang="en"' in english
    assert "跳到正文" in chinese


def test_dark_and_large_text_are_kept_until_chosen_otherwise(client, db):
    before = client.get("/").content.decode()
    client.post("/display", {"theme": "dark", "next": "/"})
    client.post("/display", {"text_size": "large", "next": "/"})
    after = client.get("/").content.decode()

    assert 'data-theme="auto" data-text="normal"' in before
    assert 'data-theme="dark" data-text="large"' in after


def test_an_unknown_look_is_not_kept_and_leads_nowhere_else(client, db):
    response = client.post("/display", {"theme": '"><script>', "next": "//elsewhere.example/"})

    assert response["Location"] == "/"
    assert "theme" not in response.cookies
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/").content.decode()


def test_the_switch_leads_to_no_other_site(client, db):
    response = client.post("/language", {"language": "en", "next": "https://elsewhere.example/"})

    assert response["Location"] == "/"


def test_an_unknown_language_is_chinese(client, db):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "tlh"

    assert client.get("/")["Content-Language"] == "zh-hans"


def test_a_missing_page_says_what_to_do(client, db):
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert "没有这一页" in response.content.decode()
    assert "首页" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused(client, db):
    response = client.get("/", headers={"host": "elsewhere.example"})

    assert response.status_code == 400


def test_the_character_nul_in_a_form_is_refused_in_words_but_not_in_a_file(client, db):
    told = client.post("/language", {"language": "en\0", "next": "/"})
    named = client.post("/language", {"language": "en", "ne\0xt": "/"})
    file = SimpleUploadedFile("a.bin", b"a\0b")
    sent = client.post("/language", {"language": "en", "next": "/", "file": file})

    assert [told.status_code, named.status_code, sent.status_code] == [400, 400, 302]
    assert "空字符" in told.content.decode()


def test_the_character_nul_in_a_cookie_is_refused(client, db):
    response = client.get("/", headers={"cookie": 'sessionid="a\\000b"'})

    assert response.status_code == 400


def test_a_form_without_its_token_is_refused_in_words(db):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/language", {"language": "en"})

    assert response.status_code == 403
    assert "表单已过期" in response.content.decode()


def test_every_answer_its_page_and_its_lines_in_the_log_carry_one_number(client, db, caplog):
    with caplog.at_level("INFO"):
        response = client.get("/nowhere")

    number = response["X-Request-ID"]
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert len(number) == 32
    assert number in response.content.decode()
    assert {line["request"] for line in lines if line["logger"] == "kechuang.web"} == {number}
    assert client.get("/")["X-Request-ID"] != number


@pytest.mark.parametrize(("proxies", "taken"), [(0, False), (1, True)])
def test_a_number_is_taken_from_our_own_proxy_only(client, db, settings, proxies, taken):
    settings.PROXIES = proxies

    response = client.get("/", headers={"x-request-id": "5f2b90aa61ce4d5d"})

    assert (response["X-Request-ID"] == "5f2b90aa61ce4d5d") == taken


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "<script>alert(1)", "1234567890\n", "12345678 0", "编号编号编号编号编号"]
)
def test_a_number_in_another_form_is_replaced(client, db, settings, given):
    settings.PROXIES = 1

    response = client.get("/nowhere", headers={"x-request-id": given})

    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 32


def test_an_error_of_ours_tells_its_number(client, db, monkeypatch):
    def broken(*_):
        raise RuntimeError

    client.raise_request_exception = False
    monkeypatch.setattr("kechuang.web.views.counts", broken)

    response = client.get("/")

    assert response.status_code == 500
    assert response["X-Request-ID"] in response.content.decode()


def test_health_is_well_when_database_and_worker_live(client, living_worker):
    response = client.get("/health")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "worker": "ok"}


def test_health_misses_a_worker(client, db):
    response = client.get("/health")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "worker": "none"}


def test_a_body_past_the_limit_is_refused_unread(client, db):
    response = client.generic("POST", "/language", b"", CONTENT_LENGTH=str(settings.UPLOAD_LIMIT + 1))

    assert response.status_code == 413
    assert "64 MB" in response.content.decode()


def test_a_body_at_the_limit_is_read(client, db):
    response = client.generic("POST", "/language", b"", CONTENT_LENGTH=str(settings.UPLOAD_LIMIT))

    assert response.status_code != 413


def test_while_two_gigabytes_are_refused_the_site_serves(site):
    where = urlsplit(site).netloc
    large = http.client.HTTPConnection(where, timeout=20)
    large.putrequest("POST", "/language")
    large.putheader("Content-Type", "multipart/form-data; boundary=x")
    large.putheader("Content-Length", str(2 * 1024**3))
    large.endheaders()
    other = http.client.HTTPConnection(where, timeout=20)
    other.request("GET", "/")

    refused, served = large.getresponse(), other.getresponse()
    refused.read()
    served.read()

    assert served.status == 200
    assert refused.status == 413
    assert refused.headers["Connection"] == "close"
    large.close()
    other.close()


def test_a_chunked_body_is_refused(site):
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    connection.request("POST", "/language", body=iter([b"x" * 1000]), encode_chunked=True)

    response = connection.getresponse()
    response.read()

    assert response.status == 411
    assert response.headers["Connection"] == "close"
    connection.close()


def test_the_site_serves_its_files_compressed_and_for_ever(site):
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    weight = 0
    for kind in ("css", "js"):
        address = next(
            part for part in page.split('"') if part.startswith("/static/") and part.endswith(kind)
        )
        connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        weight += len(response.read())
        assert response.headers["Content-Encoding"] == "gzip"
        assert "immutable" in response.headers["Cache-Control"]
    connection.close()

    assert weight < 100_000


def test_logs_are_json_lines_with_the_number_of_the_request():
    import logging.config

    from kechuang.web.logs import logging_settings

    formatters = logging.config.DictConfigurator(logging_settings(readable=False))
    formatter = formatters.configure_formatter(formatters.config["formatters"]["structured"])
    record = logging.LogRecord("kechuang", logging.INFO, __file__, 1, "已受理 %s", ("7",), None)

    line = json.loads(formatter.format(record))

    assert line["event"] == "已受理 7"
    assert line["level"] == "info"
