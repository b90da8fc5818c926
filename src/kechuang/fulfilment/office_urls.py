"""Addresses of the offices and of the public."""

from django.urls import path, re_path

from kechuang.fulfilment.office_views import (
    awards,
    bulk_views,
    call_acts,
    calls,
    cases,
    dossiers,
    lists,
    notices,
    objections,
)

CALLS = [
    path("calls/", calls.index, name="calls"),
    path("calls/new/", calls.new, name="call-new"),
    path("calls/<str:number>/", calls.page, name="call"),
    path("calls/<str:number>/edit/", calls.edit, name="call-edit"),
    path("calls/<str:number>/publish/", call_acts.publish, name="call-publish"),
    path("calls/<str:number>/extend/", call_acts.extend, name="call-extend"),
    path("calls/<str:number>/withdraw/", call_acts.withdraw, name="call-withdraw"),
    path("calls/<str:number>/offers/", call_acts.offers, name="call-offers"),
    path("calls/<str:number>/settle/", call_acts.settle, name="call-settle"),
]

LISTS = [
    path("tasks/", lists.tasks, name="tasks"),
    path("tasks/list/<str:name>/select/", lists.select, name="list-select"),
    path("tasks/list/<str:name>/save/", lists.save_view, name="view-save"),
    path("tasks/views/<int:number>/drop/", lists.drop_view, name="view-drop"),
    path("tasks/list/<str:name>/export.xlsx", lists.export, name="list-export"),
    path("tasks/list/<str:name>/bulk/", bulk_views.ask, name="bulk"),
    path("tasks/bulk/<int:number>/", bulk_views.run, name="bulk-run"),
    path("tasks/bulk/<int:number>/on/", bulk_views.go_on, name="bulk-on"),
]

CASES = [
    path("cases/<str:number>/acts/<str:command>/", cases.act, name="case-act"),
    path("cases/<str:number>/dossier.zip", dossiers.take, name="case-dossier"),
    path("cases/<str:number>/notes/", cases.note, name="case-note"),
    path("cases/<str:number>/overlaps/<str:other>/", cases.overlap, name="case-overlap"),
    path("cases/<str:number>/findings/<int:finding>/credit/", cases.credit, name="case-credit"),
    path("cases/<str:number>/letters/", cases.release, name="case-letters"),
]

PUBLIC = [
    path("notices/", notices.index, name="notices"),
    re_path(r"^notices/(?P<number>[0-9A-Za-z.-]+)\.json$", notices.as_json, name="notice-json"),
    re_path(r"^notices/(?P<number>[0-9A-Za-z.-]+)\.pdf$", notices.as_pdf, name="notice-pdf"),
    path("notices/<str:number>/", notices.page, name="notice"),
    path("notices/<str:number>/object/", notices.object_to, name="object"),
    path("notices/<str:number>/withdraw/", objections.withdraw_notice, name="notice-withdraw"),
    path("objections/received/", notices.receipt, name="objection-receipt"),
    path("objections/", objections.index, name="objections"),
    path("objections/<str:number>/", objections.page, name="objection"),
    path("awards/", awards.index, name="awards"),
    re_path(r"^awards/list\.(?P<form>csv|xlsx|json)$", awards.export, name="awards-export"),
]

urlpatterns = [*CALLS, *LISTS, *CASES, *PUBLIC]
