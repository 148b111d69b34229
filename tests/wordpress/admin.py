"""Somebody who is signed in to WordPress, and works without a browser."""

import html
import re
from typing import Any

import requests

SETTINGS = "/wp-admin/options-general.php?page=frontdesk"


class Admin:
    """A session."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.session = url, requests.Session()
        self.get("/wp-login.php")  # the cookie that it looks for
        answer = self.post("/wp-login.php", log=user, pwd=password, testcookie="1")
        assert "Dashboard" in answer.text, answer.text

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)

    def post(self, path: str, **fields: str) -> requests.Response:
        return self.session.post(self.url + path, data=fields, timeout=60)

    def activate(self) -> None:
        """Activate the plugin, if it is not yet."""
        page = self.get("/wp-admin/plugins.php").text
        link = re.search(r'href="(plugins\.php\?action=activate&amp;plugin=frontdesk[^"]*)"', page)
        if link:
            answer = self.get(f"/wp-admin/{html.unescape(link[1])}")
            assert "Plugin activated" in answer.text, answer.text

    def settings(self) -> str:
        """The page of the settings."""
        return self.get(SETTINGS).text

    def save(self, server: str, form: str) -> str:
        """Save the settings; gives the page that says what came of it."""
        nonce = re.search(r'name="_wpnonce" value="(\w+)"', self.settings().partition("</form>")[0])
        assert nonce
        fields = {
            "option_page": "frontdesk",
            "action": "update",
            "_wpnonce": nonce[1],
            "_wp_http_referer": SETTINGS,
            "frontdesk[server]": server,
            "frontdesk[form]": form,
        }
        return self.post("/wp-admin/options.php", **fields).text

    def test(self) -> str:
        """Press the button of the settings' page; gives the page that says what came of it."""
        form = self.settings().partition('<form method="post">')[2]
        nonce = re.search(r'name="_wpnonce" value="(\w+)"', form)
        assert nonce
        return self.post(SETTINGS, frontdesk_test="Test", _wpnonce=nonce[1]).text

    def hire(self, role: str) -> "Admin":
        """Somebody else, who has signed in too."""
        password = "not-the-password-of-anybody-either"
        mail = f"{role}@example.com"
        self.rest("users", username=role, email=mail, password=password, roles=[role])
        return Admin(self.url, role, password)

    def rest(self, path: str, **body: Any) -> dict[str, Any]:
        """Make something through WordPress' own interface for programs."""
        nonce = self.get("/wp-admin/admin-ajax.php?action=rest-nonce").text
        answer = self.session.post(
            f"{self.url}/?rest_route=/wp/v2/{path}",
            json=body,
            headers={"X-WP-Nonce": nonce},
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def publish(self, content: str) -> str:
        """Publish a post; gives its address."""
        made = self.rest("posts", title="Flats", content=content, status="publish")
        return str(made["link"])
