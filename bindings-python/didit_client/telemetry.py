"""Counts and times deliveries through OpenTelemetry, where its API is installed; without it, does nothing."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

try:
    from opentelemetry import metrics, trace
except ImportError:
    ACTIVE = False
else:
    ACTIVE = True
    _api: tuple[Any, Any] = trace, sys.modules.get("opentelemetry.metrics._internal")
    # What the environment names is loaded when the API is first asked.
    _BY_ENVIRONMENT = any(f"OTEL_PYTHON_{kind}_PROVIDER" in os.environ for kind in ("TRACER", "METER"))
    _tracer_provider, _meter_provider = trace.get_tracer_provider, metrics.get_meter_provider
    _no_tracer_provider = trace.ProxyTracerProvider
    _tracer = trace.get_tracer("didit_client")
    _meter = metrics.get_meter("didit_client")
    _deliveries = _meter.create_counter("didit.webhook.deliveries", description="Deliveries that were answered.")
    _duration = _meter.create_histogram(
        "didit.webhook.duration", "ms", "From the verified delivery to what became of it."
    )

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACTIVE", "observe", "recording"]

# What identifies no event, no session and no person.
_COUNTED = ("code", "type", "scheme")
_SHOWN = ("code", "type", "outcome", "scheme", "attempts", "exception")


def recording() -> bool:
    """Tell whether somebody listens: the API alone, which FastAPI brings along, does nothing and takes its time."""
    if not ACTIVE or (_nobody_yet() and not _BY_ENVIRONMENT):
        return False
    if not isinstance(_tracer_provider(), _no_tracer_provider):
        return True
    # Before one is set there is a proxy, whose class has no public name.
    return "Proxy" not in type(_meter_provider()).__name__


def _nobody_yet() -> bool:
    # To ask the API itself takes longer than to claim an event. Where it has no such names any more, it is asked.
    traces, counts = _api
    return getattr(traces, "_TRACER_PROVIDER", _api) is None and getattr(counts, "_METER_PROVIDER", _api) is None


def observe(facts: Mapping[str, Any]) -> None:
    """Count an answer, and show a genuine delivery as a span that ends now.

    Args:
        facts: what is logged of it.
    """
    if not recording():
        return
    counted = {name: facts[name] for name in _COUNTED if name in facts}
    _deliveries.add(1, counted)
    milliseconds = facts.get("milliseconds")
    if milliseconds is None:
        return
    _duration.record(milliseconds, counted)
    now = time.time_ns()
    shown = {f"didit.{name}": facts[name] for name in _SHOWN if name in facts}
    span = _tracer.start_span("didit.webhook", start_time=now - int(milliseconds * 1e6), attributes=shown)
    span.end(now)
