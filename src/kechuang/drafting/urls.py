"""Addresses of drafts."""

from django.urls import path

from kechuang.drafting import views

urlpatterns = [
    path("draft/", views.start, name="draft-start"),
    path("draft/<str:draft_id>/", views.overview, name="draft"),
    path("draft/<str:draft_id>/measures/<str:key>/", views.measure, name="draft-measure"),
    path("draft/<str:draft_id>/measures/<str:key>/add/", views.add_measure, name="draft-add"),
    path("draft/<str:draft_id>/files/<str:name>/", views.shared_file, name="draft-file"),
    path("draft/<str:draft_id>/check/", views.check, name="draft-check"),
    path("draft/<str:draft_id>/versions/", views.versions, name="draft-versions"),
    path("draft/<str:draft_id>/versions/<int:number>/restore/", views.restore, name="draft-restore"),
    path("draft/<str:draft_id>/compare/", views.compare, name="draft-compare"),
    path("draft/<str:draft_id>/effect/", views.effects, name="draft-effects"),
    path("draft/<str:draft_id>/effect/<int:number>/", views.effect, name="draft-effect"),
    path("draft/<str:draft_id>/export/", views.export, name="draft-export"),
    path("draft/<str:draft_id>/delete/", views.delete, name="draft-delete"),
]
