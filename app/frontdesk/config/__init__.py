"""frontdesk.toml as typed, validated settings."""

from frontdesk.config.changes import unchangeable
from frontdesk.config.forms_dir import listing
from frontdesk.config.inbox import Inbox, InboxOidc, InboxPerson, Role
from frontdesk.config.load import DestinationKind, Kinds, data_dir, find, load, validate
from frontdesk.config.look import Font, Look
from frontdesk.config.model import (
    NUMBER_LIMIT,
    AccountSection,
    Attribute,
    CaptchaSection,
    Consent,
    Destination,
    Form,
    FormLimits,
    Settings,
)
from frontdesk.config.palette import Scheme
from frontdesk.config.problems import ConfigError, Problem
from frontdesk.config.section import Section
from frontdesk.config.types import (
    ENCLOSED_LIMIT,
    Duration,
    EnclosedFile,
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
    "validate",
]
