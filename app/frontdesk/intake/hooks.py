"""What runs around every request of ours: its time, its errors, the headers of its answer."""

import time

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from frontdesk import metrics
from frontdesk.intake import error_responses, headers
from frontdesk.intake.compression import compress
from frontdesk.intake.context import asked_form, intake
from frontdesk.intake.pages import settle

# What may be read from every site.
_PUBLIC = frozenset(f"frontdesk.{name}" for name in ("static", "loader", "module"))


def start_clock(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Begin to measure how long the request takes."""
    g.frontdesk_started = time.perf_counter()


def stop_clock(response: Response) -> Response:
    """Note how long the request took, by endpoint and class of status."""
    started = g.pop("frontdesk_started", None)
    if started is not None and request.endpoint is not None:
        endpoint = request.endpoint.rpartition(".")[2]
        seconds = time.perf_counter() - started
        metrics.observe(metrics.REQUESTS, seconds, endpoint, f"{response.status_code // 100}xx")
    return response


def http_error(error: HTTPException) -> Response:
    """Answer with a page, or with a document, that says what is wrong."""
    return error_responses.from_exception(error, asked_form())


def broken(error: Exception) -> Response:
    """Answer when something of ours broke; the log has the traceback."""
    current_app.logger.exception("Frontdesk could not answer a request")
    form = asked_form()
    if form is not None and request.endpoint == "frontdesk.submit":
        intake().tally.count(form.slug, "broken")
    if isinstance(error, OSError):  # out of file descriptors, say: it may well go better later
        status, said = 503, "The server lacks something that it needs; its log says what."
    else:
        status, said = 500, "Something broke on the server; its log says what."
    return error_responses.respond(status, said, form)


def finish(response: Response) -> Response:
    """Compress the answer, and say which sites may read it."""
    public_url = intake().settings.public_url
    settle(response, public_url)  # before it is compressed
    compress(headers.typed(response))
    if request.endpoint in _PUBLIC:
        return headers.readable_by_all(response)
    form = asked_form()
    origin = request.headers.get("Origin")
    if form and origin and form.allows(origin):
        return headers.readable_from(response, origin, preflight=request.method == "OPTIONS")
    return headers.readable_only_here(response, public_url or request.host_url)
