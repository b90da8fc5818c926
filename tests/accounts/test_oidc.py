"""Sign-in by OpenID Connect with a provider that answers as the standard says."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client

from factories import make_user
from kechuang.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "一段很长的口令1"


@pytest.fixture
def provider(settings):
    """A provider on this machine; what it says of the person stands in `claims`."""
    claims = {"sub": "42", "name": "陈七", "preferred_username": "chenqi", "email": "chen@example.com"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            here = f"http://127.0.0.1:{server.server_port}"
            if self.path == "/.well-known/openid-configuration":
                ways = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
                ways |= {"userinfo_endpoint": "/me", "jwks_uri": "/keys"}
                self.say({"issuer": here, **{name: here + path for name, path in ways.items()}})
            else:
                self.say(claims)

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            here, now = f"http://127.0.0.1:{server.server_port}", int(time.time())
            said = {**claims, "iss": here, "aud": "kechuang", "iat": now, "exp": now + 60}
            token = jwt.encode(said, "a secret that is long enough for HS256", "HS256")
            self.say({"access_token": "x", "token_type": "Bearer", "id_token": token})

        def say(self, data):
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}"
    app = {**settings.OIDC_APP, "client_id": "kechuang", "secret": "s", "name": "市统一认证"}
    app["settings"] = {**app["settings"], "server_url": here}
    settings.OIDC_ISSUER, settings.OIDC_APP = here, app
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield claims
    server.shutdown()
    server.server_close()
    thread.join()


def go(client, process=""):
    """To the provider and back."""
    sent = client.post(f"/sign-in/with/oidc{process}")
    asked = parse_qs(urlsplit(sent["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    return client.get("/sign-in/with/oidc/back", {"code": "c", "state": asked["state"][0]})


def test_the_button_stands_on_the_page_only_with_a_provider(client, settings):
    assert "市统一认证" not in client.get("/sign-in").content.decode()


def test_a_new_person_completes_the_account_and_signs_in_by_it_ever_after(client, provider):
    assert "用市统一认证登录" in client.get("/sign-in").content.decode()

    first = go(client)
    page = client.get(first["Location"]).content.decode()
    made = client.post("/sign-in/new", {"username": "chenqi", "name": "陈七", "email": "chen@example.com"})
    again = Client()
    go(again)

    assert first["Location"] == "/sign-in/new"
    assert 'value="陈七"' in page
    assert made["Location"] == "/account/"
    user = User.objects.get()
    assert (user.username, user.name, user.has_usable_password()) == ("chenqi", "陈七", False)
    assert again.session["_auth_user_id"] == str(user.pk)


def test_the_same_mail_address_opens_nobody_elses_account(client, provider):
    make_user(username="victim", email="chen@example.com")

    back = go(client)

    assert back["Location"] == "/sign-in/new"
    assert "_auth_user_id" not in client.session


def test_a_person_links_the_provider_and_unlinks_it(client, provider):
    user = make_user()
    client.post("/sign-in", {"login": user.username, "password": PASSWORD})

    go(client, "?process=connect")
    page = client.get("/account/connections").content.decode()
    by_it = Client()
    go(by_it)

    assert "市统一认证" in page
    assert by_it.session["_auth_user_id"] == str(user.pk)
    account = client.get("/account/connections").context["form"].accounts.get()
    client.post("/account/connections", {"account": account.pk})
    assert go(Client())["Location"] == "/sign-in/new"


def test_an_inactive_person_comes_in_by_no_way(client, provider):
    go(client)
    client.post("/sign-in/new", {"username": "chenqi", "name": "陈七", "email": "chen@example.com"})
    User.objects.update(is_active=False)
    other = Client()

    back = go(other)

    assert back["Location"] == "/sign-in/closed"
    assert "_auth_user_id" not in other.session


def test_an_answer_that_nobody_asked_for_is_refused(client, provider):
    response = client.get("/sign-in/with/oidc/back", {"code": "c", "state": "made up"})

    assert "登录没有完成" in response.content.decode()
    assert not User.objects.exists()
