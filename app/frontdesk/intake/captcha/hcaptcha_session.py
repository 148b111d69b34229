"""What the `hcaptcha` package gets for aiohttp's session: bounded, no cookies, no redirects."""

import http
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from frontdesk.intake.captcha.vendor import ANSWER_LIMIT, NoAnswerError


class Said:
    """As much of aiohttp's response as the package uses."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said

    async def json(self) -> dict[str, Any]:
        return self._said


class Session:
    """Made on the loop that it is used on; by itself the package makes one for each question."""

    def __init__(self, timeout: float) -> None:
        # What is not unpacked cannot swell.
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *_: object) -> None:
        """It is kept."""

    @asynccontextmanager
    async def post(self, url: str, data: dict[str, str]) -> AsyncIterator[Said]:
        async with self._session.post(url, data=data, allow_redirects=False) as answer:
            body = await _read(answer)
        yield Said(_sound(answer, body))


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) >= ANSWER_LIMIT:
            raise NoAnswerError("an answer without end")
    return body


def _sound(answer: aiohttp.ClientResponse, body: bytes) -> dict[str, Any]:
    """What was said with status 200, or in a refusal with its reasons; the package never looks."""
    status = answer.status
    try:
        said = json.loads(body) if answer.content_type == "application/json" else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise NoAnswerError(f"HTTP {status}, not a JSON object")
    reasons = status // 100 == 4 and said.get("error-codes")
    if status != http.HTTPStatus.OK and not reasons:
        raise NoAnswerError(f"HTTP {status}")
    return said
