"""Sites with an inbox, and the browsers of people who use it."""

import re
from html import unescape
from typing import Any

import requests
from werkzeug.security import generate_password_hash

from tests.support import FORM, Site

PASSWORD = "correct horse battery"
# As cheap as it can be: what is tried here is not scrypt.
HASH = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
HILL = FORM.replace("forms.riverside", "forms.hill").replace("Riverside Residences", "Hill")


def entry(name: str, role: str, *forms: str, password: str = HASH, more: str = "") -> str:
    """The lines of somebody in the configuration."""
    lines = [f'[[inbox.people]]\nname = "{name}"\nrole = "{role}"\npassword = "{password}"', more]
    if forms:
        lines.append(f"forms = {list(forms)}")
    return "\n".join(lines) + "\n"


# Three roles, each with all forms, with the first one, and with another one.
PEOPLE = {
    f"{role} {which}": (role, forms)
    for role in ("read", "act", "admin")
    for which, forms in {"all": (), "riverside": ("riverside",), "hill": ("hill",)}.items()
}
INBOX = "".join(entry(name, role, *forms) for name, (role, forms) in PEOPLE.items())
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TWO_STEPS = entry("two steps", "admin", more=f'totp = "{SECRET}"')


class Browser:
    """Somebody's browser without scripts: it keeps cookies, and sends the forms that it shows."""

    def __init__(self, site: Site, prefix: str = "", **headers: str) -> None:
        self.site, self.root = site, f"{site.url}{prefix}/inbox/"
        self.http = requests.Session()
        self.http.headers.update(headers)
        self.page: requests.Response

    def get(self, path: str = "", *, follow: bool = True, **query: Any) -> requests.Response:
        self.page = self.http.get(
            self.root + path, params=query, timeout=30, allow_redirects=follow
        )
        return self.page

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text)
        return unescape(found[1]) if found else ""

    @property
    def token(self) -> str:
        """The token of the forms on the page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        return found[1] if found else ""

    def send(
        self, path: str, *, follow: bool = True, headers: dict[str, str] | None = None, **data: Any
    ) -> requests.Response:
        """Send a form to an address, with the token of the page."""
        self.page = self.http.post(
            self.root + path,
            data={"csrf_token": self.token, **data},
            headers=headers,
            timeout=30,
            allow_redirects=follow,
        )
        return self.page

    def sign_in(self, name: str, password: str = PASSWORD, **more: Any) -> requests.Response:
        self.get("sign-in")
        return self.send("sign-in", name=name, password=password, **more)

    def slowed(self, path: str, **form: str) -> list[int]:
        """The statuses of wrong tries, up to the one that comes too often."""
        found = []
        while 429 not in found:
            found.append(self.send(path, **form).status_code)
            assert len(found) < 100
        return found

    @property
    def text(self) -> str:
        """What the page says, without its markup."""
        shown = re.sub(r"<(title|bdi|/bdi)\b[^>]*>", "", self.page.text)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())
