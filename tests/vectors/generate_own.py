#!/usr/bin/env python3
"""Generate pair.json (the default schemes, V2 and raw side by side), v1.json (the older webhooks) and
canonical_own.json (canonical forms that were once wrong here, in the format of canonical.json).

    python3 generate_own.py            write the files beside this script
    python3 generate_own.py --check    exit 1 if a file on disk differs from what would be written

Signatures are made by CPython's hmac over the bytes that CPython's json writes; nothing here asks our
own code. The expected verdicts follow docs/webhooks.md.
"""
import base64
import json
import pathlib
import sys

from generate import EXAMPLE, SECRET, Canonical, canonicalize, mac, simple_message, wire

HERE = pathlib.Path(__file__).resolve().parent
T = 1774970000
OTHER = "another-secret-of-another-destination-000000"
BODY = wire(EXAMPLE).encode()
PRETTY = json.dumps(EXAMPLE, indent=2, ensure_ascii=False).encode()
ASCII = wire({k: v for k, v in EXAMPLE.items() if k != "decision"}).encode()
LEGACY = {"session_id": EXAMPLE["session_id"], "status": "Approved", "created_at": T, "vendor_data": "user-123", "decision": {"kyc": {"status": "Approved"}}}


def v2(body, secret=SECRET):
    return mac(secret, canonicalize(body)[0])


def raw(body, secret=SECRET):
    return mac(secret, body)


class Cases(list):
    """The cases of one file; `method` is the only accepted scheme, or None for the default pair."""

    def __init__(self, method=None):
        super().__init__()
        self.method = method

    def add(self, name, expect, body, headers, *, secrets=(SECRET,), now=T + 5, scheme=None, secret_index=None, type=None, outcome=None, **options):
        assert name not in {case["name"] for case in self}, name
        case = {"name": name, "method": self.method, "body_b64": base64.b64encode(body).decode(), "secrets": list(secrets), "now": now, "headers": headers, "options": options,
                "expect": expect, "scheme": scheme, "secret_index": secret_index, "type": type, "outcome": outcome}
        self.append({key: value for key, value in case.items() if value is not None})


