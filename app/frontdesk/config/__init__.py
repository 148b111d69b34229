"""frontdesk.toml as typed, validated settings."""

from frontdesk.config.attributes import NUMBER_LIMIT, Attribute
from frontdesk.config.changes import unchangeable
from frontdesk.config.enclosed import ENCLOSED_LIMIT, EnclosedFile
from frontdesk.config.form import Consent, Form, FormLimits
from frontdesk.config.inbox import Inbox, InboxOidc, InboxPerson, Role
from frontdesk.config.kinds import AccountSection, CaptchaSection, DestinationKind, Kinds
from frontdesk.config.loading.forms_dir import listing
from frontdesk.config.loading.load import data_dir, find, load, validate
from frontdesk.config.look.palette import Scheme
from frontdesk.config.look.section import Font, Look
from frontdesk.config.problems import ConfigError, Problem
from frontdesk.config.section import Section
from frontdesk.config.settings import Destination, Settings
from frontdesk.config.types import (
    Duration,
    OptionalLocalized,
    OptionalUrl,
    Origin,
    Secret,
    SpokenLanguage,
    Untouched,
    Url,
    contact_href,
    localized,
    matching,
    untranslated,
)
from frontdesk.config.units import UnitSource

__all__ = [
    "ENCLOSED_LIMIT",
    "NUMBER_LIMIT",
    "AccountSection",
    "Attribute",
    "CaptchaSection",
    "ConfigError",
    "Consent",
    "Destination",
    "DestinationKind",
    "Duration",
    "EnclosedFile",
    "Font",
    "Form",
    "FormLimits",
    "Inbox",
    "InboxOidc",
    "InboxPerson",
    "Kinds",
    "Look",
    "OptionalLocalized",
    "OptionalUrl",
    "Origin",
    "Problem",
    "Role",
    "Scheme",
    "Secret",
    "Section",
    "Settings",
    "SpokenLanguage",
    "UnitSource",
    "Untouched",
    "Url",
    "contact_href",
    "data_dir",
    "find",
    "listing",
    "load",
    "localized",
    "matching",
    "unchangeable",
    "untranslated",
    "validate",
]
