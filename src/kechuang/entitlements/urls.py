"""Addresses of uploads and results, of standings, sweeps and versions."""

from django.urls import path, re_path

from kechuang.entitlements import release_views, standing_views, sweep_views, views

urlpatterns = [
    path("template/<str:language>.xlsx", views.template, name="template"),
    path("assessments/", views.upload, name="upload"),
    path("assessments/example/", views.example, name="example-city"),
    path("assessments/<str:run_id>/", views.run, name="run"),
    path("assessments/<str:run_id>/cancel/", views.cancel, name="cancel"),
    path("assessments/<str:run_id>/delete/", views.delete, name="delete"),
    path("assessments/<str:run_id>/benefits/", views.run_benefits, name="run-benefits"),
    path("assessments/<str:run_id>/missing/", views.run_missing, name="run-missing"),
    path("assessments/<str:run_id>/refused/", views.run_refused, name="run-refused"),
    path("assessments/<str:run_id>/download/<str:kind>/", views.download, name="download"),
    path("assessments/<str:run_id>/subjects/<int:position>/", views.subject, name="subject"),
    path("standing/", standing_views.own, name="standing"),
    path("standing/<int:number>/", standing_views.of_organisation, name="organisation-standing"),
    path("sweeps/", sweep_views.sweeps, name="sweeps"),
    path("sweeps/new/", sweep_views.begin, name="sweep-new"),
    path("sweeps/<int:number>/", sweep_views.sweep, name="sweep"),
    path("sweeps/<int:number>/export.xlsx", sweep_views.export, name="sweep-export"),
    path("sweeps/<int:number>/stop/", sweep_views.stop, name="sweep-stop"),
    path("sweeps/<int:number>/resume/", sweep_views.resume, name="sweep-resume"),
    path("releases/", release_views.releases, name="releases"),
    path("releases/new/", release_views.propose, name="release-new"),
    path("releases/<int:number>/", release_views.release, name="release"),
    re_path(
        r"^releases/(?P<number>[0-9]{1,9})/(?P<act>approve|reject|effect)/$",
        release_views.decide,
        name="release-act",
    ),
]
