"""Everything that the suite logs, and what child processes write: kept, and searched when all tests have run."""

import json
import logging
import re
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PERSONAL = {
    "date_of_birth", "document_number", "first_name", "front_image", "full_name", "ip_address", "last_name",
    "place_of_birth", "portrait_image", "vendor_data",
}  # fmt: skip
# What the tests themselves put into events and exceptions.
INVENTED = {"Jane Sample", "Ottilie Sekretova"}
# A signature, but not the hash that stands in for an event's id.
MAC = re.compile(r"(?<![0-9a-f:])[0-9a-f]{64}(?![0-9a-f])")

# Django shows an exception of the application as it is, like every other of a view.
OWN = re.compile(r"^.*\b\w+Error\(?.*$", re.MULTILINE)


class Logged(logging.Handler):
    """Keeps what is logged at any level by this package, and from WARNING on by others."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: dict[str, str] = {}
        self.records = 0

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            # The words of an exception are its own; who logs it shows them.
            shown = logging.Formatter().formatException(record.exc_info)
            text += OWN.sub("", shown) if record.name == "django.request" else shown
        if record.name.startswith("didit_client"):
            self.records += 1
        self.keep(f"log of {record.name}", f"{text} {json.dumps(record.__dict__.get('didit'), default=str)}")

    def keep(self, source: str, text: str) -> None:
        """Keep a text once, and where it was first seen."""
        for line in text.splitlines():
            self.lines.setdefault(line, source)

    def found(self, words: set[str]) -> list[str]:
        """Say where there is one of the words, or a signature, without repeating it."""
        return [
            source
            for line, source in self.lines.items()
            if any(word in line for word in words) or MAC.search(line)
        ]  # fmt: skip


LOGGED = Logged()


def personal_data() -> set[str]:
    """The values in the fixtures that say who somebody is."""
    values: set[str] = set()

    def walk(value: object, name: str = "") -> None:
        if isinstance(value, dict):
            for member, inner in value.items():
                walk(inner, member)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name)
        elif isinstance(value, str) and name in PERSONAL:
            values.add(value)

    for path in FIXTURES.glob("*.json"):
        walk(json.loads(path.read_text(encoding="utf-8")))
    # A first or last name alone is a word like others: "Sample".
    return {value for value in values if " " in value or re.search(r"\d", value)} | INVENTED


def secrets() -> set[str]:
    """Every secret and key that a test defines."""
    defined = re.compile(r"^(?:SECRET|KEY|OTHER|NEW|OLD)\w*(?:: \w+)? = \"([^\"]{8,})\"", re.MULTILINE)
    return {found for path in Path(__file__).parent.glob("*.py") for found in defined.findall(path.read_text())}


def install(config: pytest.Config) -> None:
    """Listen from now on."""
    logging.getLogger().addHandler(LOGGED)
    logging.getLogger("didit_client").setLevel(logging.DEBUG)


def reported(report: pytest.TestReport) -> None:
    """Keep what a test and its child processes have written. One that failed shows what it compared."""
    if report.passed:
        LOGGED.keep(f"{report.nodeid}: stdout", report.capstdout)
        LOGGED.keep(f"{report.nodeid}: stderr", report.capstderr)
