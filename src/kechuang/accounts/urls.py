"""Addresses of accounts, messages and the journal; of django-allauth only those that are named here."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import path, re_path

from kechuang.accounts import (
    journal_views,
    message_views,
    people_views,
    registration_views,
    staff_views,
    token_views,
    views,
)

SIGN_IN = [
    path("sign-in", account.login, name="sign-in"),
    path("sign-in", account.login, name="account_login"),
    path("sign-in/code", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/closed", account.account_inactive, name="account_inactive"),
    path("sign-in/with/<slug:provider_id>", oidc.login, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back", oidc.callback, name="openid_connect_callback"),
    path("sign-in/with-cancelled", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/with-error", social.login_error, name="socialaccount_login_error"),
    path("sign-in/new", social.signup, name="socialaccount_signup"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("typed", views.typed_again, name="typed"),
    path("password/forgotten", account.password_reset, name="account_reset_password"),
    path("password/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/done", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

ACCOUNT = [
    path("account/", views.account, name="account"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/first", account.password_set, name="account_set_password"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/confirm/key", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/connections", social.connections, name="socialaccount_connections"),
    path("account/second-factor/", factor.index, name="mfa_index"),
    path("account/second-factor/app", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/app/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/second-factor/codes/new",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/second-factor/codes/file",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/second-factor/keys", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/second-factor/keys/new", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/second-factor/keys/<int:pk>", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/second-factor/keys/<int:pk>/remove", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/staff-session", staff_views.session, name="staff-session"),
    path("account/staff-session/end", staff_views.end_session, name="staff-session-end"),
    path("account/tokens", token_views.own, name="tokens"),
    path("account/tokens/<int:number>/revoke", token_views.revoke, name="token-revoke"),
    path("memberships", views.memberships, name="memberships"),
]

REGISTER = [
    path("register", registration_views.begin, name="register"),
    path("register", registration_views.begin, name="account_signup"),
    path("register/code", registration_views.check_code, name="register-code"),
    path("register/organisation", registration_views.organisation, name="register-organisation"),
    path("register/person", registration_views.person, name="register-person"),
    path("register/done", registration_views.registered, name="registered"),
    path("invitations/<str:code>", people_views.invitation, name="invitation"),
]

PEOPLE = [
    path("people/", people_views.people, name="people"),
    path("people/contact", people_views.contact, name="contact"),
    path("people/invite", people_views.invite, name="invite"),
    path("people/invitations/<int:number>/withdraw", people_views.withdraw, name="invitation-withdraw"),
    path("people/<int:number>/end", people_views.end, name="membership-end"),
    path("people/claimed/<int:number>", people_views.decide_claim, name="claim-decide"),
    path("people/all", staff_views.everybody, name="staff"),
    path("people/all/new", staff_views.add, name="staff-add"),
    path("people/all/office", staff_views.add_office, name="office-add"),
    path("people/all/office/<int:number>/contact", staff_views.contact, name="office-contact"),
    path("people/all/<int:number>/end", staff_views.end, name="staff-end"),
    path("people/all/person/<int:number>", staff_views.person, name="staff-person"),
    path("people/all/person/<int:number>/switch", staff_views.switch_person, name="staff-person-switch"),
    path("people/all/person/<int:number>/help", staff_views.help_person, name="staff-person-help"),
    path("people/claims", staff_views.claims, name="claims"),
    path("people/claims/<int:number>", staff_views.decide_claim, name="staff-claim-decide"),
]

JOURNAL = [
    path("messages/", message_views.inbox, name="messages"),
    path("messages/<int:number>", message_views.message, name="message"),
    path("messages/read", message_views.mark_all, name="messages-read"),
    path("journal/", journal_views.journal, name="journal"),
    re_path(r"^journal/export\.(?P<form>xlsx|jsonl)$", journal_views.export, name="journal-export"),
    path("journal/webhooks", journal_views.webhooks, name="webhooks"),
    path("journal/webhooks/<int:number>", journal_views.switch_webhook, name="webhook-switch"),
    path("journal/deliveries", journal_views.deliveries, name="deliveries"),
    path("journal/deliveries/<int:number>/again", journal_views.try_again, name="delivery-again"),
]

urlpatterns = [*SIGN_IN, *ACCOUNT, *REGISTER, *PEOPLE, *JOURNAL]
