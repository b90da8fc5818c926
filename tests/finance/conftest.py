"""Files of these tests lie in a folder of their own."""

import pytest

from fulfilment.conftest import pdf_upload

__all__ = ["pdf_upload"]


@pytest.fixture(autouse=True)
def kept_in_a_folder_of_its_own(settings, data_folder):
    settings.EVIDENCE_ROOT = data_folder / "evidence"


@pytest.fixture
def bank():
    from finance.factories import make_filer

    return make_filer()


@pytest.fixture
def firm():
    from factories import make_organisation

    return make_organisation()
