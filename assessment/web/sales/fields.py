"""Fields that the forms of the desk share: an address, what nobody may see, and how something gets there."""

from __future__ import annotations

from typing import Any

from wtforms import widgets
from wtforms.validators import StopValidation

from assessment.store.sales import passwords
from assessment.web.forms.fields import OneOf, Words

LONGEST_EMAIL = 254
BY_MAIL, BY_HAND = "mail", "hand"


class Email(Words):
    """An address by which somebody signs in; whether there is such an account is not told."""

    widget = widgets.EmailInput()

    def __init__(self, label: str = "E-mail address", **options: Any) -> None:
        super().__init__(label, limit=LONGEST_EMAIL, need="Write the e-mail address.", **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""


class Code(Words):
    """Six digits that an app shows for half a minute."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, limit=20, need="Write the code that your app shows now.", **options)


class Secret(Words):
    """A password: it is never sent back into the page."""

    widget = widgets.PasswordInput()

    def __init__(self, label: str, *, need: str = "Write the password.", **options: Any) -> None:
        super().__init__(label, limit=4 * passwords.LONGEST, need=need, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except StopValidation:
            self.data = ""
            raise


class Way(OneOf):
    """How something gets to whom it is for: mailed by the site, in one way or another, or by hand."""

    def __init__(self, **options: Any) -> None:
        need = "Choose how it gets there."
        super().__init__("How does it get there?", need=need, default=BY_HAND, **options)
