"""What captcha providers, CRMs and sources of units bring along to the configuration."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from frontdesk.config.problems import Problem
from frontdesk.config.section import Section
from frontdesk.config.types import Duration
from frontdesk.config.units import UnitSource

if TYPE_CHECKING:
    from frontdesk.config.form import Form


class CaptchaSection(Section):
    """What every captcha provider has; each provider's section adds its own keys.

    `field`: of an HTML form, that carries its response.
    """

    field: ClassVar[str] = "captcha"

    provider: str
    on_outage: Literal["hold", "deliver", "refuse"] = "hold"


class AccountSection(Section):
    """What every account in a CRM has; each CRM's folder adds its own keys.

    `takes_anyone`: whether the CRM takes people who leave neither an email address nor a phone
    number, as those may who ask what a property is worth. `takes_leads`: whether what goes there
    reaches somebody who answers it.
    """

    takes_anyone: ClassVar[bool] = False
    takes_leads: ClassVar[bool] = True

    @property
    def last(self) -> bool:
        """Whether it gets a submission only once all other destinations have it."""
        return False

    connect_timeout: Duration = Field(10.0, gt=0, le=120)
    read_timeout: Duration = Field(30.0, gt=0, le=300)


class DestinationKind(NamedTuple):
    """What a CRM brings along: its sections of the file, the attribute keys that are its own,
    a look at a form that is otherwise well, and the fields of ours that it takes no lead without.
    """

    account: type[AccountSection]
    form: type[Section]
    reserved: frozenset[str]
    problems: Callable[["Form", Any, Any], Iterable[Problem]]
    needs: frozenset[str] = frozenset()


class Kinds(NamedTuple):
    """The captcha providers, CRMs and sources of units, by the names that the file uses."""

    captchas: Mapping[str, type[CaptchaSection]]
    destinations: Mapping[str, DestinationKind]
    sources: Mapping[str, type[UnitSource]]
