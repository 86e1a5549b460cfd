"""A panic in Rust is an ordinary exception in Python."""

import pytest

from didit_client import DiditError, InternalError, _native


def test_a_panic_becomes_an_internal_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InternalError) as caught:
        _native._panic()
    error = caught.value
    assert isinstance(error, DiditError)
    assert isinstance(error, Exception)
    assert (error.code, error.http_status) == ("internal_error", 500)
    assert "guard.rs" in error.__notes__[0]
    assert capfd.readouterr() == ("", ""), "the message of a panic may hold a piece of the body"


def test_the_module_goes_on_working() -> None:
    for _ in range(100):
        with pytest.raises(InternalError):
            _native._panic()
    assert _native.canonicalize(b"{}", strict=True) == b"{}"
