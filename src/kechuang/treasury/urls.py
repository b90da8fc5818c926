"""Addresses of the treasury."""

from django.urls import path, re_path

from kechuang.treasury import batch_views, dividing_views, views

urlpatterns = [
    path("treasury/", views.overview, name="treasury"),
    path("treasury/appropriations/new/", views.appropriation_new, name="treasury-appropriation-new"),
    path("treasury/appropriations/<int:number>/", views.appropriation, name="treasury-appropriation"),
    path("treasury/appropriations/<int:number>/adjust/", views.adjust, name="treasury-adjust"),
    path("treasury/appropriations/<int:number>/subjects/", views.subjects, name="treasury-subjects"),
    path("treasury/appropriations/<int:number>/ledger.xlsx", views.ledger_file, name="treasury-ledger-file"),
    path("treasury/entries/<int:number>/", views.entry, name="treasury-entry"),
    path("treasury/awards/<int:number>/parts/", dividing_views.parts, name="treasury-award-parts"),
    path("treasury/to-pay/", batch_views.to_pay, name="treasury-to-pay"),
    path("treasury/batches/", batch_views.batches, name="treasury-batches"),
    path("treasury/batches/<str:number>/", batch_views.batch, name="treasury-batch"),
    path("treasury/batches/<str:number>/results/", batch_views.batch_results, name="treasury-batch-results"),
    re_path(
        r"^treasury/batches/(?P<number>[0-9-]+)/file/(?P<kind>csv|xlsx|answer)$",
        batch_views.batch_file,
        name="treasury-batch-file",
    ),
    path("treasury/batches/<str:number>/<slug:act>/", batch_views.batch_act, name="treasury-batch-act"),
    path("treasury/receivables/", views.receivables, name="treasury-receivables"),
    path("treasury/receivables/<int:number>/", views.receivable, name="treasury-receivable"),
]
