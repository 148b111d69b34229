"""Somebody at a browser: the few things that the stories need, the same in every engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium.common.exceptions import (
    NoSuchElementException,
    NoSuchFrameException,
    NoSuchWindowException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.support import eventually

GONE = (NoSuchFrameException, NoSuchWindowException, StaleElementReferenceException)


def is_gone(error: WebDriverException) -> bool:
    """Whether the page that was asked has just given way to another."""
    return isinstance(error, GONE) or "aborted by navigation" in (error.msg or "")


# The frame of a <frontdesk-form> stands in its shadow.
_FRAME = """
const [selector] = arguments;
const host = document.querySelector(selector);
return host && (host.shadowRoot ? host.shadowRoot.querySelector("iframe") : host);
"""
_TOP = """
const [selector] = arguments;
return selector ? document.querySelector(selector).getBoundingClientRect().top : 0;
"""


class Visitor:
    def __init__(self, driver: Remote) -> None:
        self.driver = driver
        self._frames: list[str] = []

    def open(self, url: str) -> None:
        self.driver.get(url)

    def window(self, width: int, height: int) -> None:
        """Make what the page has of the window so large, whatever the browser draws around it."""

        def fits() -> bool:
            wide, high = self.script("return [innerWidth, innerHeight]")
            if (wide, high) != (width, height):
                now = self.driver.get_window_rect()
                more, taller = width - wide, height - high
                self.driver.set_window_rect(0, 0, now["width"] + more, now["height"] + taller)
            return (wide, high) == (width, height)

        eventually(fits)

    def script(self, body: str, *arguments: Any) -> Any:
        return self.driver.execute_script(body, *arguments)

    def until(self, body: str) -> None:
        """Wait until a script gives something true, whatever page there is by then."""

        def given() -> Any:
            try:
                return self.script(body)
            except WebDriverException as error:
                if is_gone(error):
                    return None
                raise

        eventually(given)

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """Be in a frame for a while."""
        self._enter(selector)
        self._frames.append(selector)
        try:
            yield
        finally:
            self._frames.pop()
            self.driver.switch_to.parent_frame()

    @contextmanager
    def around(self) -> Iterator[float]:
        """Be at the window for a while; where in it the frame begins, if there is one."""
        frames, self._frames = self._frames, []
        self.driver.switch_to.default_content()
        try:
            yield self.script(_TOP, *frames[:1])
        finally:
            self._frames = frames
            for selector in frames:
                self._enter(selector)

    def _enter(self, selector: str) -> None:
        def entered() -> bool:
            frame = self.script(_FRAME, selector)
            if frame:
                try:
                    self.driver.switch_to.frame(frame)
                except GONE:  # another has just taken its place
                    return False
            return bool(frame)

        eventually(entered)

    def tick_inside(self, selector: str, label: str) -> None:
        """Tick a box in a frame, which another one may replace at any time."""

        def ticked() -> bool:
            try:
                with self.inside(selector):
                    self.tick(label)
            except GONE:
                with self.around():
                    return False
            return True

        eventually(ticked)

    def find(self, path: str) -> WebElement:
        """What an XPath finds, once it is there and shown."""

        def shown() -> WebElement | None:
            try:
                element = self.driver.find_element(By.XPATH, path)
                return element if element.is_displayed() else None
            except NoSuchElementException:
                return None
            except WebDriverException as error:
                if is_gone(error):
                    return None
                raise

        try:
            element: WebElement = eventually(shown)
        except AssertionError:
            read = self.script("return document.body.innerText")
            raise AssertionError(f"there is no {path} in: {read}") from None
        return element

    def label(self, begin: str) -> WebElement:
        return self.find(f"//label[starts-with(normalize-space(), '{begin}')]")

    def field(self, label: str) -> WebElement:
        """The field with a label that begins like this."""
        field: WebElement = self.script("return arguments[0].control", self.label(label))
        return field

    def fill(self, label: str, text: str) -> None:
        field = self.field(label)
        field.click()  # WebKit lets nobody but the visitor move the focus into a frame
        field.send_keys(text)

    def tick(self, label: str) -> None:
        self.label(label).click()
        assert self.field(label).is_selected()

    def press(self, button: str) -> None:
        self.find(f"//button[normalize-space()='{button}']").click()

    def complaint(self, label: str) -> str:
        """What is said to be wrong with a field, as a screen reader has it."""
        said: str = self.script(
            """
            const [field] = arguments;
            if (field.getAttribute("aria-invalid") !== "true") return "";
            const ids = (field.getAttribute("aria-describedby") ?? "").trim().split(/ +/);
            const places = ids.map((id) => document.getElementById(id));
            return places.filter((place) => place.matches("[data-fd-error],[data-frontdesk-error]"))
              .map((place) => place.textContent).join(" ");
            """,
            self.field(label),
        )
        return said

    def focus_is_in(self, label: str) -> bool:
        # Not WebDriver's own question, to which WebKit gives no answer in frames.
        return bool(
            self.script("return document.activeElement === arguments[0]", self.field(label))
        )

    def reads(self, text: str) -> WebElement:
        """A text, once it is there to be read."""
        return self.find(f"//body//*[contains(normalize-space(text()), '{text}')]")