def pair():
    cases = Cases()

    def add(name, expect, body=BODY, v2=None, raw=None, timestamp=str(T), simple=None, **more):
        headers = {"X-Timestamp": timestamp, "X-Signature-V2": v2, "X-Signature": raw, "X-Signature-Simple": simple}
        cases.add(name, expect, body, {key: value for key, value in headers.items() if value is not None}, **more)

    good2, good1 = v2(BODY), raw(BODY)
    wrong = "0" * 64
    envelope = mac(SECRET, simple_message(EXAMPLE))
    told = {"type": "status.updated", "outcome": "granted"}

    # Both, either, neither.
    add("both match", "ok", v2=good2, raw=good1, scheme="v2", **told)
    add("all three match", "ok", v2=good2, raw=good1, simple=envelope, scheme="v2")
    add("V2 alone", "ok", v2=good2, scheme="v2")
    add("raw alone", "ok", raw=good1, scheme="raw", **told)
    add("V2 matches, raw does not", "ok", v2=good2, raw=wrong, scheme="v2")
    add("raw matches, V2 does not", "ok", v2=wrong, raw=good1, scheme="raw", **told)
    add("neither matches", "signature_mismatch", v2=wrong, raw=wrong)
    add("neither present", "missing_signature")
    add("only Simple, and right", "missing_signature", simple=envelope)
    add("Simple right, V2 wrong", "signature_mismatch", v2=wrong, simple=envelope)
    add("Simple right, raw wrong", "signature_mismatch", raw=wrong, simple=envelope)
    add("both empty", "missing_signature", v2="", raw="")
    add("V2 empty, raw matches", "ok", v2="", raw=good1, scheme="raw")
    add("V2 empty, raw wrong", "signature_mismatch", v2="", raw=wrong)
    add("V2 matches, raw empty", "ok", v2=good2, raw="", scheme="v2")
    add("V2 wrong, raw empty", "signature_mismatch", v2=wrong, raw="")

    # Malformed headers.
    add("V2 malformed, raw matches", "ok", v2=good2.upper(), raw=good1, scheme="raw")
    add("V2 malformed, raw wrong", "malformed_signature", v2="sha256=" + good2, raw=wrong)
    add("V2 malformed, raw absent", "malformed_signature", v2=good2[:-1])
    add("V2 matches, raw malformed", "ok", v2=good2, raw="x", scheme="v2")
    add("V2 wrong, raw malformed", "signature_mismatch", v2=wrong, raw="x")
    add("V2 absent, raw malformed", "malformed_signature", raw=good1 + " ")
    add("each in the other's header", "signature_mismatch", v2=good1, raw=good2)
    add("each in the other's header, ASCII body: the two are one", "ok", body=ASCII, v2=raw(ASCII), raw=v2(ASCII), scheme="v2")

    # Headers given twice.
    add("V2 twice, the same", "ok", v2=[good2, good2], scheme="v2")
    add("V2 twice, different", "duplicate_header", v2=[good2, wrong])
    add("V2 twice, different, raw matches", "ok", v2=[good2, wrong], raw=good1, scheme="raw")
    add("V2 twice, different, raw wrong", "duplicate_header", v2=[good2, wrong], raw=wrong)
    add("V2 absent, raw twice, different", "duplicate_header", raw=[good1, wrong])
    add("V2 matches, raw twice, different", "ok", v2=good2, raw=[good1, wrong], scheme="v2")
    add("V2 wrong, raw twice, different", "signature_mismatch", v2=wrong, raw=[good1, wrong])
    add("V2 twice, one empty", "duplicate_header", v2=[good2, ""])
    add("X-Timestamp twice, the same", "ok", v2=good2, timestamp=[str(T), str(T)])
    add("X-Timestamp twice, different", "duplicate_header", v2=good2, raw=good1, timestamp=[str(T), str(T + 1)])
    add("X-Timestamp twice, different, ignored", "ok", v2=good2, timestamp=[str(T), str(T + 1)], header_timestamp="ignore")

    # Bodies that were written anew, and bodies that V2 refuses.
    add("re-encoded: V2 matches, raw does not", "ok", body=PRETTY, v2=good2, raw=good1, scheme="v2", **told)
    add("re-encoded, raw alone", "signature_mismatch", body=PRETTY, raw=good1)
    add("another body", "signature_mismatch", body=wire({**EXAMPLE, "status": "Declined"}).encode(), v2=good2, raw=good1)
    twice = b'{"status":"Declined",' + BODY[1:]
    add("a duplicate in front, both headers of the genuine body", "duplicate_key", body=twice, v2=good2, raw=good1)
    add("a duplicate in front, V2 alone", "duplicate_key", body=twice, v2=good2)
    add("a duplicate in front, raw over these very bytes", "ok", body=twice, v2=good2, raw=raw(twice), scheme="raw", **told)
    add("a duplicate in front, raw alone", "ok", body=twice, raw=raw(twice), scheme="raw")
    proto = BODY[:-1] + b',"__proto__":{"isAdmin":true}}'
    add("__proto__ added", "signature_mismatch", body=proto, v2=good2, raw=good1)
    for name, body, code in [
        ("not JSON", b"hello", "syntax"), ("empty", b"", "syntax"), ("cut", BODY[:-1], "syntax"), ("byte order mark", b"\xef\xbb\xbf" + BODY, "unexpected_bom"), ("invalid UTF-8", b'{"timestamp":1774970000,"a":"\xff"}', "invalid_utf8"),
        ("lone surrogate", b'{"timestamp":1774970000,"a":"\\ud800"}', "lone_surrogate"), ("NaN", b'{"timestamp":1774970000,"a":NaN}', "syntax"), ("out of range", b'{"timestamp":1774970000,"a":1e999}', "number_out_of_range"),
        ("long integer", b'{"timestamp":1774970000,"a":' + b"1" * 4301 + b"}", "integer_too_long"), ("too deep", b'{"timestamp":1774970000,"a":' + b"[" * 1000 + b"]" * 1000 + b"}", "too_deep"),
    ]:
        add(f"{name}: V2 wrong, raw absent", code, body=body, v2=wrong)
        add(f"{name}: V2 wrong, raw wrong", code, body=body, v2=wrong, raw=wrong)
        add(f"{name}: V2 absent, raw wrong", "signature_mismatch", body=body, raw=wrong)
        add(f"{name}: V2 absent, raw matches these bytes", code, body=body, raw=raw(body))
        add(f"{name}: V2 malformed, raw matches these bytes", code, body=body, v2="x", raw=raw(body))
    for name, body in [("an array", b"[1774970000]"), ("a string", b'"x"'), ("null", b"null")]:
        add(f"signed, but {name}", "body_not_object", body=body, v2=v2(body), raw=raw(body))
        add(f"signed, but {name}, raw alone", "body_not_object", body=body, raw=raw(body))

    # The header's time.
    add("X-Timestamp absent", "missing_timestamp", v2=good2, raw=good1, timestamp=None)
    add("X-Timestamp absent, raw alone", "missing_timestamp", raw=good1, timestamp=None)
    add("X-Timestamp absent, V2 malformed, raw matches", "malformed_signature", v2="x", raw=good1, timestamp=None)
    add("X-Timestamp malformed, both match", "malformed_timestamp", v2=good2, raw=good1, timestamp="1774970000.0")
    add("X-Timestamp absent, ignored, raw stands in", "ok", v2=wrong, raw=good1, timestamp=None, header_timestamp="ignore", scheme="raw")
    add("X-Timestamp differs, equality asked for, raw stands in", "timestamp_mismatch", v2=wrong, raw=good1, timestamp=str(T + 1), header_timestamp="equal")
    add("replayed with a fresh header", "timestamp_too_old", v2=good2, raw=good1, timestamp=str(T + 86400), now=T + 86400)
    add("replayed with a fresh header, raw stands in", "timestamp_too_old", v2=wrong, raw=good1, timestamp=str(T + 86400), now=T + 86400)
    add("stale and forged: only the forgery shows", "signature_mismatch", v2=wrong, raw=wrong, now=T + 86400)
    add("at the edge of the past", "ok", v2=good2, now=T + 300)
    add("beyond the edge of the past", "timestamp_too_old", v2=good2, now=T + 301)
    add("beyond the edge of the past, max_age 600", "ok", v2=good2, now=T + 310, max_age=600)
    add("at the edge of the future", "ok", v2=good2, now=T - 300)
    add("beyond the edge of the future", "timestamp_in_future", v2=good2, now=T - 301)
    add("header stale, body fresh", "timestamp_too_old", v2=good2, timestamp=str(T - 400))
    float_time = BODY.replace(b'"timestamp":1774970000', b'"timestamp":1774970000.0')
    add("a body re-encoded with a float as timestamp", "ok", body=float_time, v2=good2, scheme="v2")
    text_time = wire({**EXAMPLE, "timestamp": str(T)}).encode()
    add("timestamp is a string, V2", "invalid_body_timestamp", body=text_time, v2=v2(text_time))
    add("timestamp is a string, raw", "invalid_body_timestamp", body=text_time, raw=raw(text_time))
    older = json.dumps(LEGACY).encode()
    add("no timestamp: created_at does not stand in", "invalid_body_timestamp", body=older, v2=v2(older), raw=raw(older))

    # Secrets.
    add("second secret, V2", "ok", v2=v2(BODY, OTHER), secrets=(SECRET, OTHER), scheme="v2", secret_index=1)
    add("second secret, raw", "ok", raw=raw(BODY, OTHER), secrets=(SECRET, OTHER), scheme="raw", secret_index=1)
    add("V2 of an unknown secret, raw of the second", "ok", v2=v2(BODY, "unknown"), raw=raw(BODY, OTHER), secrets=(SECRET, OTHER), scheme="raw", secret_index=1)
    add("the same secret twice", "ok", v2=good2, secrets=(SECRET, SECRET), scheme="v2", secret_index=0)
    add("none of the secrets", "signature_mismatch", v2=v2(BODY, "unknown"), raw=raw(BODY, "unknown"), secrets=(SECRET, OTHER))
    add("secret with a newline", "signature_mismatch", v2=good2, raw=good1, secrets=(SECRET + "\n",))
    add("an empty secret among them", "missing_secret", v2=good2, raw=good1, secrets=(SECRET, ""))
    add("no secret", "missing_secret", v2=good2, raw=good1, secrets=())

    # Sizes.
    add("body at max_body", "ok", v2=good2, max_body=len(BODY))
    add("body beyond max_body", "body_too_large", v2=good2, raw=good1, max_body=len(BODY) - 1)
    add("body beyond max_body, forged", "body_too_large", v2=wrong, max_body=10)
    add("body beyond max_body, no signature", "missing_signature", max_body=10)
    grows = b'{"a":[' + b",".join([b"1e308"] * 20) + b'],"timestamp":1774970000}'
    add("canonical form beyond max_body", "body_too_large", body=grows, v2=v2(grows), max_body=1000)
    add("canonical form beyond max_body, raw alone", "body_too_large", body=grows, raw=raw(grows), max_body=1000)
    add("canonical form within max_body", "ok", body=grows, v2=v2(grows), max_body=10000, type="unknown", outcome="unknown")

    # Environments.
    add("live, live accepted", "ok", v2=good2, environments=["live"])
    add("live, sandbox accepted", "wrong_environment", v2=good2, environments=["sandbox"])
    add("live, both accepted", "ok", v2=good2, environments=["live", "sandbox"])
    for name, change in [("absent", {"environment": None}), ("of another case", {"environment": "Live"}), ("a number", {"environment": 1})]:
        body = wire({**EXAMPLE, **change}).encode()
        add(f"environment {name}", "wrong_environment", body=body, v2=v2(body), environments=["live", "sandbox"])
        add(f"environment {name}, forged", "signature_mismatch", body=body, v2=wrong, environments=["live"])

    # What the event means.
    def event(name, kind, outcome, **change):
        body = wire({**EXAMPLE, **change}).encode()
        add(name, "ok", body=body, v2=v2(body), raw=raw(body), type=kind, outcome=outcome)
    for status, outcome in [("Approved", "granted"), ("Declined", "denied"), ("Not Started", "pending"), ("In Progress", "pending"), ("In Review", "pending"), ("Awaiting User", "pending"), ("Resubmitted", "retry"),
                            ("Abandoned", "retry"), ("Expired", "retry"), ("Kyc Expired", "revoked"), ("KYC Expired", "unknown"), ("approved", "unknown"), ("Approved ", "unknown"), ("", "unknown"), (None, "unknown"), (1, "unknown")]:
        event(f"status {status!r}", "status.updated", outcome, status=status)
    event("data.updated has an outcome too", "data.updated", "granted", webhook_type="data.updated")
    for kind in ["user.status.updated", "user.data.updated", "business.status.updated", "business.data.updated", "activity.created", "transaction.created", "transaction.status.updated", "travel_rule.status.updated", "transaction_rule_suggestions.created"]:
        event(f"{kind} has none", kind, "unknown", webhook_type=kind)
    for kind in ["session.status.updated", "Status.Updated", "status.updated ", "unknown", "", "kyb.registry_search.resolved", None, 1]:
        event(f"webhook_type {kind!r}", "unknown", "unknown", webhook_type=kind)
    return cases


