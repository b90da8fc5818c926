"""All addresses of the site."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from kechuang.web import api_pages, metrics, views
from kechuang.web.api import api

urlpatterns = [
    path("health", views.health, name="health"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language", set_language, name="language"),
    path("api/", api_pages.home, name="api"),
    path("api/openapi.json", api_pages.openapi, name="openapi"),
    path("api/problems/<slug:name>", api_pages.problem_kind, name="problem-kind"),
    path("api/", api.urls),
    path("display", views.display, name="display"),
    path("", views.home, name="home"),
    path("start", views.start, name="start"),
    path("", include("kechuang.accounts.urls")),
    path("", include("kechuang.reader.urls")),
    path("", include("kechuang.interview.urls")),
    path("", include("kechuang.finance.urls")),
    path("", include("kechuang.entitlements.urls")),
    path("", include("kechuang.drafting.urls")),
    path("", include("kechuang.insight.urls")),
    path("", include("kechuang.treasury.urls")),
    path("", include("kechuang.registry.urls")),
    path("", include("kechuang.fulfilment.urls")),
    path("", include("kechuang.experts.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("", include("kechuang.demonstration.urls")))

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
