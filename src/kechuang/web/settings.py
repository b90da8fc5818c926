"""Settings by environment; none is needed.

DATABASE_URL      postgresql://USER:PASSWORD@HOST:PORT/NAME; without it our own server in the data folder
KECHUANG_DATA     the data folder: database, uploads, secret key
SECRET_KEY        signs cookies and forms; without it one is made and kept in the data folder
ALLOWED_HOSTS     names of the site, separated by commas; without it this machine's own
HTTPS             1 behind a proxy that speaks HTTPS and sets X-Forwarded-Proto: secure cookies, HSTS, redirects
UPLOAD_MB         largest request body in megabytes (64)
POLICY_PACK       the pack that files are assessed by (weihai-2023-5)
KEEP_DAYS         days after which an upload and its results are deleted (30)
CLAMD             the virus scanner for uploads, host:port or the path of its socket; without it none is asked
API_RATE          requests a second that one address may ask of the API in the long run (5); 0: as many as it likes
API_BURST         requests that it may ask at once (60)
API_BODY_KB       largest body of a request to the API in kilobytes (1024)
METRICS_TOKEN     bearer token that opens /metrics to Prometheus; without it that address does not exist
PROXIES           proxies in front that append to X-Forwarded-For (1 with HTTPS, else 0): whom the limits count
STAFF_MFA         1: whoever acts for an office needs a second factor (1 with HTTPS, else 0)
OIDC_ISSUER       sign-in by OpenID Connect: address of the provider; with OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and
                  OIDC_NAME, the name on the button
EMAIL_HOST        mail server; with EMAIL_PORT (25), EMAIL_USER, EMAIL_PASSWORD, EMAIL_TLS (1: STARTTLS) and EMAIL_FROM;
                  without it no mail goes out, and pages and the journal say so
SMS_COMMAND       command that sends one short message: it reads {"to", "text"} as JSON and ends with 0 when sent
WEBHOOK_PRIVATE   1 lets webhooks go to private addresses
SITE_URL          how the site is reached from outside, for links in mail (http://localhost:8000)
DEMO              1 for a demonstration: invented city, clock that can be put forward, every page says so
DEBUG             1 while developing: error pages with the trace, static files straight from the sources
"""

import os
from pathlib import Path

from kechuang.operations.folders import data_folder, secret_key
from kechuang.operations.postgres import database_url, django_database
from kechuang.web.logs import logging_settings


def _yes(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


HERE = Path(__file__).parent
DATA = data_folder()

DEBUG = _yes("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY") or secret_key(DATA)
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
DATABASES = {"default": django_database(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEMO = _yes("DEMO")
POLICY_PACK = os.environ.get("POLICY_PACK", "weihai-2023-5")
KEEP_DAYS = int(os.environ.get("KEEP_DAYS", "30"))  # days after which an upload and its results are deleted

AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "pgtrigger",
    "pghistory",
    "django_prometheus",
    "procrastinate.contrib.django",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "kechuang.journal",
    "kechuang.accounts",
    "allauth",  # after our room, whose templates stand for its own
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "kechuang.registry",
    "kechuang.experts",
    "kechuang.treasury",
    "kechuang.fulfilment",
    "kechuang.finance",
    "kechuang.chains",
    "kechuang.reader",
    "kechuang.entitlements",
    "kechuang.drafting",
    "kechuang.interview",
    "kechuang.insight",
    "kechuang.web",
    *(["kechuang.demonstration"] if DEMO else []),
]

MIDDLEWARE = [
    "kechuang.web.middleware.number_requests",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kechuang.web.middleware.log_requests",
    "kechuang.web.middleware.set_headers",
    "kechuang.web.middleware.set_language",
    "kechuang.web.api_requests.serve_programs",
    "kechuang.web.middleware.refuse_large_bodies",
    "kechuang.web.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kechuang.accounts.acting.know_who_acts",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "kechuang.web.urls"
WSGI_APPLICATION = "kechuang.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "kechuang.web.context.limits",
                "kechuang.web.context.frame",
                "kechuang.accounts.context.visitor",
                "kechuang.web.context.numbered",
            ],
        },
    },
]

# Chinese is the source language of every text; English is the catalogue locale/en of each room.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
MEDIA_ROOT = DATA / "uploads"
EVIDENCE_ROOT = DATA / "evidence"
CLAMD = os.environ.get("CLAMD", "")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # No secrets: the proxy in front may read and serve them.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

UPLOAD_LIMIT = int(os.environ.get("UPLOAD_MB", "64")) * 1024 * 1024  # bytes of one request body
API_RATE = float(os.environ.get("API_RATE", "5"))
API_BURST = int(os.environ.get("API_BURST", "60"))
API_BODY = int(os.environ.get("API_BODY_KB", "1024")) * 1024  # bytes
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
PROXIES = int(os.environ.get("PROXIES", "1" if _yes("HTTPS") else "0"))

PROCRASTINATE_ON_APP_READY = "kechuang.web.jobs.prepare"

SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "kechuang.web.views.form_expired"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_HTTPONLY = True
if _yes("HTTPS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]  # asked from inside, past the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True

# Who comes in. Tries are counted in the database, so that all processes count together (accounts/counting.py).
STAFF_MFA = _yes("STAFF_MFA") if "STAFF_MFA" in os.environ else _yes("HTTPS")
AUTHENTICATION_BACKENDS = ["kechuang.accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "kechuang.accounts.passwords.LongEnough"},
    {"NAME": "kechuang.accounts.passwords.NotCommon"},
    {"NAME": "kechuang.accounts.passwords.NotTheName"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "kechuang.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
ACCOUNT_ADAPTER = "kechuang.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "signup": None,
    "login_failed": "10/15m/key",
}  # the last: second factors
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_ADAPTER = "kechuang.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "科创 Kechuang"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "kechuang.accounts.allauth_forms.CodeForm",
    "reauthenticate": "kechuang.accounts.allauth_forms.CodeAgainForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _yes("HTTPS")  # http://localhost
SOCIALACCOUNT_ADAPTER = "kechuang.accounts.adapters.OidcAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_FORMS = {"signup": "kechuang.accounts.allauth_forms.OidcSignUpForm"}
OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "").rstrip("/")
OIDC_APP = {
    "provider_id": "oidc",
    "name": os.environ.get("OIDC_NAME", "统一身份认证"),
    "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
    "secret": os.environ.get("OIDC_CLIENT_SECRET", ""),
    "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_APP] if OIDC_ISSUER else []}}

# What goes out: mail, short messages, webhooks (journal/tasks.py).
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000").rstrip("/")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _yes("EMAIL_TLS")
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "kechuang@localhost")
SMS_COMMAND = os.environ.get("SMS_COMMAND", "")
WEBHOOK_PRIVATE = _yes("WEBHOOK_PRIVATE")
# Only who owns the domain can ask browsers to preload it (W021).
SILENCED_SYSTEM_CHECKS = ["security.W021"]

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_settings(readable=DEBUG)
