"""OpenTelemetry where its API is installed, and nothing where it is not."""

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from didit_client import sign
from didit_client.receiver import Delivery, Receiver, Refused
from didit_client.store import MemoryStore

SECRET = "the-secret-of-the-tests"


def test_deliveries_are_counted_and_timed() -> None:
    reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
    metrics.set_meter_provider(MeterProvider([reader]))
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(tracing)
    receiver = Receiver(SECRET, store=MemoryStore())
    person = {"vendor_data": "user-7", "first_name": "Ottilie"}
    payload = {"event_id": "e-1", "session_id": "s-1", "status": "Approved", "timestamp": int(time.time()), **person}
    body = json.dumps({**payload, "webhook_type": "status.updated"})

    async def handle(delivery: Delivery) -> None:
        pass

    for secret in (SECRET, SECRET, "another"):
        try:
            delivery = receiver.authenticate(body, sign(body, secret))
        except Refused:
            continue
        asyncio.run(receiver.run_async(delivery, handle))

    data: Any = reader.get_metrics_data()
    points = {
        metric.name: metric.data.data_points
        for scope in data.resource_metrics
        for metric in scope.scope_metrics[0].metrics
    }
    counted = {(point.attributes["code"], point.value) for point in points["didit.webhook.deliveries"]}
    assert counted == {("done", 1), ("duplicate", 1), ("signature_mismatch", 1)}
    assert sum(point.count for point in points["didit.webhook.duration"]) == 2
    ended = spans.get_finished_spans()
    assert [(span.name, span.attributes["didit.code"]) for span in ended] == [
        ("didit.webhook", "done"),
        ("didit.webhook", "duplicate"),
    ]
    for told in (str([span.to_json() for span in ended]), str(points)):
        for private in ("user-7", "Ottilie", "s-1", "e-1", SECRET):
            assert private not in told.replace("status.updated", "")


def test_it_is_not_needed() -> None:
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from didit_client import telemetry, receiver\n"
        "assert not telemetry.ACTIVE\n"
        "telemetry.observe({'code': 'done', 'milliseconds': 1.0})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_who_begins_to_listen_late_is_told_at_once() -> None:
    script = (
        "from didit_client import telemetry\n"
        "assert telemetry.ACTIVE and not telemetry.recording()\n"
        "from opentelemetry import metrics, trace\n"
        "from opentelemetry.sdk.{sdk} import {provider}\n"
        "{set}({provider}())\n"
        "assert telemetry.recording()\n"
    )
    for sdk, provider, setter in (
        ("trace", "TracerProvider", "trace.set_tracer_provider"),
        ("metrics", "MeterProvider", "metrics.set_meter_provider"),
    ):
        subprocess.run(
            [sys.executable, "-c", script.format(sdk=sdk, provider=provider, set=setter)], check=True, timeout=60
        )
    by_name = "from didit_client import telemetry; assert telemetry.recording()"
    environment = {**os.environ, "OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"}
    subprocess.run([sys.executable, "-c", by_name], check=True, timeout=60, env=environment)
