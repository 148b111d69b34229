"""Every captcha, every CRM and every source of units that a configuration may name."""

from frontdesk import crm
from frontdesk.config import Kinds
from frontdesk.intake import sections

KINDS = Kinds(captchas=sections.SECTIONS, destinations=crm.KINDS, sources=crm.SOURCES)
