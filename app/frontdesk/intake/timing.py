"""How long requests take, by endpoint and class of status."""

import time

from flask import g, request
from werkzeug.wrappers import Response

from frontdesk import metrics
from frontdesk.intake.blueprint import blueprint


@blueprint.url_value_preprocessor
def _start(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    g.frontdesk_started = time.perf_counter()


@blueprint.after_request
def _end(response: Response) -> Response:
    started = g.pop("frontdesk_started", None)
    if started is not None and request.endpoint is not None:
        endpoint = request.endpoint.rpartition(".")[2]
        seconds = time.perf_counter() - started
        metrics.observe(metrics.REQUESTS, seconds, endpoint, f"{response.status_code // 100}xx")
    return response
