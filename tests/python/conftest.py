"""What all tests share."""

import json
import os
from pathlib import Path

import pytest

import logged
from deliveries import Delivery
from stores import UNTESTED
from vectors import COUNTS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_settings")


@pytest.fixture
def delivery() -> Delivery:
    """An approved session, signed."""
    return Delivery.of_fixture("webhook_status_updated_approved")


def pytest_configure(config: pytest.Config) -> None:
    """Listen to everything that is logged."""
    logged.install(config)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what was written, for the test that runs last."""
    logged.reported(report)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let that test run last."""
    items.sort(key=lambda item: item.path.name == "test_logged.py")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tested, and how many vectors were run, so that the languages can be compared."""
    terminalreporter.write_line(f"{logged.LOGGED.records} log records of the package were searched")
    for line in UNTESTED:
        terminalreporter.write_line(line)
    if COUNTS:
        terminalreporter.write_line("vectors: " + ", ".join(f"{count} {name}" for name, count in COUNTS.items()))
        if path := os.environ.get("DIDIT_VECTOR_COUNTS"):
            Path(path).write_text(json.dumps(COUNTS), encoding="utf-8")
