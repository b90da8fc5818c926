"""Pages of the house itself: health, and what a visitor sees when something is wrong."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

from kechuang.accounts import typed
from kechuang.accounts.acting import not_saved, to_sign_in
from kechuang.accounts.views import show_again
from kechuang.fulfilment import keeping
from kechuang.policy.encoding.binding import bind
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader.packs import pack_in_force
from kechuang.reader.queries import counts
from kechuang.reader.templatetags.kechuang import language
from kechuang.web.doors import ASK, more_doors, start_of
from kechuang.web.masthead import TEXT_SIZES, THEMES

SILENCE = timedelta(seconds=60)  # a worker says every ten seconds that it lives


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and a background worker lives, else 503; says which of the two is missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        lives = ProcrastinateWorker.objects.filter(last_heartbeat__gte=timezone.now() - SILENCE).exists()
        state = {"database": "ok", "worker": "ok" if lives else "none"}
    except DatabaseError:
        state = {"database": "unreachable", "worker": "unknown"}
    well = set(state.values()) == {"ok"}
    return JsonResponse(state, status=200 if well else 503, headers={"Cache-Control": "no-store"})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the policy in force, and a door for each kind of visitor."""
    pack = pack_in_force()
    shown = next(benefit for benefit in pack.benefits if benefit.lifecycle == "formula")
    parts = parts_of(bind(pack, timezone.localdate()), language())[shown.id]
    told = {
        "pack": pack,
        "counts": counts(pack),
        "shown": shown,
        "parts": parts,
        "all_doors": more_doors((ASK,)),
    }
    return render(request, "web/home.html", told)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where a person's work begins: the first page of the role, or the front page for who has none."""
    membership = request.membership  # type: ignore[attr-defined]
    return redirect(start_of(membership) if membership else "home")


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keep how the visitor wants pages to look, in a cookie that says nothing else, and go back to the page."""
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    response = redirect(to if safe else "home")
    for name, known in (("theme", THEMES), ("text_size", TEXT_SIZES)):
        if (value := request.POST.get(name, "")) in known:
            age, secure = settings.LANGUAGE_COOKIE_AGE, settings.SESSION_COOKIE_SECURE
            response.set_cookie(name, value, max_age=age, secure=secure, httponly=True, samesite="Lax")
    return response


def problem(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A page that says what is wrong (`title`) and what to do (`text`)."""
    return render(request, "web/problem.html", {"title": title, "text": text}, status=status)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """A form came without its token, or with a stale one: one from a page of ours is shown again as it was typed."""
    if typed.is_from_here(request):
        if request.headers.get("HX-Request"):
            return not_saved(request, anew=True)
        if not request.user.is_authenticated and request.COOKIES.get(typed.COOKIE):
            return to_sign_in(request)
        found = typed.typed_of(request)
        mine = request.user.is_authenticated and keeping.shown_to(request) in {None, request.user.pk}
        if found is not None and mine:
            return show_again(request, found, anew=True, status=403)
    return problem(
        request, 403, _("表单已过期"), _("请返回上一页，刷新后重新提交。浏览器须允许本站的 Cookie。")
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Status 400."""
    return problem(request, 400, _("请求无法识别"), _("请返回上一页重试。"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Status 403."""
    return problem(request, 403, _("您无权查看此页"), _("如需查看，请联系本系统的管理人员。"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Status 404."""
    return problem(request, 404, _("没有这一页"), _("请检查网址，或从首页进入。"))


def broken(request: HttpRequest) -> HttpResponse:
    """Status 500."""
    return problem(request, 500, _("系统出错"), _("错误已记录。请稍后重试；您已上传的数据不受影响。"))
