"""What tests of cases share: a city, a real file, and what o'clock it is in stories about pages."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kechuang.exchange.paper import pdf_of

if TYPE_CHECKING:
    from fulfilment.city import City
    from kechuang.accounts.models import Membership

_PDF: list[bytes] = []


@pytest.fixture(scope="module")
def city_of_module(for_all: Callable[[Callable[[], City]], City]) -> City:
    """Made once for the tests of a module that want a city, the policy in force there; each takes a copy, `city`."""
    from fulfilment.city import AT, make_city  # the models are not there yet when pytest reads this file
    from kechuang.entitlements import releasing

    def make() -> City:
        releasing.begin(AT)
        return make_city()

    return for_all(make)


@pytest.fixture
def city(city_of_module: City) -> City:
    """A city's offices, as most tests of cases want them."""
    return deepcopy(city_of_module)


@pytest.fixture
def pdf_upload() -> SimpleUploadedFile:
    """A small, real PDF."""
    if not _PDF:
        _PDF.append(pdf_of("<p>批复文件</p>"))
    return SimpleUploadedFile("批复文件.pdf", _PDF[0], "application/pdf")


@pytest.fixture
def manager(db: None) -> Membership:
    """Who manages an enterprise whose R&D spend has grown enough for measure 9."""
    from fulfilment.city import make_grower

    return make_grower()
