// OpenTelemetry: what its real SDK is told of deliveries, and that nothing changes where its API is absent.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { sign } from "didit-client";
import express from "express";
import { body, withApp } from "./express_support.mjs";
import { root, SECRET } from "./support.mjs";

test("deliveries are counted and timed, and nothing identifies an event or a person", async () => {
  const content = body({ vendor_data: "user-123", metadata: { name: "Jane Sample" } });
  // The application may set OpenTelemetry up after it has loaded us, and after the first delivery.
  await withApp(express, {}, [], async (app) => assert.equal((await app.send(body()))[0], 201));
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

  await withApp(express, {}, [], async (app) => {
    await app.send(content);
    await app.send(content);
    await app.send(content, { headers: sign(content, "another secret") });
    await app.send("", { headers: {}, method: "GET" });
    app.act = () => {
      throw new RangeError("Jane Sample");
    };
    await app.send(body());
  });
  await reader.forceFlush();

  const genuine = { type: "status.updated", scheme: "v2" };
  const shown = { "didit.type": "status.updated", "didit.outcome": "granted", "didit.scheme": "v2" };
  const found = spans.getFinishedSpans();
  assert.deepEqual(
    found.map(({ name, attributes }) => [name, attributes]),
    [
      ["didit.webhook", { ...shown, "didit.code": "done", "didit.attempts": 1 }],
      ["didit.webhook", { ...shown, "didit.code": "duplicate", "didit.attempts": 0 }],
      ["didit.webhook", { ...shown, "didit.code": "handler_failed", "didit.attempts": 1, "didit.exception": "Error" }],
    ],
  );
  for (const { startTime, endTime } of found) {
    assert.ok(endTime[0] * 1e9 + endTime[1] >= startTime[0] * 1e9 + startTime[1]);
  }

  const [{ scopeMetrics }] = exporter.getMetrics();
  const points = Object.fromEntries(
    scopeMetrics.flatMap(({ metrics: all }) =>
      all.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => [attributes, value.count ?? value]),
      ]),
    ),
  );
  const timed = ["done", "duplicate", "handler_failed"].map((code) => [{ code, ...genuine }, 1]);
  assert.deepEqual(points["didit.webhook.duration"], timed);
  const [done, repeated, failed] = timed;
  assert.deepEqual(points["didit.webhook.deliveries"], [
    done,
    repeated,
    [{ code: "signature_mismatch" }, 1],
    [{ code: "method_not_allowed" }, 1],
    failed,
  ]);

  const told = JSON.stringify([found.map(({ name, attributes, events }) => [name, attributes, events]), points]);
  for (const secret of ["user-123", "Jane", SECRET, JSON.parse(content).event_id, "s-1"]) {
    assert.ok(!told.includes(secret), secret);
  }
});

test("without the API everything works", () => {
  const folder = mkdtempSync(join(tmpdir(), "didit-bare-"));
  try {
    // A copy of the package that has nothing beside it.
    for (const part of ["dist", "native"]) {
      cpSync(join(root, "bindings-node", part), join(folder, part), { recursive: true });
    }
    const program = `
      const { observe, isObserved } = require("./dist/telemetry.js");
      require("./dist/express.js");
      observe({ code: "done", milliseconds: 1 });
      console.log(isObserved());`;
    writeFileSync(join(folder, "program.cjs"), program);
    const { stdout, stderr } = spawnSync(process.execPath, ["program.cjs"], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([stdout.trim(), stderr], ["false", ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
