"""Every entry point of the native module is guarded against panics."""

import re

from vectors import TESTS

SOURCE = TESTS.parent / "bindings-python" / "src"
# They hand out what is there, or set a flag: nothing in them can panic.
PLAIN = {
    *(f"api.rs: {name}" for name in ["new", "cancel", "cancelled", "close"]),
    *(f"api.rs: {name}" for name in ["base_url", "webhook_secrets", "legacy_webhook_secret"]),
    *(f"api.rs: {name}" for name in ["status", "request_id", "attempts", "headers"]),
}
FUNCTION = re.compile(r"^( *)(?:pub\(crate\) )?fn (\w+).*?^\1}", re.MULTILINE | re.DOTALL)


def entry_points() -> dict[str, str]:
    """Name and text of everything that Python can call."""
    found = {}
    for path in SOURCE.glob("*.rs"):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"#\[pyfunction\]\n(?:#\[.*\]\n)*", text):
            function = FUNCTION.search(text, match.end())
            assert function, path
            found[f"{path.name}: {function[2]}"] = function[0]
        for block in re.finditer(r"^#\[pymethods\]\nimpl .*?^}", text, re.MULTILINE | re.DOTALL):
            for function in FUNCTION.finditer(block[0]):
                found[f"{path.name}: {function[2]}"] = function[0]
    return found


def test_every_entry_point_is_guarded() -> None:
    entries = entry_points()
    assert len(entries) == 73
    unguarded = [name for name, text in entries.items() if not re.search(r"\bguard(ed|::guard)?\(", text)]
    assert set(unguarded) == PLAIN