def older():
    cases = Cases("v1")

    def add(name, expect, payload=LEGACY, signature=None, body=None, headers=None, **more):
        body = body or json.dumps(payload, ensure_ascii=False).encode()
        cases.add(name, expect, body, {"x-signature": raw(body) if signature is None else signature} if headers is None else headers, **more)

    add("as sent", "ok", scheme="v1", type="status.updated", outcome="granted")
    add("pretty, unsorted, non-ASCII", "ok", body=json.dumps({**LEGACY, "name": "José"}, indent=2, ensure_ascii=False).encode(), scheme="v1")
    add("declined", "ok", {**LEGACY, "status": "Declined"}, outcome="denied")
    add("a type of its own counts", "ok", {**LEGACY, "webhook_type": "user.status.updated"}, type="user.status.updated", outcome="unknown")
    add("an unknown type counts", "ok", {**LEGACY, "webhook_type": "x"}, type="unknown", outcome="unknown")
    add("no header timestamp is needed, a malformed one is not looked at", "ok", headers={"X-Signature": raw(json.dumps(LEGACY, ensure_ascii=False).encode()), "X-Timestamp": "x"})
    add("missing", "missing_signature", headers={})
    add("empty", "missing_signature", signature="")
    add("malformed", "malformed_signature", signature="x")
    add("wrong", "signature_mismatch", signature="0" * 64)
    add("V2 header only", "missing_signature", headers={"X-Signature-V2": v2(json.dumps(LEGACY).encode())})
    add("signed over the canonical form", "signature_mismatch", signature=v2(json.dumps(LEGACY).encode()))
    add("600 seconds", "ok", now=T + 600)
    add("601 seconds", "timestamp_too_old", now=T + 601)
    add("301 seconds, max_age 300", "timestamp_too_old", now=T + 301, max_age=300)
    add("300 seconds ahead", "ok", now=T - 300)
    add("301 seconds ahead", "timestamp_in_future", now=T - 301)
    add("no created_at: timestamp does not stand in", "invalid_body_timestamp", {"session_id": "s", "status": "Approved", "timestamp": T})
    add("created_at as ISO text", "invalid_body_timestamp", {**LEGACY, "created_at": "2026-03-31T15:26:40Z"})
    add("created_at as a string", "invalid_body_timestamp", {**LEGACY, "created_at": str(T)})
    add("created_at negative", "invalid_body_timestamp", {**LEGACY, "created_at": -1})
    add("not an object", "body_not_object", body=b"[]")
    add("not JSON", "syntax", body=b"x")
    add("a duplicate counts last", "ok", body=b'{"status":"Approved","status":"Declined","session_id":"s","created_at":1774970000}', outcome="denied")
    add("second secret", "ok", signature=raw(json.dumps(LEGACY, ensure_ascii=False).encode(), OTHER), secrets=(SECRET, OTHER), secret_index=1)
    add("no secret", "missing_secret", secrets=())
    return cases


