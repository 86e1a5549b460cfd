"""The package's types, as mypy reads them."""

from mypy import api

from vectors import TESTS


def test_mypy() -> None:
    root = TESTS.parent
    cases = root / "tests" / "python" / "typing_cases.py"
    output, errors, status = api.run(["--config-file", str(root / "pyproject.toml"), "--no-incremental", str(cases)])
    assert status == 0, output + errors
