"""What the demo, the examples and the helpers write and log: kept while they run, and searched afterwards.

    python tests/logs.py FOLDER     search what a run with DIDIT_TEST_LOGS=FOLDER has kept

Whatever starts a server keeps its log (`tests/demo/servers.py`), Node keeps what its children write
(`tests/node/logged/collect.mjs`), and as a pytest plugin (`-p logs`) this module keeps what tests log and print.
"""

import json
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXTS = [*(ROOT / "tests" / "fixtures").glob("*.json"), ROOT / "bindings-python/didit_client/testing/deliveries.json"]
PERSONAL = {
    "date_of_birth", "document_number", "first_name", "front_image", "full_name", "ip_address", "last_name",
    "place_of_birth", "portrait_image", "email", "phone_number", "full_number",
}  # fmt: skip
# A signature, but not the hash that stands in for an event's id or tells a file from another.
MAC = re.compile(r"(?<![0-9a-f])(?<!sha256:)[0-9a-f]{64}(?![0-9a-f])")
SECRET_NAME = re.compile(r"SECRET|KEY|TOKEN|PASSWORD")
SECRETS = "secrets.json"


def folder() -> Path | None:
    """Where to keep what is written, if anywhere."""
    return Path(os.environ["DIDIT_TEST_LOGS"]) if os.environ.get("DIDIT_TEST_LOGS") else None


def keep(name: str, text: str, environment: dict[str, str] | None = None) -> None:
    """Keep what something has written; what its environment calls a secret must not be in it."""
    to = folder()
    if to is None:
        return
    to.mkdir(parents=True, exist_ok=True)
    with (to / f"{re.sub(r'[^A-Za-z0-9]+', '-', name)}-{os.getpid()}.log").open("a", encoding="utf-8") as log:
        log.write(text + "\n")
    given = {value for key, value in (environment or {}).items() if SECRET_NAME.search(key) and len(value) >= 12}
    if given:
        with (to / SECRETS).open("a", encoding="utf-8") as secrets:
            secrets.writelines(json.dumps(secret) + "\n" for secret in sorted(given))


def pytest_runtest_logreport(report) -> None:
    """Keep what a test that passed has printed and logged."""
    if report.passed:
        keep("pytest", f"{report.capstdout}\n{report.capstderr}\n{report.caplog}")


def personal_data() -> set[str]:
    """The values in the fixtures and templates that say who somebody is."""
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

    for path in TEXTS:
        walk(json.loads(path.read_text(encoding="utf-8")))
    # A first or last name alone is a word like others: "Sample".
    return {value for value in values if " " in value or re.search(r"\d", value)}


def found(text: str, words: set[str]) -> list[str]:
    """The lines that hold one of the words, or a signature."""
    return [line for line in text.splitlines() if any(word in line for word in words) or MAC.search(line)]


def search(of: Path) -> str:
    """Look through a folder; end with what was found, or say how much was looked through."""
    given = (of / SECRETS).read_text(encoding="utf-8").splitlines() if (of / SECRETS).exists() else []
    words = personal_data() | {json.loads(secret) for secret in given}
    assert {"X0000000", "Sample Persona"} < words
    assert found(f"a\nb Sample Persona\n{'a' * 64}", words) == ["b Sample Persona", "a" * 64]
    logs = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in sorted(of.glob("*.log"))}
    bad = [f"{name}: {line[:300]}" for name, text in logs.items() for line in found(text, words)]
    if bad:
        raise SystemExit("personal data or secrets were written:\n" + "\n".join(bad[:40]))
    lines = sum(text.count("\n") for text in logs.values())
    deliveries = sum(len(re.findall(r"webhook |let the user in|keep the user out", text)) for text in logs.values())
    if not deliveries:
        raise SystemExit(f"no delivery is told of in {of}")
    return f"{len(words)} words and every signature looked for in {lines} lines of {len(logs)} logs"


if __name__ == "__main__":
    print(search(Path(sys.argv[1])))
