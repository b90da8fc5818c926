"""What goes out: mail, short messages, webhooks; again after growing pauses; given up with the reason."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail

from factories import AT, make_membership, make_user
from kechuang.journal import actions, posting
from kechuang.journal.actions import add_webhook, record, tell, write_to
from kechuang.journal.delivering import NO_ADDRESS, NO_MAIL, PAUSES, deliver
from kechuang.journal.models import Delivery, Event, Message

pytestmark = pytest.mark.django_db
TITLE, BODY = {"zh": "已拨付", "en": "Paid"}, {"zh": "请查收。", "en": "Look at your account."}


def tell_one(person=None, **more):
    person = person or make_membership()
    event = record("batch.settled", "batch:1", actor=person, at=AT)
    return tell([(person.user_id, person.pk)], event=event, title=TITLE, body=BODY, link="/awards/1", **more)[
        0
    ]


@contextmanager
def receiver(status=200, location=None):
    """A server on this machine that keeps what it is sent."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_mail_goes_out_in_both_languages_with_the_address_of_the_site(settings):
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example", "https://kechuang.example"
    message = tell_one()

    sent = deliver(lambda: AT)

    (letter,) = mail.outbox
    assert sent == 1
    assert letter.to == [message.recipient.email]
    assert letter.subject == "已拨付 · Paid"
    assert "请查收。" in letter.body
    assert "Look at your account." in letter.body
    assert "https://kechuang.example/awards/1" in letter.body
    assert Delivery.objects.get().state == Delivery.State.SENT


def test_without_a_mail_server_nothing_is_pretended(settings):
    settings.EMAIL_HOST = ""
    tell_one()

    deliver(lambda: AT)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (Delivery.State.GIVEN_UP, NO_MAIL)
    assert mail.outbox == []


def test_a_person_without_an_address_is_said(settings):
    settings.EMAIL_HOST = "mail.example"
    tell_one(make_membership(user=make_user(email="")))

    deliver(lambda: AT)

    assert Delivery.objects.get().error == NO_ADDRESS


def test_what_fails_is_tried_after_growing_pauses_and_then_given_up(settings):
    settings.EMAIL_HOST, settings.EMAIL_BACKEND = (
        "mail.example",
        "django.core.mail.backends.smtp.EmailBackend",
    )
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tell_one()
    at, tried = AT, []

    for pause in [*PAUSES, timedelta(days=9)]:
        deliver(lambda at=at: at)
        deliver(lambda at=at: at)  # not due again
        tried.append((Delivery.objects.get().attempts, Delivery.objects.get().state))
        at += pause
    deliver(lambda: at)

    assert tried == [(n, "waiting") for n in range(1, 6)] + [(6, "given_up")]
    assert "refused" in Delivery.objects.get().error
    assert [pause.total_seconds() for pause in PAUSES] == [60, 300, 1800, 7200, 43200]


def test_one_failure_does_not_hold_up_the_others(settings):
    settings.EMAIL_HOST = "mail.example"
    tell_one(make_membership(user=make_user(email="broken\n@example.com")))
    tell_one()

    assert deliver(lambda: AT) == 1


def test_a_draft_goes_out_when_a_person_releases_it_and_not_before(settings):
    settings.EMAIL_HOST = "mail.example"
    officer, message = make_membership(), tell_one(draft_for="case:1")
    deliver(lambda: AT)
    assert mail.outbox == []

    released = actions.release([message], actor=officer, at=AT)
    again = actions.release([message], actor=officer, at=AT)
    deliver(lambda: AT)

    assert (released, again, len(mail.outbox)) == (1, 0, 1)
    assert Event.objects.filter(kind="message.released").count() == 1


def test_a_discarded_draft_never_goes_out():
    officer, message = make_membership(), tell_one(draft_for="case:1")

    actions.discard([message], actor=officer, at=AT)

    assert actions.release([message], actor=officer, at=AT) == 0
    assert Message.objects.get().state == Message.State.DISCARDED
    assert Event.objects.filter(kind="message.discarded").exists()


def test_a_letter_is_forgotten_once_it_is_sent(settings):
    settings.EMAIL_HOST = "mail.example"
    event = record("member.invited", "organisation:1", actor=make_membership(), at=AT)
    write_to("new@example.com", event=event, title=TITLE, body=BODY, link="/invitations/secret")

    deliver(lambda: AT)

    assert "/invitations/secret" in mail.outbox[0].body
    assert Delivery.objects.get().text == {}


