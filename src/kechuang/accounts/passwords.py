"""What a password must be: long, not common, not the name. The sentences say what to do."""

from __future__ import annotations

import re
import string
from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kechuang.accounts.models import User

LENGTH: Final = 12
FEWEST: Final = 5  # different characters
_EDGES: Final = string.digits + string.punctuation + string.whitespace


class LongEnough:
    """At least 12 characters."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raise ValidationError for a short one."""
        if len(password) < LENGTH:
            raise ValidationError(
                _("口令至少 %(n)s 个字符，现在是 %(found)s 个。") % {"n": LENGTH, "found": len(password)},
                "short",
            )

    def get_help_text(self) -> str:
        """What to choose."""
        return _("至少 %(n)s 个字符。几个不相干的词连成一句，好记也难猜。") % {"n": LENGTH}


class NotCommon(CommonPasswordValidator):
    """Neither one of the passwords that are tried first, nor one of them with figures before or after it."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raise ValidationError for a common one."""
        lower = password.lower().strip()
        base = lower.strip(_EDGES)
        if lower in self.passwords or not base or base in self.passwords or len(set(lower)) < FEWEST:
            raise ValidationError(_("这个口令太常见，容易被猜到。请换一个。"), "common")

    def get_help_text(self) -> str:
        """What to avoid."""
        return _("不要用常见口令，也不要只用数字。")


class NotTheName:
    """Does not contain the user name, the name or the mail address."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when it does."""
        told = [user.username, user.name, user.email.partition("@")[0]] if user else []
        parts = [one.lower() for one in told if len(one) >= 4 or re.search("[\u4e00-\u9fff]{2}", one)]  # noqa: PLR2004
        if any(part in password.lower() for part in parts):
            raise ValidationError(_("口令里不要有您的用户名、姓名或邮箱。"), "name")

    def get_help_text(self) -> str:
        """What to avoid."""
        return _("不要含您的用户名、姓名或邮箱。")
