"""Which fields a configured form has: one WTForms definition for HTML and JSON alike."""

from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import Any, NamedTuple

from flask_wtf import FlaskForm
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.fields.core import Field, Label
from wtforms.validators import ValidationError

from frontdesk import config
from frontdesk.config import Attribute, Form, localized
from frontdesk.config.links import pieces, plain
from frontdesk.i18n import catalogue
from frontdesk.intake import choices, fields
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.hidden import Hidden
from frontdesk.intake.keys import VISITOR
from frontdesk.intake.numbers import Decimal, Price, Whole
from frontdesk.intake.phone import Phone
from frontdesk.intake.text import TEXT_LIMIT, length
from frontdesk.intake.token import Freshness, Token
from frontdesk.model.lead import Consent, Lead, digest

CONSENT = "consent_"
ATTRIBUTE = "attribute_"
HONEYPOT = "link"
TOKEN = "token"  # noqa: S105 - a field's name
CAPTCHA_FIELDS = ("captcha", "altcha", "h-captcha-response", "cf-turnstile-response")
# What else may be wrong in a JSON body.
NOT_FIELDS = frozenset({"consents", "attributes", *VISITOR})

# What the browser must not "correct".
_NAME = {"autocapitalize": "words", "spellcheck": "false"}
_CODE = {"autocapitalize": "off", "spellcheck": "false"}


class Door(NamedTuple):
    """How form tokens are issued and checked; bound to one form."""

    issue: Callable[[bool], str]  # whether it is a renewal
    check: Callable[[str], Token | None]


OPEN = Door(lambda _: "", lambda _: Token("", Freshness.GOOD))  # for those who need no token


class TokenField(CSRFTokenField):
    """The hidden field with the form token, issued only when it is rendered."""

    token: Token | None = None

    def process(self, *args: Any, **kwargs: Any) -> None:
        super(CSRFTokenField, self).process(*args, **kwargs)

    def current(self) -> str:
        """The token to send the form with next; a good one is kept, with the time it was issued.

        So correcting a field is not hasty, and the same enquiry sent again is recognised.
        """
        if self.token is not None and self.token.freshness is not Freshness.STALE:
            return str(self.data)
        issued: str = self.csrf_impl.generate_csrf_token(self)
        return issued

    def _value(self) -> str:
        return self.current()


class TokenCSRF(CSRF):
    """WTForms' seam for CSRF, filled with the form token; one for all forms."""

    def __init__(self) -> None:
        self._fields = [(TOKEN, TokenField(label=TOKEN, csrf_impl=self))]

    def setup_form(self, form: Any) -> list[tuple[str, Any]]:
        return self._fields

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        door: Door = csrf_token_field.meta.door
        return door.issue(csrf_token_field.token is not None)

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        door: Door = field.meta.door
        field.token = door.check(field.data or "")
        if field.token is None:
            said = field.gettext(
                "The form did not reach us complete. Nothing is lost; please send it once more."
            )
            raise ValidationError(Complaint("invalid" if field.data else "missing", said))
        if field.token.freshness is Freshness.STALE:
            said = field.gettext(
                "This page was open for a long time. Nothing is lost; please send it once more."
            )
            raise ValidationError(Complaint("stale", said))


_TOKEN_CSRF = TokenCSRF()