def test_a_short_message_goes_through_the_command(settings, tmp_path):
    kept = tmp_path / "sms.json"
    settings.SMS_COMMAND = f'{sys.executable} -c \'import sys; open("{kept}", "w").write(sys.stdin.read())\''
    tell_one(make_membership(user=make_user(phone="13812341234")))

    deliver(lambda: AT)

    assert json.loads(kept.read_text()) == {"to": "13812341234", "text": "已拨付"}
    assert Delivery.objects.get(channel="sms").state == Delivery.State.SENT


def test_a_command_that_fails_is_tried_again(settings):
    settings.SMS_COMMAND = f"{sys.executable} -c 'raise SystemExit(3)'"
    tell_one(make_membership(user=make_user(phone="13812341234")))

    deliver(lambda: AT)

    delivery = Delivery.objects.get(channel="sms")
    assert (delivery.state, delivery.attempts) == (Delivery.State.WAITING, 1)
    assert "exit status 3" in delivery.error


def hook(url, kinds=(), organisation_id=None):
    actor = make_membership()
    return add_webhook(url=url, kinds=list(kinds), organisation_id=organisation_id, actor=actor, at=AT)


def test_an_event_is_posted_signed(settings):
    settings.WEBHOOK_PRIVATE = True
    with receiver() as (address, got):
        webhook = hook(f"{address}/in?x=1", ["batch.settled"])
        event = record("batch.settled", "batch:1", actor=make_membership(), at=AT, data={"fen": 500})
        deliver(lambda: AT)

    ((path, headers, body),) = got
    said = f"{headers['X-Kechuang-Timestamp']}.".encode() + body
    assert path == "/in?x=1"
    assert headers["X-Kechuang-Signature"] == (
        "sha256=" + hmac.new(webhook.secret.encode(), said, hashlib.sha256).hexdigest()
    )
    assert headers["X-Kechuang-Timestamp"] == str(int(AT.timestamp()))
    assert json.loads(body)["data"] == {"fen": 500}
    assert json.loads(body)["hash"] == event.hash
    assert "actor" not in json.loads(body)


def test_a_webhook_is_told_of_its_kinds_and_its_organisation_only(settings):
    mine = make_membership().organisation_id
    all_of_it, one_kind, one_party = (
        hook("https://a.example/"),
        hook("https://b.example/", ["x.done"]),
        hook("https://c.example/", organisation_id=mine),
    )
    Delivery.objects.all().delete()

    record("x.done", "x:1", actor=make_membership(), at=AT)
    record("y.done", "y:1", actor=make_membership(), at=AT, organisation_id=mine)

    told = {(one.webhook_id, Event.objects.get(pk=one.event).kind) for one in Delivery.objects.all()}
    assert told == {
        (all_of_it.pk, "x.done"),
        (all_of_it.pk, "y.done"),
        (one_kind.pk, "x.done"),
        (one_party.pk, "y.done"),
    }


def test_an_outbox_entry_vanishes_with_the_act():
    from django.db import transaction

    hook("https://a.example/")
    before = Delivery.objects.count()

    with transaction.atomic():
        record("x.done", "x:1", actor=make_membership(), at=AT)
        transaction.set_rollback(True)

    assert Delivery.objects.count() == before


def test_a_redirect_is_not_followed(settings):
    settings.WEBHOOK_PRIVATE = True
    with receiver() as (inner, reached), receiver(307, inner) as (outer, got):
        hook(outer, ["x.done"])
        record("x.done", "x:1", actor=make_membership(), at=AT)
        deliver(lambda: AT)

    assert (len(got), reached) == (1, [])
    assert "status 307" in Delivery.objects.get().error


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "http://example.com/",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "file:///etc/passwd",
    ],
)
def test_addresses_inside_and_other_ways_are_refused_and_given_up(url):
    with pytest.raises(posting.AddressError):
        posting.post(url, "secret", b"{}", AT)


def test_a_webhook_to_the_inside_is_given_up_at_once_with_the_reason():
    hook("https://127.0.0.1/", ["x.done"])
    record("x.done", "x:1", actor=make_membership(), at=AT)

    deliver(lambda: AT)

    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.GIVEN_UP
    assert "an address inside" in delivery.error


def test_what_was_given_up_can_be_tried_again(settings):
    tell_one()
    deliver(lambda: AT)
    settings.EMAIL_HOST = "mail.example"

    actions.try_again(Delivery.objects.get(), actor=make_membership(), at=AT)
    deliver(lambda: AT)

    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_delivery_once(settings):
    from django.db import connections, transaction

    settings.EMAIL_HOST = "mail.example"
    with transaction.atomic():
        for _ in range(12):
            tell_one()
    sent = []

    def work():
        try:
            sent.append(deliver(lambda: AT))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sum(sent) == 12
    assert len(mail.outbox) == 12
