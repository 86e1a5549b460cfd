#!/usr/bin/env python3
"""Generate http.json: calls, the exact requests they make, canned answers, and what comes of them.

    python3 generate_http.py            write the file beside this script
    python3 generate_http.py --check    exit 1 if the file on disk differs from what would be written

README.md beside this script describes the form of a case.
"""
import base64
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
WORKFLOW = "11111111-2222-3333-4444-555555555555"
SESSION = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
KEY = {"x-api-key": "sk_test_vector"}
ACCOUNT = {"authorization": "Bearer account-token"}
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 not really a photograph").decode()
NEW = {"session_id": SESSION, "session_number": 7, "session_token": "3FaJ9wLqX2Mz", "url": "https://verify.example/session/3FaJ9wLqX2Mz", "status": "Not Started", "workflow_id": WORKFLOW, "vendor_data": None}
JSON_TYPE = "content-type: application/json\r\n"
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


def compact(value):
    """As the core writes JSON: sorted, compact, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def answer(status, body="", headers=JSON_TYPE):
    body = body if isinstance(body, str) else compact(body)
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body.encode())}\r\n{headers}\r\n{body}"


def expect(line, body=None, credentials=KEY, accept="application/json", content_type="application/json", **headers):
    """A request as it must arrive; `body` is text, or bytes."""
    sent = {"accept": accept, "accept-encoding": "gzip", **credentials, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = {"line": f"{line} HTTP/1.1"}
    if body is not None:
        body = body if isinstance(body, (str, bytes)) else compact(body)
        raw = body if isinstance(body, bytes) else body.encode()
        sent |= {"content-type": content_type, "content-length": str(len(raw))}
        request |= {"body": body} if isinstance(body, str) else {"body_base64": base64.b64encode(raw).decode()}
    elif line.split()[0] in ("POST", "PUT", "PATCH"):
        sent["content-length"] = "0"
    return request | {"headers": dict(sorted(sent.items()))}


class Cases(list):
    def add(self, name, call, *exchanges, result=None, error=None, client=None):
        """An exchange is what must arrive, and the answer; a call that sends nothing has none."""
        case = {"name": name, "client": client or {}, "call": call}
        case["exchanges"] = [{"expect": wanted, "answer": given} if isinstance(given, str) else {"expect": wanted, **given} for wanted, given in exchanges]
        case |= {"result": result} if error is None else {"error": error}
        if error is not None and exchanges and "message" in error:
            # Each runner puts HOST in the place of the address and port of its server.
            error["message"] += f" ({call.get('operation', 'request')} at HOST)"
        assert all(known["name"] != name for known in self), name
        self.append(case)


def op(operation, **params):
    return {"operation": operation, "params": params}


def create(**params):
    return op("sessions.create", **{"workflow_id": WORKFLOW, **params})


def created(body):
    return expect("POST /v3/session/", {"workflow_id": WORKFLOW, **body})


def wrong(path, message):
    return {"code": "invalid_argument", "status": None, "attempts": 0, "errors": [{"path": path, "messages": [message]}]}


def requests(cases):
    good = answer("201 Created", NEW)
    done = {"status": 201, "json": NEW}
    cases.add("create: the least", create(), (created({}), good), result=done)
    everything = {
        "callback": "https://yourapp.example/done?x=1", "callback_method": "both", "vendor_data": "user-1 / ü", "metadata": {"plan": "premium", "nested": {"list": [1, 2.5, None, True]}},
        "language": "pt-BR", "contact_details": {"email": "alex@example.com", "phone": "+15550101000", "send_notification_emails": True},
        "portrait_image": JPEG, "sandbox_scenario": "approve",
    }
    details = {"first_name": "Zoë", "last_name": "Smith", "date_of_birth": "1990-02-28"}
    call = create(**everything, expected_details={**details, "expected_document_types": ["p", "ID", "P", "id", "dl"]})
    cases.add("create: everything; document types in any case, once each", call, (created({**everything, "expected_details": {**details, "expected_document_types": ["P", "ID", "DL"]}}), good), result=done)
    cases.add("create: the callback of an app", create(callback="myapp://verified"), (created({"callback": "myapp://verified"}), good), result=done)
    cases.add("create: null is absent", create(vendor_data=None, callback=None), (created({}), good), result=done)
    cases.add("create: the workflow of the client", op("sessions.create"), (created({}), good), result=done, client={"workflow_id": WORKFLOW})
    cases.add("create: extras", {**create(), "extra_body": {"new_field": [1]}, "extra_query": {"q": ["a b", 1, True]}, "extra_headers": {"X-Trace": "t-1"}}, (expect("POST /v3/session/?q=a%20b&q=1&q=true", {"workflow_id": WORKFLOW, "new_field": [1]}, x_trace="t-1"), good), result=done)
    cases.add("decision", op("sessions.decision", session_id=SESSION), (expect(f"GET /v3/session/{SESSION}/decision/"), answer("200 OK", {"session_id": SESSION, "status": "Somehow", "new": None})), result={"status": 200, "json": {"session_id": SESSION, "status": "Somehow", "new": None}})
    cases.add("list: filters", op("sessions.list", vendor_data="user 1&2", limit=20, offset=40), (expect("GET /v3/sessions/?vendor_data=user%201%262&limit=20&offset=40"), answer("200 OK", {"count": 0, "next": None, "previous": None, "results": []})), result={"status": 200, "json": {"count": 0, "next": None, "previous": None, "results": []}})
    cases.add("an id is one segment of the path", op("users.retrieve", vendor_data="a/b ?#%ü@x+y"), (expect("GET /v3/users/a%2Fb%20%3F%23%25%C3%BC%40x%2By/"), answer("200 OK", {})), result={"status": 200, "json": {}})
    cases.add("an id of dots in a longer name is an id", op("users.retrieve", vendor_data="..."), (expect("GET /v3/users/.../"), answer("200 OK", {})), result={"status": 200, "json": {}})
    cases.add("update status", op("sessions.update_status", session_id=SESSION, new_status="Declined", comment="no"), (expect(f"PATCH /v3/session/{SESSION}/update-status/", {"comment": "no", "new_status": "Declined"}), answer("200 OK", {"session_id": SESSION})), result={"status": 200, "json": {"session_id": SESSION}})
    cases.add("delete: the older answer is empty", op("sessions.delete", session_id=SESSION), (expect(f"DELETE /v3/session/{SESSION}/delete/"), "HTTP/1.1 204 No Content\r\n\r\n"), result={"status": 204, "empty": True})
    cases.add("delete: a body", op("sessions.delete", session_id=SESSION, retain_face_embeddings=True), (expect(f"DELETE /v3/session/{SESSION}/delete/", {"retain_face_embeddings": True}), answer("200 OK", {"session_id": SESSION})), result={"status": 200, "json": {"session_id": SESSION}})
    pdf = b"%PDF-1.7\n\xff\x00\n%%EOF\n"
    raw = b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: %d\r\n\r\n%s" % (len(pdf), pdf)
    cases.add("pdf: bytes", op("sessions.pdf", session_id=SESSION), (expect(f"GET /v3/session/{SESSION}/generate-pdf/", accept="application/pdf, application/json;q=0.9"), {"answer_base64": base64.b64encode(raw).decode()}), result={"status": 200, "base64": base64.b64encode(pdf).decode()})
    cases.add("healthcheck: no key", op("system.healthcheck"), (expect("GET /system/healthcheck", credentials={}), answer("200 OK", {"status": "ok"})), result={"status": 200, "json": {"status": "ok"}})
    cases.add("destinations: a plain array", op("webhooks.destinations.list"), (expect("GET /v3/webhook/destinations/"), answer("200 OK", [{"uuid": "d-1"}])), result={"status": 200, "json": [{"uuid": "d-1"}]})
    cases.add("only a path is known: any JSON", op("account.members.list", org_id="o-1"), (expect("GET /auth/v2/organizations/o-1/members/", credentials=ACCOUNT), answer("200 OK", {"new": 1})), result={"status": 200, "json": {"new": 1}}, client={"access_token": "account-token"})
    cases.add("request: a path of one's own", {"request": {"method": "POST", "path": "/v3/new-thing/", "query": {"a": [1, 2]}, "json": {"b": "c"}}}, (expect("POST /v3/new-thing/?a=1&a=2", {"b": "c"}, accept="application/json, */*;q=0.5"), answer("200 OK", "any text", "content-type: text/plain\r\n")), result={"status": 200, "base64": base64.b64encode(b"any text").decode()})
    cases.add("request: no body", {"request": {"method": "DELETE", "path": "/v3/new-thing/1/?x=1"}}, (expect("DELETE /v3/new-thing/1/?x=1", accept="application/json, */*;q=0.5"), "HTTP/1.1 204 No Content\r\n\r\n"), result={"status": 204, "empty": True})
    image = b"\x89PNG\r\n\x1a\n\x00\xff"
    boundary = "----didit-client-0000000000000000"
    part = lambda name, value: f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    body = part("search_type", "most_similar") + f'--{boundary}\r\ncontent-disposition: form-data; name="user_image"; filename="a%22b.png"\r\ncontent-type: image/png\r\n\r\n'.encode() + image + f"\r\n--{boundary}--\r\n".encode()
    files = [{"field": "user_image", "filename": 'a"b.png', "base64": base64.b64encode(image).decode()}]
    cases.add("files: multipart", {**op("checks.face.search", search_type="most_similar"), "files": files}, (expect("POST /v3/face-search/", body, content_type=f"multipart/form-data; boundary={boundary}"), answer("200 OK", {"request_id": "r"})), result={"status": 200, "json": {"request_id": "r"}})


def accounts(cases):
    cases.add("account: register, never with the key", op("account.register", email="dev@example.com", password="Secret-123"), (expect("POST /auth/v2/programmatic/register/", {"email": "dev@example.com", "password": "Secret-123"}, credentials={}), answer("201 Created", {"message": "sent", "email": "dev@example.com"})), result={"status": 201, "json": {"message": "sent", "email": "dev@example.com"}})
    cases.add("account: the token and never the key", op("account.organizations.list"), (expect("GET /auth/v2/organizations/me/", credentials=ACCOUNT), answer("200 OK", [])), result={"status": 200, "json": []}, client={"access_token": "account-token"})
    cases.add("account: no token", op("account.organizations.list"), error={"code": "missing_access_token", "status": None})
    token = expect("POST /auth/v2/token/", "grant_type=client_credentials", credentials={"authorization": "Basic aWQ6c2VjcmV0"}, content_type="application/x-www-form-urlencoded")
    fresh = lambda name: answer("200 OK", {"access_token": name, "expires_in": 86400})
    bearer = lambda name: {"authorization": f"Bearer {name}"}
    legacy = {"client_id": "id", "client_secret": "secret"}
    path = f"GET /v1/session/{SESSION}/decision/"
    cases.add("V1: a token, then the call, without the key", op("legacy.decision", session_id=SESSION), (token, fresh("t-1")), (expect(path, credentials=bearer("t-1")), answer("200 OK", {"status": "Approved"})), result={"status": 200, "json": {"status": "Approved"}}, client=legacy)
    body = {"callback": "https://yourapp.example/done", "features": "OCR + FACE", "vendor_data": "user-1"}
    cases.add("V1: create", op("legacy.create_session", **body), (token, fresh("t-1")), (expect("POST /v1/session/", body, credentials=bearer("t-1")), answer("201 Created", {"session_id": SESSION, "url": "https://verify.example/x"})), result={"status": 201, "json": {"session_id": SESSION, "url": "https://verify.example/x"}}, client=legacy)
    cases.add("V1: no credentials", op("legacy.decision", session_id=SESSION), error={"code": "missing_credentials", "status": None})
    cases.add("V1: refused credentials", op("legacy.decision", session_id=SESSION), (token, answer("401 Unauthorized", {"error": "invalid_client"})), error={"code": "authentication_failed", "status": 401, "detail": "invalid_client"}, client=legacy)
    cases.add("V1: a token without a token", op("legacy.decision", session_id=SESSION), (token, answer("200 OK", {"expires_in": 5})), error={"code": "invalid_response"}, client=legacy)


def checks(cases):
    uuid = "is not a UUID of the form 11111111-2222-3333-4444-555555555555"
    url = "is not an absolute URL (https://..., or a scheme of an app)"
    add = lambda name, params, path, message: cases.add(f"refused here: {name}", create(**params), error=wrong(path, message))
    cases.add("refused here: no workflow", op("sessions.create"), error={"code": "missing_option", "status": None})
    cases.add("refused here: no key", create(), error={"code": "missing_api_key", "status": None}, client={"api_key": ""})
    add("a workflow that is not a UUID", {"workflow_id": "kyc"}, "workflow_id", uuid)
    add("a callback without a scheme", {"callback": "yourapp.example/done"}, "callback", url)
    add("a callback that is a host and its port", {"callback": "localhost:3000/done"}, "callback", url)
    add("a callback that a browser would run", {"callback": "javascript:alert(1)"}, "callback", url)
    add("a callback with a line end", {"callback": "https://yourapp.example/\r\nx"}, "callback", url)
    add("a callback method", {"callback_method": "somebody"}, "callback_method", "is not one of initiator, completer, both")
    add("a language", {"language": "english please"}, "language", "is not a language code such as en or pt-BR")
    add("metadata that is no object", {"metadata": ["a"]}, "metadata", "is not an object")
    add("vendor_data that is no string", {"vendor_data": 7}, "vendor_data", "is not a string")
    add("a document type", {"expected_details": {"expected_document_types": ["P", "LIBRARY"]}}, "expected_details.expected_document_types[1]", "is not one of P, ID, DL, RP, HIC, TC, SSC")
    add("an image that is none", {"portrait_image": base64.b64encode(b"hello").decode()}, "portrait_image", "is not a JPEG, PNG, WebP or TIFF image")
    add("an image that is not base64", {"portrait_image": "***"}, "portrait_image", "is not base64 (the standard alphabet, with padding, without line ends)")
    add("an image with its prefix", {"portrait_image": f"data:image/jpeg;base64,{JPEG}"}, "portrait_image", "starts with data:; only the base64 after the comma belongs here")
    add("a date of birth", {"expected_details": {"date_of_birth": "1.2.1990"}}, "expected_details.date_of_birth", "is not a date of the form YYYY-MM-DD")
    add("an unknown argument", {"workflow": WORKFLOW}, "workflow", "is not an argument of this operation (did you mean workflow_id?); extra_body and extra_query send it all the same")
    add("an argument that nothing is like", {"colour": "red"}, "colour", "is not an argument of this operation; extra_body and extra_query send it all the same")
    add("a typing error inside expected_details", {"expected_details": {"first_nam": "Alex"}}, "expected_details.first_nam", "is not known here (did you mean first_name?); extra_body with the whole of expected_details sends it all the same")
    add("a typing error inside contact_details", {"contact_details": {"emial": "a@example.com"}}, "contact_details.emial", "is not known here (did you mean email?); extra_body with the whole of contact_details sends it all the same")
    two = [{"path": "callback", "messages": [url]}, {"path": "language", "messages": ["is not a language code such as en or pt-BR"]}]
    cases.add("refused here: all that is wrong at once", create(callback="x", language="!"), error={"code": "invalid_argument", "status": None, "errors": two, "message": f"the arguments of the call are not what the operation takes: callback {url}; language is not a language code such as en or pt-BR"})
    for name, segment in {"nothing": "", "a dot": ".", "two dots": "..", "an encoded dot": "%2e"}.items():
        cases.add(f"refused here: an id that is {name}", op("users.retrieve", vendor_data=segment), error=wrong("vendor_data", "cannot be a part of the path"))
    cases.add("refused here: an id that is longer than an address", op("users.retrieve", vendor_data="x" * 9000), error=wrong("vendor_data", "is too long: the address has more than 8192 bytes"))
    cases.add("refused here: a filter that is longer than an address", op("sessions.list", limit=5, vendor_data="x" * 9000), error=wrong("vendor_data", "is too long: the address has more than 8192 bytes"))
    cases.add("refused here: a path that is longer than an address", {"request": {"method": "GET", "path": "/v3/" + "x" * 9000}}, error=wrong("path", "is longer than 8192 bytes"))
    cases.add("refused here: headers that are too long", {**create(), "extra_headers": {"X-Trace": "x" * 9000}}, error=wrong("extra_headers", "have more than 8192 bytes together"))
    cases.add("refused here: a header of the client's own", {**create(), "extra_headers": {"X-API-Key": "other"}}, error=wrong("extra_headers.X-API-Key", "is a header that the client sets itself"))
    cases.add("refused here: a header with a line end", {**create(), "extra_headers": {"X-Trace": "a\r\nx-api-key: b"}}, error=wrong("extra_headers.X-Trace", "holds what no header can hold"))
    path = "does not start with /, or holds what a percent-encoded path cannot hold; the host is not part of it"
    cases.add("refused here: what is added to a body that is a list", {"request": {"method": "POST", "path": "/v3/new-thing/", "json": [1]}, "extra_body": {"a": 1}}, error=wrong("extra_body", "cannot be added to a body that is not an object"))
    for name, text in {"another host": "https://example.com/v3/", "a name for the host": "@example.com/", "dots": "/v3/../auth/", "white space": "/v3/a b/"}.items():
        cases.add(f"refused here: a path with {name}", {"request": {"method": "GET", "path": text}}, error=wrong("path", path))


def refusals(cases):
    ask = lambda name, given, **error: cases.add(f"refused: {name}", create(vendor_data="user-123"), (created({"vendor_data": "user-123"}), given), error=error)
    field = lambda path, *messages: {"path": path, "messages": list(messages)}
    bad = "400 Bad Request"
    ask("a field with its texts", answer(bad, {"callback": ["Enter a valid URL.", "Too long."]}), code="invalid_request", status=400, errors=[field("callback", "Enter a valid URL.", "Too long.")], message="Didit refused the request: status 400: callback: Enter a valid URL. Too long")
    ask("a field with its code", answer(bad, {"sign": "signature_document_changed"}), code="invalid_request", errors=[field("sign", "signature_document_changed")])
    ask("fields at any depth", answer(bad, {"contact_details": {"email": ["Enter a valid email address."]}, "features": [{}, {"feature": ["Unknown."]}], "non_field_errors": ["Nothing to do."]}), code="invalid_request", errors=[field("contact_details.email", "Enter a valid email address."), field("features[1].feature", "Unknown."), field("", "Nothing to do.")])
    ask("a field that is called as a member of the answer itself", answer(bad, {"status": ["Not a valid choice."], "code": ["Too short."], "type": {"name": ["Unknown."]}}), code="invalid_request", errors=[field("code", "Too short."), field("status", "Not a valid choice."), field("type.name", "Unknown.")])
    ask("what an answer says about itself", answer(bad, {"status": "error", "code": "bad_thing", "message": "No.", "timestamp": "now"}), code="invalid_request", detail="No.", api_code="bad_thing", errors=[])
    cases.add("refused: an argument that is called code, by its code", op("account.verify_email", email="dev@example.com", code="123456"), (expect("POST /auth/v2/programmatic/verify-email/", {"code": "123456", "email": "dev@example.com"}, credentials={}), answer(bad, {"code": "expired"})), error={"code": "invalid_request", "errors": [field("code", "expired")]})
    cases.add("refused: an argument that is called title", op("cases.create", organization_id="o", application_id="a", title="T"), (expect("POST /v3/organization/o/application/a/cases/", {"title": "T"}), answer(bad, {"title": ["Too short."]})), error={"code": "invalid_request", "detail": None, "errors": [field("title", "Too short.")]})
    cases.add("refused: an argument that is called status, by its code", op("users.update_status", vendor_data="u", status="Gone"), (expect("PATCH /v3/users/u/update-status/", {"status": "Gone"}), answer(bad, {"status": "not_a_status"})), error={"code": "invalid_request", "errors": [field("status", "not_a_status")]})
    ask("a detail", answer(bad, {"detail": "Malformed."}), code="invalid_request", detail="Malformed.", errors=[])
    ask("an error", answer(bad, {"error": "No wallet."}), code="invalid_request", detail="No wallet.", errors=[])
    ask("a code and a detail", answer("403 Forbidden", {"detail": "Suspended.", "code": "contract_billing_suspended"}), code="authentication_failed", status=403, detail="Suspended.", api_code="contract_billing_suspended")
    ask("an error code and a detail", answer("409 Conflict", {"error": "not_a_wallet", "detail": "Use the other."}), code="conflict", status=409, detail="Use the other.", api_code="not_a_wallet")
    ask("a list of errors that name their fields", answer("422 Unprocessable Entity", {"errors": [{"field": "email", "message": "Taken."}, {"loc": ["body", "age"], "msg": "Too low."}]}), code="invalid_request", status=422, errors=[field("email", "Taken."), field("age", "Too low.")])
    ask("a detail that lists what is wrong", answer("422 Unprocessable Entity", {"detail": [{"type": "missing", "loc": ["body", "features", 1, "feature"], "msg": "Field required."}, {"loc": ["query", "limit"], "msg": "Too high."}]}), code="invalid_request", status=422, detail=None, errors=[field("features[1].feature", "Field required."), field("limit", "Too high.")])
    ask("a text that is JSON", answer(bad, '"Not like this."'), code="invalid_request", detail="Not like this.", message="Didit refused the request: status 400: Not like this")
    ask("a body that is too large", answer("413 Content Too Large", "", ""), code="invalid_request", status=413, message="Didit refused the request: status 413, with an empty body")
    ask("the key is not said again", answer("403 Forbidden", {"detail": "sk_test_vector is revoked.", "code": "sk_test_vector"}), code="authentication_failed", status=403, detail="… is revoked.", api_code="…", message="Didit did not accept the credentials, or they do not allow this: status 403: … is revoked.; (…)")
    cases.add("refused: the password is not said again", op("account.login", email="dev@example.com", password="Correct-horse-1"), (expect("POST /auth/v2/programmatic/login/", {"email": "dev@example.com", "password": "Correct-horse-1"}, credentials={}), answer(bad, {"password": ["Correct-horse-1 is wrong."]})), error={"code": "invalid_request", "status": 400, "errors": [field("password", "… is wrong.")]})
    ask("a list of texts", answer(bad, ["One.", "Two."]), code="invalid_request", errors=[field("", "One.", "Two.")])
    ask("too few credits", answer(bad, {"detail": "You do not have enough credits to create a session."}), code="insufficient_credits", status=400)
    ask("too few credits, as a field", answer(bad, {"error": ["Insufficient balance"]}), code="insufficient_credits", status=400)
    ask("payment required", answer("402 Payment Required", {"detail": "The check could not be paid."}), code="insufficient_credits", status=402)
    ask("401", answer("401 Unauthorized", {"detail": "This API key has expired."}), code="authentication_failed", status=401, detail="This API key has expired.")
    ask("403", answer("403 Forbidden", {"detail": "You do not have permission to perform this action."}), code="authentication_failed", status=403)
    ask("404", answer("404 Not Found", {"detail": "Not found."}, JSON_TYPE + "x-request-id: req-1\r\n"), code="not_found", status=404, request_id="req-1")
    page = "the answer has a status that this call never has: status 404, with an HTML page, as a proxy sends it; Didit says in JSON that it knows no such object, so the base URL may be wrong"
    ask("404 of another server", answer("404 Not Found", HTML, "content-type: text/html\r\n"), code="unexpected_status", status=404, message=page)
    ask("404 as text", answer("404 Not Found", "404 page not found", "content-type: text/plain\r\n"), code="unexpected_status", status=404)
    ask("429 in seconds", answer("429 Too Many Requests", {"detail": "Throttled."}, JSON_TYPE + "retry-after: 17\r\n"), code="rate_limited", status=429, retry_after=17.0, attempts=1)
    ask("429 with a date that is past", answer("429 Too Many Requests", {}, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), code="rate_limited", retry_after=0.0)
    ask("500 without JSON", answer("500 Internal Server Error", "", ""), code="server_error", status=500, message="Didit, or a proxy before it, failed to answer the request: status 500, with an empty body")
    ask("502 as HTML", answer("502 Bad Gateway", HTML, "content-type: text/html\r\n"), code="server_error", status=502, message="Didit, or a proxy before it, failed to answer the request: status 502, with an HTML page, as a proxy sends it")
    ask("a redirect", answer("302 Found", "", "location: https://example.com/\r\n"), code="unexpected_status", status=302)
    ask("what it was sent is not said again", answer(bad, {"vendor_data": ["user-123 is taken by \"Alex Sample\" (alex@example.com, 123456789)."]}), code="invalid_request", message="Didit refused the request: status 400: vendor_data: … is taken by … … …")


def answers(cases):
    ask = lambda name, given, about: cases.add(f"not an answer: {name}", create(), (created({}), given), error={"code": "invalid_response", "message": f"the answer is not what the operation answers: the body is not JSON: {about}"})
    html = "it is an HTML page, as a proxy or a captive portal sends it"
    ask("HTML", answer("200 OK", HTML, "content-type: text/html\r\n"), html)
    ask("HTML that calls itself JSON", answer("200 OK", HTML), html)
    ask("empty", answer("200 OK"), "it is empty")
    ask("cut", answer("200 OK", '{"session_id":"a'), "the JSON ends too early")
    ask("text", answer("200 OK", "OK", ""), "it is something else")
    ask("two documents", answer("200 OK", "{}{}"), "it is something else")
    cases.add("not an answer: JSON for a PDF", op("sessions.pdf", session_id=SESSION), (expect(f"GET /v3/session/{SESSION}/generate-pdf/", accept="application/pdf, application/json;q=0.9"), answer("200 OK", {"url": "x"})), error={"code": "invalid_response"})
    shapes = {
        "null": (None, "an object: it is null"), "a list": ([], "an object: it is a list"), "a text": ("session", "an object: it is a single value"),
        "an empty object": ({}, "an object with session_id, session_token, url, status, workflow_id: it lacks session_id, session_token, url, status, workflow_id"),
        "a detail": ({"detail": "user-123"}, "an object with session_id, session_token, url, status, workflow_id: it lacks session_id, session_token, url, status, workflow_id"),
        "a member that is missing": ({name: NEW[name] for name in NEW if name != "url"}, "an object with session_id, session_token, url, status, workflow_id: it lacks url"),
    }
    for name, (given, about) in shapes.items():
        cases.add(f"not an answer: {name}", create(), (created({}), answer("200 OK", compact(given))), error={"code": "invalid_response", "status": 200, "attempts": 1, "message": f"the answer is not what the operation answers: the body is not {about}"})
    cases.add("not an answer: nothing, where a session belongs", create(), (created({}), "HTTP/1.1 204 No Content\r\n\r\n"), error={"code": "invalid_response", "status": 204, "message": "the answer is not what the operation answers: the body is not JSON: it is empty"})
    cases.add("not an answer: nested without end", create(), (created({}), answer("200 OK", compact({**NEW, "metadata": 0}).replace("0", "[" * 501 + "]" * 501, 1))), error={"code": "invalid_response", "status": 200, "message": "the answer is not what the operation answers: the body is not what can be read: it is nested deeper than 500 levels"})
    odd = {**NEW, "status": "Somehow", "url": None, "new": [1]}
    cases.add("an answer: nulls, unknown values and members", create(), (created({}), answer("200 OK", odd)), result={"status": 200, "json": odd})
    everything = expect("GET /v3/sessions/")
    for name, given, about in (("a detail in place of a list", {"detail": "no"}, "a list: it has no results"), ("null in place of a list", None, "a list: it is null")):
        cases.add(f"not an answer: {name}", op("sessions.list"), (everything, answer("200 OK", compact(given))), error={"code": "invalid_response", "message": f"the answer is not what the operation answers: the body is not {about}"})
    cases.add("not an answer: none of the members, none of which is sure", op("account.register", email="dev@example.com", password="Secret-123"), (expect("POST /auth/v2/programmatic/register/", {"email": "dev@example.com", "password": "Secret-123"}, credentials={}), answer("200 OK", {"detail": "no"})), error={"code": "invalid_response"})
    cut = compact(NEW)
    chunked = f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{cut[:4]}\r\n{len(cut) - 4:x}\r\n{cut[4:]}\r\n0\r\n\r\n"
    cases.add("an answer in chunks", create(), (created({}), chunked), result={"status": 200, "json": NEW})
    cases.add("an answer up to the end of the connection", create(), (created({}), {"answer": f"HTTP/1.1 200 OK\r\n\r\n{cut}", "close": True}), result={"status": 200, "json": NEW})
    cases.add("a truncated answer", create(), (created({}), {"answer": 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"a":1}', "close": True}), error={"code": "connection_lost", "attempts": 1})


def retries(cases):
    twice = {**create(vendor_data="user-1"), "options": {"max_retries": 1}}
    request = created({"vendor_data": "user-1"})
    good = answer("201 Created", NEW)
    cases.add("repeated: 429, even a POST", {**create(), "options": {"max_retries": 1}}, (created({}), answer("429 Too Many Requests", {}, "retry-after: 0\r\n")), (created({}), good), result={"status": 201, "json": NEW})
    for status in ("502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"):
        cases.add(f"repeated: {status[:3]}, with vendor_data", twice, (request, answer(status)), (request, good), result={"status": 201, "json": NEW})
    cases.add("not repeated: 503, without vendor_data", {**create(), "options": {"max_retries": 1}}, (created({}), answer("503 Service Unavailable")), error={"code": "server_error", "status": 503, "attempts": 1})
    cases.add("not repeated: 500", twice, (request, answer("500 Internal Server Error")), error={"code": "server_error", "attempts": 1})
    cases.add("not repeated: 400", twice, (request, answer("400 Bad Request")), error={"code": "invalid_request", "attempts": 1})
    cases.add("repeated once too often", twice, (request, answer("503 Service Unavailable")), (request, answer("503 Service Unavailable")), error={"code": "server_error", "attempts": 2})


def main():
    cases = Cases()
    for part in (requests, accounts, checks, refusals, answers, retries):
        part(cases)
    text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
    path = HERE / "http.json"
    if "--check" not in sys.argv[1:]:
        path.write_text(text)
        print(f"http.json: {len(cases)} cases")
    elif not path.exists() or path.read_text() != text:
        sys.exit("differs from a fresh run of generate_http.py: http.json")


if __name__ == "__main__":
    main()
