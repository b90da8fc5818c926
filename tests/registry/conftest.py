"""Who brings lists in, and a folder of one's own for files. Models are imported once Django is set up."""

import pytest


@pytest.fixture
def officer():
    from factories import make_department, make_membership
    from kechuang.accounts.roles import Role

    return make_membership(Role.OFFICER, make_department())


@pytest.fixture(autouse=True)
def kept_in_a_folder_of_its_own(settings, data_folder):
    settings.EVIDENCE_ROOT = data_folder / "evidence"
