"""Addresses of the policy: the text, its measures and benefits; of other packs the same under /packs/<id>/."""

from django.urls import include, path

from kechuang.reader import measure_views, views

OF_A_PACK = [
    path("policy/", views.document, name="policy"),
    path("policy/search/", views.search, name="policy-search"),
    path("policy/document.pdf", views.document_paper, name="policy-pdf"),
    path("policy/phrases/<str:place>/", views.phrase, name="phrase"),
    path("policy/<str:anchor>/", views.anchor, name="policy-anchor"),
    path("measures/", measure_views.measures, name="measures"),
    path("measures/<str:key>/", measure_views.measure, name="measure"),
    path("measures/<str:key>.pdf", views.measure_paper, name="measure-pdf"),
    path("measures/<str:key>/<str:benefit>/", measure_views.benefit, name="benefit"),
    path("measures/<str:key>/<str:benefit>/examples/<int:number>/", measure_views.example, name="example"),
]
urlpatterns = [
    path("packs/", views.packs, name="packs"),
    path("policy/compare/", views.compare, name="policy-compare"),
    path("", include(OF_A_PACK)),
    path("packs/<slug:pack>/", include(OF_A_PACK)),
]
