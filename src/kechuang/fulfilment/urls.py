"""Addresses of this room."""

from django.urls import include, path

from kechuang.fulfilment import views

urlpatterns = [
    path("", include("kechuang.fulfilment.judging.urls")),
    path("", include("kechuang.fulfilment.office_urls")),
    path("cases/", views.cases, name="cases"),
    path("cases/<str:number>/", views.case, name="case"),
    path("", include("kechuang.fulfilment.applicant_urls")),
]
