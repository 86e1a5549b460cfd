// The page works without this. Inside a frame it tells the window around it what happens, as Didit's page is reported to.
(() => {
  if (window.parent === window) return;
  const { session, status, step, mode } = document.body.dataset;
  const tell = (type, data) => window.parent.postMessage({ type: `didit:${type}`, data, timestamp: Date.now() }, "*");
  for (const form of document.forms) {
    const embedded = document.createElement("input");
    Object.assign(embedded, { type: "hidden", name: "embedded", value: "true" });
    form.append(embedded);
  }
  if (mode === "step") {
    tell("ready", { sessionId: session });
    tell("step_started", { sessionId: session, step });
  } else if (mode === "done") {
    tell("status_updated", { sessionId: session, status });
    if (status === "Abandoned") tell("cancelled", { sessionId: session, status });
    else if (["Approved", "Declined", "In Review"].includes(status)) tell("completed", { sessionId: session, status });
  }
  const layout = () =>
    tell("layout", {
      contentHeight: document.documentElement.scrollHeight,
      colorScheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      dir: document.documentElement.dir,
    });
  if (new URLSearchParams(location.search).get("sdk_presentation") === "embedded") {
    layout();
    new ResizeObserver(layout).observe(document.body);
  }
})();
