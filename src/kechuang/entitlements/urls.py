"""Addresses of uploads and results."""

from django.urls import path

from kechuang.entitlements import views

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
]
