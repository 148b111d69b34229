"""What captcha providers, CRMs and sources of units bring along to the configuration."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from frontdesk.config.model import AccountSection, CaptchaSection, Form
from frontdesk.config.problems import Problem
from frontdesk.config.section import Section
from frontdesk.config.units import UnitSource


class DestinationKind(NamedTuple):
    """What a CRM brings along: its sections of the file, the attribute keys that are its own,
    a look at a form that is otherwise well, and the fields of ours that it takes no lead without.
    """

    account: type[AccountSection]
    form: type[Section]
    reserved: frozenset[str]
    problems: Callable[[Form, Any, Any], Iterable[Problem]]
    needs: frozenset[str] = frozenset()


class Kinds(NamedTuple):
    """The captcha providers, CRMs and sources of units, by the names that the file uses."""

    captchas: Mapping[str, type[CaptchaSection]]
    destinations: Mapping[str, DestinationKind]
    sources: Mapping[str, type[UnitSource]]
