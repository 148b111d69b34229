"""`python -m bench.size`: what a visitor's browser loads, as it comes, against the limits."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Browser, Page, Route, sync_playwright

from bench.common import Verdict, accepts, at_most, free_port, running, table

LIMITS = {"embed.js": 2_048, "frontdesk.js": 3_072, "form page": 16_384}  # bytes
CONFIGURATION = """
secret_key = "a secret of the benchmark, long enough"
[limits]
fill_time = "0 s"
[captcha]
provider = "altcha"
[destinations.crm]
type = "realpad"
login = "nobody"
password = "nothing"
[delivery]
courier = "apart"

[forms.riverside]
title = "Riverside Residences"
destinations = ["crm"]
currency = "CZK"
rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]
privacy_url = "https://riverside.example.com/privacy"

[[forms.riverside.consents]]
id = 2
label = "I agree to the processing of my personal data."
required = true

[[forms.riverside.consents]]
id = 1
label = "Send me news about the project."

[[forms.riverside.attributes]]
key = "pets"
type = "boolean"
label = "Do you have pets?"
"""

Sizes = dict[str, int]  # bytes of everything that was loaded, as sent, by what it is


def sent(headers: Mapping[str, str], body: bytes) -> int:
    """The length of a body as it came, compressed or not."""
    return int(headers.get("content-length", len(body)))


def watched(browser: Browser) -> tuple[Page, Sizes]:
    """A page, and what it loads from now on; each address once, as from a cache."""
    sizes: Sizes = {}

    def weigh(route: Route) -> None:
        response = route.fetch(max_redirects=0)
        request = route.request
        name = f"{request.method} {urlsplit(request.url).path}"
        sizes[name] = max(sizes.get(name, 0), sent(response.headers, response.body()))
        route.fulfill(response=response)

    # Without the policy of the page on which frontdesk.js is loaded.
    context = browser.new_context(locale="en-GB", bypass_csp=True)
    context.route("**/*", weigh)
    return context.new_page(), sizes


def form_page(browser: Browser, leads: str) -> Sizes:
    """From opening the form, as it is in an iframe, to the thank-you: all there is to load."""
    page, sizes = watched(browser)
    page.goto(f"{leads}/forms/riverside?lang=en&embed=1")
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email", exact=True).fill("jana@example.com")
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Send the enquiry").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    page.wait_for_load_state()
    return sizes


def module(browser: Browser, leads: str) -> Sizes:
    """frontdesk.js with all that it imports before there is anything to do."""
    page, sizes = watched(browser)
    page.goto(f"{leads}/healthz")
    sizes.clear()
    page.evaluate("(url) => import(url)", f"{leads}/frontdesk.js")
    return sizes


def measure() -> dict[str, Sizes]:
    """What is loaded in each way of using Frontdesk."""
    port = free_port()
    leads = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="frontdesk-size-") as scratch:
        configuration = Path(scratch) / "frontdesk.toml"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        command = [sys.executable, "-m", "frontdesk", "--config", str(configuration)]
        serve = [*command, "serve", "--port", str(port)]
        with running(serve, accepts(port), Path(scratch) / "log"), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            loader = requests.get(f"{leads}/embed.js", timeout=30)
            return {
                "embed.js": {"GET /embed.js": sent(loader.headers, loader.content)},
                "frontdesk.js": module(browser, leads),
                "form page": form_page(browser, leads),
            }


def report(
    measured: Mapping[str, Mapping[str, int]], limits: Mapping[str, int]
) -> tuple[str, list[str]]:
    """Tables of what was loaded, and what of it breaks its limit."""
    text, broken = [], []
    for what, limit in limits.items():
        total = sum(measured[what].values())
        rows = [*measured[what].items(), (f"all of {what}", total)]
        text.append(table([{"loaded": name, "bytes": f"{size:,}"} for name, size in rows]))
        text.append(f"{what}: {total:,} bytes, of {limit:,}{' - TOO MUCH' * (total > limit)}\n")
        broken += [what] * (total > limit)
    return "\n".join(text), broken


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; once, whatever `seconds` and `rounds` say."""
    print("## What a browser loads\n")
    if shutil.which("chromium") is None:
        print("skipped: chromium is not installed")
        return []
    measured = measure()
    print(report(measured, LIMITS)[0])
    totals = {what: sum(measured[what].values()) for what in LIMITS}
    return [
        at_most(f"{what}, as sent", totals[what], limit, "{:,} bytes")
        for what, limit in LIMITS.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.size", description=__doc__)
    parser.add_argument("--limit", type=int, metavar="BYTES", help="another limit for all")
    limit = parser.parse_args().limit
    text, broken = report(measure(), LIMITS if limit is None else dict.fromkeys(LIMITS, limit))
    print(text)
    if broken:
        sys.exit(f"Over the limit: {', '.join(broken)}.")


if __name__ == "__main__":
    main()
