"""frontdesk.toml as typed, validated settings."""

from frontdesk.config.changes import unchangeable
from frontdesk.config.forms_dir import listing
from frontdesk.config.inbox import Inbox, InboxOidc, InboxPerson, Role
from frontdesk.config.load import DestinationKind, Kinds, data_dir, find, load, validate
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
from frontdesk.config.problems import ConfigError, Problem
from frontdesk.config.section import Section
from frontdesk.config.types import (
    Duration,
    Secret,
    Untouched,
    Url,
    contact_href,
    localized,
    matching,
)
from frontdesk.config.units import UnitSource

__all__ = [
    "NUMBER_LIMIT",
    "AccountSection",
    "Attribute",
    "CaptchaSection",
    "ConfigError",
    "Consent",
    "Destination",
    "DestinationKind",
    "Duration",
    "Form",
    "FormLimits",
    "Inbox",
    "InboxOidc",
    "InboxPerson",
    "Kinds",
    "Problem",
    "Role",
    "Secret",
    "Section",
    "Settings",
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