class EnquiryForm(FlaskForm):  # type: ignore[misc]
    """A form of one configuration in one language; made by `form_class`."""

    configured: Form
    spoken: str
    wordings: tuple[tuple[int, str, str], ...]  # of each consent: id, text, hash

    class Meta:
        csrf = True
        csrf_field_name = TOKEN
        spoken = "en"
        channel = "html"  # who answers for what is wrong: see choices.py

        def build_csrf(self, form: object) -> CSRF:
            return _TOKEN_CSRF

        def get_translations(self, form: object) -> Any:
            return catalogue(self.spoken)

        def bind_field(self, form: object, unbound: Any, options: dict[str, Any]) -> Field:
            """A copy of a field that was bound before, which takes a tenth of the time.

            No field of ours asks for its form, which without a way back to itself is gone at once,
            and not only when the garbage collector comes by.
            """
            pattern = vars(unbound).get("pattern")
            if pattern is None:
                pattern = unbound.bind(form=form, **options)
                pattern.meta = pattern._form = None
                unbound.pattern = pattern
            field: Field = object.__new__(type(pattern))
            # The token's field is one for all forms; each speaks its own language.
            vars(field).update(vars(pattern), meta=self, _translations=options["translations"])
            return field

    @property
    def checked_token(self) -> Token | None:
        """What the token field says, after `validate()`."""
        field: TokenField = self[TOKEN]
        return field.token

    def process(
        self, formdata: Any = None, obj: None = None, data: Any = None, **_: object
    ) -> None:
        """Fill the fields in, without looking for filters and such, which none of ours has."""
        for name, field in self._fields.items():
            field.process(formdata, data and data.get(name))

    def validate(self, extra_validators: None = None) -> bool:
        valid = True
        for field in self:  # all of them, so that all mistakes are told at once
            valid &= field.validate(self)
        asked = self.configured.kind != "valuation"
        if asked and not self.email.data and not self.phone.data:
            said = self.email.gettext("Please leave us an email address or a phone number.")
            self.email.errors = [Complaint("no_contact", said)]
            valid = False
        beside = sum(length(remark) + 1 for remark in self.remarks())
        if not self.note.errors and length(self.note.data or "") + beside > TEXT_LIMIT:
            self.note.errors = [Complaint("too_long", self.note.too_long(TEXT_LIMIT - beside))]
            valid = False
        return valid

    def ask_again(self, names: Collection[str]) -> bool:
        """Whether one of the visitor's fields was unreadable; marks those that were."""
        # What the page says of itself may be lost.
        asked = [n for n in names if n in self and not isinstance(self[n], fields.PAGES)]
        for name in asked:
            said = self[name].gettext("We could not read this. Please write it once more.")
            self[name].errors = [Complaint("unreadable", said)]
        return bool(asked)

    def ignored(self) -> list[str]:
        """The fields whose values the form does not know."""
        named = json_name if self.meta.channel == "json" else str
        return [named(field.name) for field in self if getattr(field, "ignored", False)]

    def remarks(self) -> tuple[str, ...]:
        """What the fields have to say besides their answers, unless the note says so already."""
        said = (self.note.data or "").splitlines()
        remarks = (getattr(f, "remark", None) for f in self if not isinstance(f, Hidden))
        return tuple(remark for remark in remarks if remark and remark not in said)

    def asides(self) -> tuple[str, ...]:
        """The same of what the page says by itself, as far as there is room in the note."""
        known = "\n".join((self.note.data or "", *self.remarks()))
        asides = []
        for field in self:
            line = field.remark if isinstance(field, Hidden) else None
            if line and line not in known.splitlines() and length(f"{known}\n{line}") <= TEXT_LIMIT:
                known = f"{known}\n{line}"
                asides.append(line)
        return tuple(asides)

    def prefix_ids(self, prefix: str) -> None:
        """Tell the fields' ids from others of the page; the names stay."""
        for field in self:
            field.id = prefix + field.id
            field.label = Label(field.id, field.label.text)

    def problems(self) -> dict[str, list[str]]:
        """The messages at each field, under the names that the JSON body has for them."""
        return {json_name(name): list(found) for name, found in self.errors.items()}

    def own_names(self) -> dict[str, str]:
        """By what may be wrong in an enquiry, what that is counted as; all else is not ours."""
        ours = {name: name for name in (*map(json_name, self._fields), *NOT_FIELDS)}
        return {**ours, **dict.fromkeys(CAPTCHA_FIELDS, "captcha")}

    def lead(self) -> Lead:
        """The validated answers."""
        return Lead(
            first_name=self.first_name.answer or "",
            last_name=self.last_name.answer or "",
            language=self.language.answer or self.spoken,
            email=self.email.answer,
            phone=self.phone.answer,
            unit=self.unit.answer if "unit" in self else None,
            rooms=tuple(self.rooms.answer or ()) if "rooms" in self else (),
            price_max=self.price_max.answer if "price_max" in self else None,
            note="\n".join(filter(None, (self.note.answer, *self.remarks(), *self.asides())))
            or None,
            campaign=self.campaign.answer,
            tags=self.tags.tags,
            consents=tuple(
                Consent(
                    id=number,
                    granted=self[f"{CONSENT}{number}"].data,
                    text=text,
                    language=self.spoken,
                    sha256=sha256,
                )
                for number, text, sha256 in self.wordings
            ),
            attributes={
                a.key: value
                for a in self.configured.attributes
                if (value := self[ATTRIBUTE + a.key].answer) is not None
            },
        )


