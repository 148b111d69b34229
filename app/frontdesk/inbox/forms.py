"""What people send: every form carries a token of the session that it was shown in."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.csrf.core import CSRF
from wtforms.validators import InputRequired, Length

from frontdesk.inbox.context import desk, visit

TOKEN = "csrf_token"  # noqa: S105 - a field's name


class _SessionToken(CSRF):
    """WTForms' seam for CSRF, filled with our own session; Flask's is the host's."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        return desk().access.sessions.token(visit().session)

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        if not desk().access.sessions.accepts(visit().session, field.data or ""):
            raise ValidationError("the token is not one of this session's")


class InboxForm(FlaskForm):  # type: ignore[misc]
    """A form with a token and nothing else; others have fields besides."""

    class Meta:
        csrf = True
        csrf_class = _SessionToken
        csrf_field_name = TOKEN

        def get_translations(self, form: object) -> None:
            """Nothing that WTForms says is shown."""


class SignIn(InboxForm):
    """A name and a password; `next`: the page that was asked for.

    `again`: somebody who is signed in has to prove it.
    """

    name = StringField(validators=[InputRequired(), Length(max=200)])
    password = PasswordField(validators=[InputRequired(), Length(max=1000)])
    next = HiddenField()
    again = HiddenField()


class SignInCode(InboxForm):
    """A code, or one for a lost telephone; `half`: that the first step went well."""

    code = StringField(validators=[Length(max=100)])
    recovery = StringField(validators=[Length(max=100)])
    half = HiddenField()
    next = HiddenField()
    again = HiddenField()
