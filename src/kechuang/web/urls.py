"""All addresses of the site."""

from django.urls import include, path
from django.views.i18n import set_language

from kechuang.web import views

urlpatterns = [
    path("health", views.health, name="health"),
    path("language", set_language, name="language"),
    path("", include("kechuang.reader.urls")),
    path("", include("kechuang.entitlements.urls")),
    path("", include("kechuang.insight.urls")),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