def form_class(form: Form, language: str) -> type[EnquiryForm]:
    """The WTForms class of a configured form; build it once for each language."""
    _ = catalogue(language).gettext
    required = fields.Required(_("Please fill this in."))
    buys = form.kind != "valuation"  # who asks what a property is worth need not say who it is

    def needed(message: str) -> list[fields.Required]:
        return [fields.Required(message)] if buys else []

    members: dict[str, Any] = {
        "configured": form,
        "spoken": language,
        "wordings": tuple(_wording(consent, language) for consent in form.consents),
        "Meta": type("Meta", (), {"spoken": language}),
        "first_name": fields.Text(
            _("First name"),
            validators=needed(_("Please tell us your first name.")),
            render_kw={"autocomplete": "given-name", **_NAME},
        ),
        "last_name": fields.Text(
            _("Last name"),
            validators=needed(_("Please tell us your last name.")),
            render_kw={"autocomplete": "family-name", **_NAME},
        ),
        "email": fields.Email(_("Email")),
        "phone": Phone(_("Phone"), form.phone_region),
    }
    if buys:
        members |= _wishes(form, language)
    for attribute in form.attributes:
        field = _attribute(attribute, language, required)
        if attribute.hidden:
            field = Hidden(localized(attribute.label, language), field)
        members[ATTRIBUTE + attribute.key] = field
    members["note"] = fields.Note(_("Message"), render_kw={"rows": 4})
    for consent in form.consents:
        label = localized(consent.label, language)
        members[f"{CONSENT}{consent.id}"] = choices.Tick(
            plain(label),
            pieces(label),
            validators=[fields.Required(_("Without this consent we cannot reply to you."))]
            if consent.required
            else [],
        )
    members["language"] = fields.Language("language")
    members["campaign"] = fields.Hint("campaign", 200)
    members["page"] = fields.Hint("page", 2000)
    members["title"] = fields.Hint("title", 200)
    members["referrer"] = fields.Hint("referrer", 2000)
    members["tags"] = fields.Tags("tags", 500)
    members[HONEYPOT] = fields.Trap(_("Please leave this empty"), 200)
    return type("ConfiguredForm", (EnquiryForm,), members)


def _wishes(form: Form, language: str) -> dict[str, Any]:
    """What those are asked who want to buy."""
    _ = catalogue(language).gettext
    wishes: dict[str, Any] = {}
    if form.units:
        offered = {unit: unit for unit in form.units}
        wishes["unit"] = choices.Unit(_("Unit"), offered, _("Any flat"))
    else:
        wishes["unit"] = fields.Text(_("Unit"), render_kw=_CODE)
    if form.rooms:
        wishes["rooms"] = choices.Choices(_("Rooms"), {room: room for room in form.rooms})
    wishes["price_max"] = Price(_("Highest price"), form.currency)
    return wishes


def _wording(consent: config.Consent, language: str) -> tuple[int, str, str]:
    text = localized(consent.label, language)
    return consent.id, text, digest(text)


def _attribute(attribute: Attribute, language: str, required: fields.Required) -> Any:
    _ = catalogue(language).gettext
    label = localized(attribute.label, language)
    options = {option.value: localized(option.label, language) for option in attribute.options}
    validators = [required] if attribute.required else []
    nothing = _("Please choose") if attribute.required else _("No preference")
    bounds: tuple[Any, Any] = (attribute.min, attribute.max)
    match attribute.type:
        case "boolean":
            return choices.YesNo(label, _("Yes"), _("No"), nothing, validators=validators)
        case "select":
            return choices.Choice(label, options, nothing, validators=validators)
        case "multiselect":
            return choices.Choices(label, options, validators=validators)
        case "integer":
            return Whole(label, *bounds, validators=validators)
        case "decimal":
            return Decimal(label, *bounds, validators=validators)
        case "date":
            return fields.Day(label, *bounds, validators=validators)
        case "string":
            return fields.Text(label, validators=validators)


def json_name(field: str) -> str:
    """A field's name as the JSON body and its errors have it."""
    if field.startswith(CONSENT):
        return "consents." + field.removeprefix(CONSENT)
    if field.startswith(ATTRIBUTE):
        return "attributes." + field.removeprefix(ATTRIBUTE)
    return field


def unknown_answers(form: type[EnquiryForm], data: Iterable[str]) -> list[str]:
    """Attributes and consents that a page sends and the form does not have; a few will do."""
    ours = (CONSENT, ATTRIBUTE)
    names = (name[:100] for name in data if name.startswith(ours) and not hasattr(form, name))
    return [ascii(name)[1:-1] for name in islice(names, 5)]
