"""Selenium's commands in Firefox's own words: what geckodriver does, which Debian does not have.

Firefox speaks Marionette over a socket: WebDriver's commands under other names, as
`<length>:[0, number, name, parameters]` and back `<length>:[1, number, error, result]`.
"""

import json
import socket
from itertools import count
from typing import Any

from selenium.webdriver.remote.command import Command

PATIENCE = 180  # s; an answer that takes longer never comes

NAMES = {
    Command.NEW_SESSION: "NewSession",
    Command.QUIT: "DeleteSession",
    Command.GET: "Navigate",
    Command.GET_CURRENT_URL: "GetCurrentURL",
    Command.GO_BACK: "Back",
    Command.GET_ALL_COOKIES: "GetCookies",
    Command.FIND_ELEMENT: "FindElement",
    Command.FIND_ELEMENTS: "FindElements",
    Command.FIND_CHILD_ELEMENT: "FindElement",
    Command.CLICK_ELEMENT: "ElementClick",
    Command.CLEAR_ELEMENT: "ElementClear",
    Command.SEND_KEYS_TO_ELEMENT: "ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "GetElementText",
    Command.GET_ELEMENT_PROPERTY: "GetElementProperty",
    Command.IS_ELEMENT_SELECTED: "IsElementSelected",
    Command.W3C_GET_ACTIVE_ELEMENT: "GetActiveElement",
    Command.W3C_ACTIONS: "PerformActions",
    Command.W3C_EXECUTE_SCRIPT: "ExecuteScript",
    Command.SWITCH_TO_FRAME: "SwitchToFrame",
    Command.SWITCH_TO_PARENT_FRAME: "SwitchToParentFrame",
    Command.GET_WINDOW_RECT: "GetWindowRect",
    Command.SET_WINDOW_RECT: "SetWindowRect",
    Command.SCREENSHOT: "TakeScreenshot",
}


class Marionette:
    """A command executor for Selenium's `Remote`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._stream = self._socket.makefile("rwb")
        self._numbers = count(1)
        self._read()  # the greeting

    def execute(self, command: str, params: dict[str, Any] | None) -> dict[str, Any]:
        [number, error, result] = self._ask(f"WebDriver:{NAMES[command]}", _told(command, params))
        del number
        if error:
            return {"status": error["error"], "value": json.dumps({"value": error})}
        # What is no object or list comes wrapped into one.
        wrapped = isinstance(result, dict) and set(result) == {"value"}
        return {"value": result["value"] if wrapped else result}

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _ask(self, name: str, params: dict[str, Any]) -> list[Any]:
        packet = json.dumps([0, next(self._numbers), name, params]).encode()
        self._stream.write(b"%d:%s" % (len(packet), packet))
        self._stream.flush()
        answer: list[Any] = self._read()
        return answer[1:]

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            assert digit, "Firefox has hung up"
            length += digit
        return json.loads(self._stream.read(int(length)))


def _told(command: str, params: dict[str, Any] | None) -> dict[str, Any]:
    """The parameters of a command as Marionette names them."""
    told = {key: value for key, value in (params or {}).items() if key != "sessionId"}
    if command == Command.NEW_SESSION:
        return {}
    if command == Command.FIND_CHILD_ELEMENT:
        told["element"] = told.pop("id")
    if command == Command.SWITCH_TO_FRAME and isinstance(told["id"], dict):
        [told["element"]] = told.pop("id").values()
    return told
