"""Addresses of profiles, evidence, lists and disputes."""

from django.urls import path

from kechuang.registry.views import calendar, corrections, evidence, filling, lists, profile, verifying

urlpatterns = [
    path("organisation/", profile.own, name="organisation"),
    path("organisation/facts/<slug:record>/", filling.record, name="fill"),
    path("organisation/facts/<slug:record>/add/", filling.add, name="fill-add"),
    path("organisation/facts/<slug:record>/none/", filling.none, name="fill-none"),
    path("organisation/facts/<slug:record>/withdraw/", profile.withdraw_record, name="fill-withdraw"),
    path("organisation/workbook/", filling.from_workbook, name="own-workbook"),
    path("organisation/workbook/<str:language>.xlsx", filling.own_workbook, name="own-workbook-file"),
    path("organisation/evidence/", filling.upload, name="evidence-upload"),
    path("organisations/", profile.every, name="organisations"),
    path("organisations/export.xlsx", profile.export, name="organisations-export"),
    path("organisations/<int:number>/", profile.one, name="organisation-profile"),
    path("facts/<int:number>/", profile.history, name="fact"),
    path("facts/<int:number>/verify/", verifying.verify, name="fact-verify"),
    path("facts/<int:number>/dispute/", corrections.dispute, name="dispute"),
    path("evidence/<int:number>/", evidence.download, name="evidence"),
    path("lists/", lists.every, name="lists"),
    path("lists/new/", lists.new, name="list-new"),
    path("lists/template/<slug:record>.<str:language>.xlsx", lists.template, name="list-template"),
    path("lists/<int:number>/", lists.one, name="list"),
    path("lists/<int:number>/apply/", lists.apply, name="list-apply"),
    path("lists/<int:number>/undo/", lists.undo, name="list-undo"),
    path("lists/<int:number>/errors.xlsx", lists.errors, name="list-errors"),
    path("calendar/", calendar.calendar_page, name="calendar"),
    path("corrections/", corrections.every, name="corrections"),
    path("corrections/<int:number>/", corrections.one, name="correction"),
    path("corrections/<int:number>/withdraw/", corrections.withdraw, name="correction-withdraw"),
]
