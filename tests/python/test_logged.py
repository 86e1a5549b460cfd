"""Runs last: nothing that the suite has logged is personal or secret."""

import logging

import logged


def test_nothing_that_was_logged_is_personal_or_secret() -> None:
    words = logged.personal_data() | logged.secrets()
    assert {"X0000000", "Sample Persona"} < words
    assert "the-secret-of-the-tests" in words
    assert logged.LOGGED.found(words) == []


def test_it_would_be_found() -> None:
    log = logged.Logged()
    record = logging.LogRecord("didit_client.webhook", logging.INFO, "", 0, "webhook done", (), None)
    record.__dict__["didit"] = {"event": "e-1", "name": "Sample Persona"}
    log.emit(record)
    log.keep("a child", "event sha256:" + "a" * 64)
    log.keep("another child", "expected " + "a" * 64)
    assert log.found({"Sample Persona"}) == ["log of didit_client.webhook", "another child"]