def canonical():
    cases = Canonical()
    # The shortest digits of these doubles are two, equally near: CPython takes the even one.
    for literal in ["987324030949551.25", "562949953421312.25", "562949953421312.75", "-1125899906842623.25", "844424930131968.375", "140737488355328.125", "9.5367431640625e-07", "0.25", "1.5"]:
        cases.add(f"tie: {literal}", literal)
    # At a power of two the doubles below are nearer than those above.
    for exponent in (-1074, -1073, -1022, -1021, -100, -44, -43, -20, -14, -7, -1):
        cases.add(f"power of two: {exponent}", f"[{2.0**exponent!r},{-(2.0**exponent)!r}]")
    # The innermost container counts, though it is empty.
    for depth in (1000, 1001):
        for innermost in ("[]", "{}"):
            opened = depth - 1
            cases.add(f"depth {depth}, innermost {innermost}", '{"a":' * opened + innermost + "}" * opened, None if depth == 1000 else "too_deep")
    return cases.cases


def main():
    sys.setrecursionlimit(10_000)  # the oracle must reach the deepest accepted nesting
    check = "--check" in sys.argv[1:]
    different = []
    for name, cases in {"pair.json": pair(), "v1.json": older(), "canonical_own.json": canonical()}.items():
        text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
        path = HERE / name
        if not check:
            path.write_text(text)
            print(f"{name}: {len(cases)} cases")
        elif not path.exists() or path.read_text() != text:
            different.append(name)
    if different:
        sys.exit(f"differs from a fresh run of generate_own.py: {', '.join(different)}")


if __name__ == "__main__":
    main()
