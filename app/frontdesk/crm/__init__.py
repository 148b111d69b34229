"""The CRMs that leads are delivered to; a new one is a folder, and its line here and in accounts.

Here is what the configuration may say of them, in accounts what talks to them.
"""

from frontdesk.config import DestinationKind, UnitSource
from frontdesk.config.units import FILES
from frontdesk.crm.confirmation.settings import KIND as CONFIRMATION
from frontdesk.crm.mail.settings import KIND as MAIL
from frontdesk.crm.realgeeks.settings import KIND as REALGEEKS
from frontdesk.crm.realpad.settings import KIND as REALPAD
from frontdesk.crm.realpad.settings import RealpadUnits
from frontdesk.crm.webhook.settings import KIND as WEBHOOK

KINDS: dict[str, DestinationKind] = {
    "realpad": REALPAD,
    "realgeeks": REALGEEKS,
    "webhook": WEBHOOK,
    "mail": MAIL,
    "confirmation": CONFIRMATION,
}

# Where units come from: a file of the site's own, or a CRM.
SOURCES: dict[str, type[UnitSource]] = {**FILES, "realpad": RealpadUnits}
