"""What takes long the first time is done before the first visitor comes."""

from django.conf import settings
from django.urls import get_resolver
from django.utils import timezone, translation

from kechuang.policy.encoding.binding import bind
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader.measure_views import measures_body
from kechuang.reader.packs import pack_in_force
from kechuang.reader.templatetags.kechuang import language
from kechuang.reader.views import document_body


def warm_up() -> None:
    """Read the policy, find all addresses, and make the document and its sentences in every language of the site.

    No connection to the database is opened: processes that part afterwards may not share one.
    """
    get_resolver().url_patterns  # noqa: B018 - all views are imported
    pack, today = pack_in_force(), timezone.localdate()
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            document_body(pack, language(), today)
            measures_body(pack, language(), today)
            parts_of(bind(pack, today), language())
