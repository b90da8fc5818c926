"""Before the first visitor comes the pages that take long are made, without a connection to the database."""

from __future__ import annotations

from kechuang.reader.views import document_body
from kechuang.web.warming import warm_up


def test_the_document_is_made_in_every_language_without_the_database():
    document_body.cache_clear()

    warm_up()  # pytest-django refuses any use of the database here

    assert document_body.cache_info().currsize == 2
