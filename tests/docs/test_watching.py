"""docs/deploy.md has every metric; docs/alerts.rules.yml has only metrics that there are."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import promql_parser
import pytest
import yaml
from flask import Flask
from promql_parser import VectorSelector

from frontdesk.monitoring.conditions import Code
from tests.docs import pages
from tests.support import FORM, METRICS, Samples, Site, open_app

DOCUMENT, RULES = "docs/deploy.md", "docs/alerts.rules.yml"


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(pages.text(RULES))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture
def told(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Samples:
    """What a running site tells that has had an enquiry."""
    site = serve(open_app(write_config(FORM + METRICS)))
    assert site.enquire().status_code == 202
    return site.metrics()


def documented() -> dict[str, set[str]]:
    """Metrics, each with its labels."""
    table = [row for row in pages.rows(pages.section(DOCUMENT, "Metrics")) if len(row) == 4]
    return {pages.code(row[0])[0]: set(pages.code(row[2])) for row in table}


def shown(told: Samples) -> Iterator[tuple[str, set[str]]]:
    for family in told.families:
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels}
        yield name, labels - ({"le"} if family.type == "histogram" else set())


def test_every_metric_is_documented_with_its_labels(told: Samples) -> None:
    assert documented() == dict(shown(told))


def selectors(expression: str) -> list[VectorSelector]:
    """Every selector of a metric in an expression."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(expression), found.append)
    return [node for node in found if isinstance(node, VectorSelector)]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alerts_ask_for_metrics_that_there_are(rule: dict[str, Any], told: Samples) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    samples = [s for family in told.families for s in family.samples]
    found = selectors(rule["expr"])
    assert found
    for selector in found:
        if selector.name == "up":
            continue
        wanted = {m.name: m.value for m in selector.matchers.matchers}
        assert any(
            s.name == selector.name and wanted.items() <= s.labels.items() for s in samples
        ), selector


def test_every_alert_is_documented() -> None:
    table = pages.rows(pages.section(DOCUMENT, "Alerts"))
    assert [pages.code(row[0])[0] for row in table] == [rule["alert"] for rule in alerts()]


def test_every_warning_is_documented() -> None:
    table = [row for row in pages.rows(pages.own(DOCUMENT, "Health")) if len(row) == 2]
    assert [pages.code(row[0])[0] for row in table] == list(get_args(Code))
