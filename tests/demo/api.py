"""A loopback server for the code blocks that call Didit's API: the guide's flow, with invented data."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

ID = "11111111-2222-3333-4444-555555555555"
ENVIRONMENT = {"DIDIT_API_KEY": "sk_test_of-the-documentation", "DIDIT_WORKFLOW_ID": ID}

SESSION = {
    "session_id": ID,
    "session_number": 43762,
    "session_token": "3FaJ9wLqX2Mz",
    "url": "https://verify.didit.me/session/3FaJ9wLqX2Mz",
    "vendor_data": "user-123",
    "status": "Not Started",
    "workflow_id": ID,
    "workflow_version": 3,
}
CHECK = {"node_id": "id_verification_1", "status": "Approved", "document_type": "Passport", "warnings": []}
DECISION = {
    "session_id": ID,
    "status": "Approved",
    "id_verifications": [CHECK],
    "vendor_data": "user-123",
    "reviews": [],
}
WORKFLOW = {"uuid": ID, "workflow_label": "Sign-up"}
DESTINATION = {"uuid": ID, "url": "https://example.com/webhook", "secret_shared_key": "s" * 43}
TOKEN = {"access_token": "an-access-token", "expires_in": 86400, "token_type": "Bearer"}

# Method, path, status, answer.
ROUTES: list[tuple[str, str, int, Any]] = [
    ("POST", "/v3/session/", 201, SESSION),
    ("GET", "/v3/session/[^/]+/decision/", 200, DECISION),
    ("GET", "/v3/sessions/", 200, {"count": 1, "next": None, "previous": None, "results": [DECISION]}),
    ("PATCH", "/v3/session/[^/]+/update-status/", 200, {"session_id": ID}),
    ("GET", "/v3/session/[^/]+/generate-pdf/", 200, b"%PDF-1.7\n"),
    ("DELETE", "/v3/session/[^/]+/delete/", 204, b""),
    ("GET", "/v3/workflows/", 200, {"count": 1, "next": None, "previous": None, "results": [WORKFLOW]}),
    ("POST", "/v3/workflows/", 201, WORKFLOW),
    ("POST", "/v3/webhook/destinations/", 201, DESTINATION),
    ("GET", "/system/healthcheck", 200, {"status": "ok"}),
    ("POST", "/auth/v2/programmatic/register/", 201, {"message": "Sample message", "email": "alex.sample@example.com"}),
    (
        "POST",
        "/auth/v2/programmatic/verify-email/",
        200,
        {**TOKEN, "application": {"uuid": ID, "api_key": "sk_test_new"}},
    ),
    ("POST", "/auth/v2/programmatic/login/", 200, TOKEN),
    ("GET", "/auth/v2/organizations/me/", 200, [{"uuid": ID, "name": "Sample"}]),
    ("GET", "/auth/v2/organizations/me/[^/]+/applications/", 200, [{"uuid": ID, "name": "Sample", "client_id": "c"}]),
    ("POST", "/auth/v2/token/", 200, TOKEN),
    ("POST", "/v1/session/", 201, SESSION),
    ("GET", "/v1/session/[^/]+/decision/", 200, DECISION),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        found = [
            (status, body) for verb, route, status, body in ROUTES if verb == self.command and re.fullmatch(route, path)
        ]
        status, body = found[0] if found else (404, {"detail": "Not found."})
        if path.startswith("/v3/") and self.headers.get("x-api-key") != ENVIRONMENT["DIDIT_API_KEY"]:
            status, body = 403, {"detail": "You do not have permission to perform this action."}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/pdf" if content.startswith(b"%PDF") else "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = answer


def serve() -> dict[str, str]:
    """Start the server, and return the environment in which a program calls it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    return {**ENVIRONMENT, "DIDIT_BASE_URL": url}
