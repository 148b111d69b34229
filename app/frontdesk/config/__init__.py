"""frontdesk.toml as typed, validated settings."""

from frontdesk.config.load import ConfigError, DestinationKind, Kinds, Problem, find, load, validate
from frontdesk.config.model import (
    NUMBER_LIMIT,
    AccountSection,
    Attribute,
    CaptchaSection,
    Consent,
    Destination,
    Form,
    FormLimits,
    Section,
    Settings,
)
from frontdesk.config.types import (
    Duration,
    Secret,
    Untouched,
    Url,
    contact_href,
    localized,
    matching,
)

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
    "Kinds",
    "Problem",
    "Secret",
    "Section",
    "Settings",
    "Untouched",
    "Url",
    "contact_href",
    "find",
    "load",
    "localized",
    "matching",
    "validate",
]
