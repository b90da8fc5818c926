"""All addresses of the site."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from kechuang.web import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", views.health, name="health"),
    path("language", set_language, name="language"),
]
if "kechuang.entitlements" in settings.ROOMS:
    urlpatterns.append(path("", include("kechuang.entitlements.urls")))
else:
    urlpatterns.append(path("", views.home, name="home"))

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
