"""Every captcha and every CRM that a configuration may name."""

from frontdesk import crm
from frontdesk.config import Kinds
from frontdesk.intake import sections

KINDS = Kinds(captchas=sections.SECTIONS, destinations=crm.KINDS)
