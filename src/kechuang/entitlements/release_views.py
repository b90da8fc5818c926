"""Pages of versions: what is in force since when, for everybody; proposals, for those who answer for the policy."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import EffectRun, Release
from kechuang.entitlements.queries import LOST_JOBS
from kechuang.entitlements.release_forms import ReleaseForm
from kechuang.entitlements.versions import pack_of
from kechuang.journal import clock
from kechuang.reader.templatetags.kechuang import language

PUBLIC = (Release.State.IN_FORCE, Release.State.REPLACED)


def release_at(number: int) -> Release:
    """One version with who proposed and who decided; 404 where there is none."""
    found = Release.objects.select_related("version", "proposed_by__user", "decided_by__user")
    release = found.filter(pk=number).first()
    if release is None:
        raise Http404
    return release


@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """Which version is in force since when, and those before it; for policy officers also what is proposed."""
    releasing.version_in_force()
    membership = acting(request)
    officer = bool(membership) and membership.role == Role.POLICY
    found = Release.objects.select_related("version").defer("version__files", "effect")
    shown = {
        "releases": [(one, pack_of(one.version_id)) for one in found.filter(state__in=PUBLIC)],
        "officer": officer,
        "proposed": found.filter(state=Release.State.PROPOSED) if officer else (),
        "offered": officer and releasing.shipped().hash != releasing.version_in_force().pk,
    }
    return render(request, "entitlements/releases.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.POLICY)
def propose(request: HttpRequest) -> HttpResponse:
    """Offer the version that the software brings, or one from a draft."""
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        try:
            with form.pack() as pack:
                release = releasing.propose(pack, note=note, actor=acting(request), at=clock.now())
        except Refused as refused:
            form.add_error(
                refused.field if refused.field in form.fields else None, refused.words.pick(language())
            )
        else:
            return redirect("release", release.pk)
    shown = {
        "form": form,
        "shipped": releasing.shipped(),
        "new": releasing.shipped().hash != releasing.version_in_force().pk,
    }
    return render(request, "entitlements/release_new.html", shown, status=422 if form.errors else 200)


@require_safe
@as_role(Role.POLICY)
def release(request: HttpRequest, number: int) -> HttpResponse:
    """A proposed version: who wants it and why, what it changes for whom, and the act of another person."""
    return _shown(request, release_at(number))


def _shown(request: HttpRequest, found: Release, refused: Refused | None = None) -> HttpResponse:
    run = EffectRun.objects.filter(release=found).first()
    waiting = run is not None and not found.effect and not run.problem
    if request.headers.get("HX-Target") == "progress":
        if not waiting:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "entitlements/_release_progress.html", {"run": run})
    current = releasing.version_in_force()
    shown = {
        "release": found,
        "pack": pack_of(found.version_id),
        "run": run,
        "waiting": waiting,
        "lost": waiting and _was_lost(run),
        "open": found.state == Release.State.PROPOSED,
        "own": found.proposed_user == acting(request).user_id,
        "outdated": bool(found.effect) and found.effect["against"] != current.pk,
        "current": pack_of(current.pk),
        "refused": refused.words.pick(language()) if refused else "",
    }
    return render(request, "entitlements/release.html", shown, status=422 if refused else 200)


def _was_lost(run: EffectRun | None) -> bool:
    return run is not None and ProcrastinateJob.objects.filter(pk=run.job, status__in=LOST_JOBS).exists()


@require_POST
@as_role(Role.POLICY)
def decide(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """Approve, reject, or work the effect out again."""
    acts = {
        "approve": releasing.approve,
        "reject": releasing.reject,
        "effect": releasing.work_out_again,
    }
    found = release_at(number)
    try:
        acts[act](found, actor=acting(request), at=clock.now())
    except Refused as refused:
        return _shown(request, release_at(number), refused)
    return redirect("release", number)
