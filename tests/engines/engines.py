"""The three engines, as Debian packages them, each as a driver of Selenium's."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, Remote
from selenium.webdriver import FirefoxOptions as AnyOptions
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tests.conftest import CHROMIUM
from tests.engines.marionette import Marionette
from tests.support import eventually

# Firefox itself keeps quiet while it is driven: no first page, no updates, no reports.
FIREFOX = """
user_pref("marionette.port", 0);
user_pref("intl.accept_languages", "en-GB");
"""


@contextmanager
def chromium(folder: Path) -> Iterator[Remote]:
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in (*CHROMIUM, "--headless=new", f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    driver = Chrome(options, ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def firefox(folder: Path) -> Iterator[Remote]:
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(FIREFOX, encoding="utf-8")
    command = ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", profile]
    with (folder / "output").open("wb") as output, ExitStack() as running:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={**os.environ, "HOME": str(folder)},  # where it keeps more than its profile
        )
        running.callback(process.wait)
        running.callback(process.terminate)
        active = profile / "MarionetteActivePort"
        port = eventually(lambda: active.exists() and active.read_text(), 180)
        connection = Marionette(int(port))
        running.callback(connection.close)
        yield Remote(connection, options=AnyOptions())  # type: ignore[arg-type]


@contextmanager
def webkit(folder: Path) -> Iterator[Remote]:
    options = WebKitOptions()
    options.binary_location = mini_browser()
    options.add_argument("--automation")
    with screen() as display, ExitStack() as running:
        settings = {"DISPLAY": display, "HOME": str(folder), "LANGUAGE": "en_GB"}
        service = WebKitService(shutil.which("WebKitWebDriver"), env={**os.environ, **settings})
        running.callback(service.stop)
        service.start()
        # Not Selenium's WebKitGTK, which warns about itself.
        connection = RemoteConnection(client_config=ClientConfig(service.service_url))
        driver = Remote(connection, options=options)
        running.callback(driver.quit)
        yield driver


def mini_browser() -> str:
    """WebKit's own small browser, which is in nobody's PATH."""
    return str(next(Path("/usr").glob("lib/*/webkit2gtk-4.*/MiniBrowser"), ""))


@contextmanager
def screen() -> Iterator[str]:
    """A display without a screen, for WebKit's browser has no headless mode."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x2048x24"]
    command += ["-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "chromium": chromium,
    "firefox": firefox,
    "webkit": webkit,
}
_PROGRAMS = {
    "chromium": ("chromium", "chromedriver"),
    "firefox": ("firefox-esr",),
    "webkit": ("WebKitWebDriver", "Xvfb"),
}


def missing(engine: str) -> list[str]:
    """The programs that an engine needs and that are not installed."""
    absent = [program for program in _PROGRAMS[engine] if shutil.which(program) is None]
    if engine == "webkit" and not mini_browser():
        absent.append("MiniBrowser")
    return absent
