#!/usr/bin/env python3
"""Generate explain.json: deliveries with known mistakes in them, and what `explain` has to call each.

    python3 generate_explain.py            write the file beside this script
    python3 generate_explain.py --check    exit 1 if the file on disk differs from what would be written

Each case takes a genuine delivery, signed by CPython's json and hmac, and makes one mistake on it. `secrets`
are those of the verifier, `other_secrets` those that only `explain` is given. Where a case names no
`ruled_out`, any list will do; else these causes have to be in it.
"""
import base64
import gzip
import html
import json
import pathlib
import random
import sys
import urllib.parse
import zlib

from generate import EXAMPLE, SECRET, canonicalize, dumps, mac, shorten_floats, simple_message

HERE = pathlib.Path(__file__).resolve().parent
T = 1774970000
OTHER = "another-secret-of-another-destination-000000"


def wire(payload):
    """The bytes that Didit sends."""
    return json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":"))


# Names beyond ASCII, so that V2 and raw differ; every kind of value that writers disagree on.
PAYLOAD = {
    **EXAMPLE,
    "timestamp": T,
    "created_at": T - 6,
    "metadata": {"10": "ten", "9": "nine", "name": "José Ñandú", "url": "https://example.com/a/b", "tiny": 0.00001, "empty": {}, "none": []},
}
PLAIN = {"created_at": T - 6, "environment": "live", "event_id": "e-1", "metadata": {"plan": "premium"}, "session_id": "s-1", "status": "Approved", "timestamp": T, "vendor_data": "user-123", "webhook_type": "status.updated"}
BODY = wire(PAYLOAD).encode()
ASCII = wire(PLAIN).encode()
# What the guide's JavaScript makes of it: integer-like keys by value, no exponent above 1e-7.
JAVASCRIPT = dumps(PAYLOAD).replace('"10":"ten","9":"nine","empty"', '"9":"nine","10":"ten","empty"').replace("1e-05", "0.00001").encode()
assert JAVASCRIPT.count(b'"9":"nine","10"') == JAVASCRIPT.count(b"0.00001") == 1


def v2(body, secret=SECRET):
    return mac(secret, canonicalize(body)[0])


def headers(body=BODY, secret=SECRET, **changes):
    """What Didit sends with a body; a change to None takes a header away."""
    sent = {
        "Content-Type": "application/json",
        "X-Signature-V2": v2(body, secret),
        "X-Signature": mac(secret, body),
        "X-Signature-Simple": mac(secret, simple_message(json.loads(body))),
        "X-Timestamp": str(json.loads(body)["timestamp"]),
    }
    sent |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in sent.items() if value is not None}


class Cases(list):
    def add(self, name, cause, confidence, verdict, body=BODY, sent=None, *, secrets=(SECRET,), other_secrets=(), now=T + 5, skew=None, ruled_out=(), **options):
        assert name not in {case["name"] for case in self}, name
        self.append({
            "name": name, "body_b64": base64.b64encode(body).decode(), "headers": headers() if sent is None else sent, "secrets": list(secrets), "other_secrets": list(other_secrets), "now": now, "options": options,
            "expect": {"verdict": verdict, "cause": cause, "confidence": confidence, "skew": skew, "ruled_out": list(ruled_out)},
        })

    def certain(self, name, cause, *rest, verdict="signature_mismatch", **more):
        self.add(name, cause, "certain", verdict, *rest, **more)

    def likely(self, name, cause, *rest, verdict="signature_mismatch", **more):
        self.add(name, cause, "likely", verdict, *rest, **more)


def genuine(cases):
    def add(name, *rest, **more):
        cases.certain(f"genuine: {name}", "genuine", *rest, verdict="genuine", **more)

    add("as sent")
    add("ASCII", ASCII, headers(ASCII))
    add("V2 alone", BODY, headers(X_Signature=None))
    add("raw alone", BODY, headers(X_Signature_V2=None))
    add("written anew, V2 does not mind", json.dumps(PAYLOAD, indent=2).encode())
    add("mojibake elsewhere does not matter", ASCII, headers(ASCII) | {"X-Name": "JosÃ©"})
    add("a test delivery with a right signature", BODY, headers() | {"X-Didit-Test-Webhook": "true"})
    add("second secret", secrets=(OTHER, SECRET))
    add("Simple, asked for", schemes=["simple"])
    add("WSGI names", BODY, {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers().items()})


def bodies(cases):
    """The signed bytes are gone: only X-Signature can fail, so it is the only accepted scheme, or the parser has lost something."""
    def raw(name, cause, body, original=BODY, **more):
        cases.certain(f"body: {name}", cause, body, headers(original), schemes=["raw"], **more)

    compact = {"separators": (",", ":")}
    tree = json.loads(BODY)
    mixed = dict(reversed(tree.items()))
    raw("spaced, json.dumps", "body_spaced", json.dumps(tree).encode())
    raw("spaced, Unicode unescaped", "body_spaced", json.dumps(tree, ensure_ascii=False).encode())
    raw("spaced, reordered", "body_spaced", json.dumps(mixed).encode())
    raw("pretty", "body_pretty", json.dumps(tree, indent=2).encode())
    raw("pretty, four columns, Unicode unescaped", "body_pretty", json.dumps(tree, indent=4, ensure_ascii=False).encode())
    raw("Unicode unescaped", "body_unescaped", json.dumps(tree, ensure_ascii=False, **compact).encode())
    raw("escapes in upper case", "body_escaped", BODY.replace(b"\\u00e9", b"\\u00E9"))
    raw("keys reordered", "body_reordered", json.dumps(mixed, **compact).encode())
    score = wire({**PLAIN, "score": 95}).encode()
    raw("95 becomes 95.0", "body_floats", score.replace(b'"score":95', b'"score":95.0'), score)
    raw("JavaScript, numbers and keys", "body_javascript", JAVASCRIPT)
    raw("JavaScript, numbers", "body_javascript", wire({**PLAIN, "score": 0.00001}).replace("1e-05", "0.00001").encode(), wire({**PLAIN, "score": 0.00001}).encode())
    raw("PHP, slashes", "body_php", BODY.replace(b"/", b"\\/"))
    raw("a newline added", "body_newline", BODY + b"\n")
    raw("a newline and a return added", "body_newline", BODY + b"\r\n")
    raw("a mark added", "body_bom", b"\xef\xbb\xbf" + BODY, verdict="signature_mismatch")
    raw("duplicates added", "duplicate_members", b'{"status":"Declined",' + BODY[1:])

    # What breaks V2 as well.
    big = wire({**PLAIN, "metadata": {"discord": 1234567890123456789}}).encode()
    exact = wire({**PLAIN, "metadata": {"id": 9007199254740993}}).encode()
    lossy = wire({**PLAIN, "metadata": {"a": 123456789012345678901234567890}}).encode()
    cases.certain("body: JavaScript rounds 1234567890123456789", "body_javascript", big.replace(b"1234567890123456789", b"1234567890123456800"), headers(big))
    cases.certain("body: JavaScript rounds 9007199254740993", "body_javascript", exact.replace(b"740993", b"740992"), headers(exact))
    cases.add("body: too many digits lost to JavaScript", "content_changed", "likely", "signature_mismatch", lossy.replace(b"123456789012345678901234567890", b"1.2345678901234568e+29"), headers(lossy))
    cases.certain("body: PHP turns {} into []", "body_php", BODY.replace(b"{}", b"[]"))
    cases.certain("body: PHP turns {} into [], escapes slashes", "body_php", BODY.replace(b"{}", b"[]").replace(b"/", b"\\/"))
    two = wire({**PLAIN, "metadata": {"a": {}, "b": [], "c": {}, "d": []}}).encode()
    cases.certain("body: PHP turns two of four into []", "body_php", two.replace(b"{}", b"[]"), headers(two))
    # As in a delivery of an AML hit: more empty containers than could be tried each by itself.
    hit = {"adverse_media_matches": [], "linked_entities": [], "pep_matches": [], "risk_scores": {}, "sanction_matches": [], "url": "https://example.com/hit", "warnings": []}
    aml = {"custom_list": {}, "hits": [hit, hit, hit], "matches": [], "warnings": []}
    screened = wire({**PLAIN, "decision": {"aml_screenings": [aml], "id_verifications": [{"extra_fields": {}, "extra_files": [], "matches": [], "warnings": []}], "reviews": []}}).encode()
    assert screened.count(b"{}") == 5 and screened.count(b"[]") > 10
    cases.certain("body: PHP turns five of many into []", "body_php", screened.replace(b"{}", b"[]").replace(b"/", b"\\/"), headers(screened))
    unknown = wire({**PLAIN, "metadata": {"first": [{}, {}], "lists": [[]] * 9, "second": {}, "third": []}}).encode()
    cases.certain("body: PHP turns members of other names into []", "body_php", unknown.replace(b"{}", b"[]"), headers(unknown))
    twice = wire({**PLAIN, "metadata": {"ids": [1234567890123456789, 1234567890123456789]}}).encode()
    cases.certain("body: JavaScript rounds a number that stands twice", "body_javascript", twice.replace(b"1234567890123456789", b"1234567890123456800"), headers(twice))

    def damaged(name, cause, body, verdict="signature_mismatch", original=BODY, sent=None):
        cases.certain(f"body: {name}", cause, body, headers(original) | (sent or {}), verdict=verdict)

    latin, curly = {**PLAIN, "name": "José Ñandú"}, {**PLAIN, "name": "“Zoë—€"}
    text = dumps(latin).encode()
    damaged("mojibake, Latin-1", "body_mojibake", text.decode("latin-1").encode(), original=wire(latin).encode())
    damaged("mojibake, Windows-1252", "body_mojibake", dumps(curly).encode().decode("cp1252").encode(), original=wire(curly).encode())
    damaged("mojibake, written anew before", "body_mojibake", json.dumps(latin, ensure_ascii=False, indent=2).encode().decode("latin-1").encode(), original=wire(latin).encode())
    damaged("encoded as Latin-1", "body_latin1", dumps(latin).encode("latin-1"), "invalid_utf8", original=wire(latin).encode())
    damaged("encoded as Windows-1252", "body_latin1", dumps(curly).encode("cp1252"), "invalid_utf8", original=wire(curly).encode())
    damaged("UTF-16 with a mark", "body_utf16", BODY.decode().encode("utf-16"), "invalid_utf8")
    damaged("UTF-16", "body_utf16", BODY.decode().encode("utf-16-le"), "syntax")
    damaged("a mark", "body_bom", b"\xef\xbb\xbf" + BODY, "unexpected_bom")
    damaged("in a JSON string", "body_quoted", json.dumps(BODY.decode()).encode())
    damaged("base64", "body_base64", base64.b64encode(BODY), "syntax")
    # The byte that names the system is 3 or 255, by the version of Python.
    compressed = gzip.compress(BODY, mtime=0)
    damaged("gzip", "body_compressed", compressed[:9] + b"\x03" + compressed[10:], "invalid_utf8", sent={"Content-Encoding": "gzip"})
    damaged("empty", "body_empty", b"", "syntax")
    damaged("the last brace missing", "body_truncated", BODY[:-1], "syntax")
    damaged("the end of the last string missing", "body_truncated", ASCII[:-2], "syntax", ASCII)
    cases.likely("body: half of it missing", "body_truncated", BODY[: len(BODY) // 2], verdict="syntax")
    cases.likely("body: shorter than Content-Length", "body_truncated", BODY[:-30], headers() | {"Content-Length": str(len(BODY))}, verdict="syntax")
    cases.certain("body: printed by str() of a dict", "body_python", str(PAYLOAD).encode(), verdict="syntax")
    cases.likely("body: printed by str() of a dict, and another secret", "body_python", str(PAYLOAD).encode(), headers(BODY, "unheard-of"), verdict="syntax")
    cases.likely("body: characters replaced", "body_replaced", dumps(PAYLOAD).replace("é", "\ufffd").encode(), headers(X_Signature_Simple=None))
    cases.certain("body: too large", "body_too_large", verdict="body_too_large", max_body=100)
    older = json.dumps({"session_id": "s", "status": "Approved", "created_at": T}, indent=2).encode()
    signed = {"X-Signature": mac(SECRET, older)}
    cases.certain("body: line ends of an older webhook", "body_line_ends", older.replace(b"\n", b"\r\n"), signed, schemes=["v1"])
    cases.certain("body: an older webhook written anew", "body_pretty", json.dumps(json.loads(older), indent=4).encode(), {"X-Signature": mac(SECRET, json.dumps(json.loads(older)).encode())}, schemes=["v1"])

    # Members added to a genuine body, before and after.
    cases.certain("duplicates: before the genuine member", "duplicate_members", b'{"status":"Declined",' + BODY[1:], headers(X_Signature=None), verdict="duplicate_key")
    cases.certain("duplicates: behind the genuine member", "duplicate_members", BODY[:-1] + b',"status":"Declined"}', headers(X_Signature=None), verdict="duplicate_key")
    cases.likely("duplicates: forged", "duplicate_members", b'{"a":1,"a":2}', {"X-Signature-V2": "0" * 64, "X-Timestamp": str(T)}, verdict="duplicate_key")
    cases.likely("content: the decision changed", "content_changed", BODY.replace(b"Passport", b"Identity"))
    cases.likely("content: shorter than Content-Length", "content_changed", BODY.replace(b"Passport", b"Pass"), headers() | {"Content-Length": str(len(BODY))})
    cases.likely("content: characters replaced, Simple is right", "body_replaced", dumps(PAYLOAD).replace("é", "\ufffd").encode())
    many = wire({**PLAIN, "metadata": {"a": 1234567890123456789, "b": 2**63 - 1, "c": 2**90}}).encode()
    cases.likely("content: JavaScript rounds more than can be tried", "body_javascript", many.replace(b"1234567890123456789", b"1234567890123456800").replace(b"9223372036854775807", b"9223372036854776000").replace(str(2**90).encode(), b"1.2379400392853803e+27"), headers(many))
    cases.likely("body: nothing was parsed", "body_empty", b"{}")
    cases.likely("body: null", "body_empty", b"null")
    delete = {**PLAIN, "name": "a\u007fé"}
    raw_delete = dumps(delete).encode()
    cases.certain("body: unescaped U+007F", "body_unescaped", raw_delete, headers(json.dumps(shorten_floats(delete), sort_keys=True, separators=(",", ":")).encode()), schemes=["raw"])
    cases.certain("not an object", "not_an_object", b"[1]", {"X-Signature-V2": mac(SECRET, b"[1]"), "X-Timestamp": str(T)}, verdict="body_not_object")


def signers(cases):
    """The body is as it was, and the signature was computed over something else, as one's own signer does."""
    tree = json.loads(BODY)
    mixed = dict(reversed(tree.items()))
    compact = {"separators": (",", ":")}

    def signed(name, cause, message, body=BODY, header="X_Signature_V2", **more):
        cases.certain(f"signed: {name}", cause, body, headers(body, **{"X_Signature_V2": None, "X_Signature": None, "X_Signature_Simple": None, header: mac(SECRET, message)}), **more)

    def text(value, **how):
        return json.dumps(value, **how).encode()

    signed("raw bytes as V2", "raw_as_v2", BODY)
    signed("spaced", "signed_spaced", text(tree, sort_keys=True))
    signed("spaced, unescaped, unsorted body", "signed_spaced", text(mixed, ensure_ascii=False), text(mixed, **compact))
    signed("pretty", "signed_pretty", text(tree, indent=2, sort_keys=True))
    signed("pretty, Node", "signed_pretty", text(PLAIN, indent=2, ensure_ascii=False), ASCII)
    signed("unsorted", "signed_unsorted", text(mixed, ensure_ascii=False, **compact), json.dumps(mixed).encode())
    signed("escaped", "signed_escaped", BODY, json.dumps(mixed).encode())
    floats = text({**PLAIN, "score": 95.0})
    signed("floats kept", "signed_floats", text({**PLAIN, "score": 95.0}, sort_keys=True, **compact), floats)
    signed("the guide's JavaScript", "signed_javascript", JAVASCRIPT)
    astral = {**PLAIN, "metadata": {"\ue000": 1, "\U0001f600": 2, "__proto__": {"x": 1}}}
    order = dumps({**PLAIN, "metadata": "?"}).replace('"?"', '{"\U0001f600":2,"\ue000":1}')
    signed("the guide's JavaScript, order and __proto__", "signed_javascript", order.encode(), wire(astral).encode())
    php = json.dumps({**tree, "metadata": "?"}, sort_keys=True, **compact).replace('"?"', json.dumps({"9": "nine", "10": "ten", "empty": [], "name": "José Ñandú", "none": [], "tiny": 1, "url": "https://example.com/a/b"}, **compact).replace('"tiny":1', '"tiny":1.0e-5'))
    signed("PHP", "signed_php", php.replace("/", "\\/").encode())
    signed("PHP, slashes only", "signed_php", wire({**PLAIN, "url": "https://example.com/"}).replace("/", "\\/").encode(), wire({**PLAIN, "url": "https://example.com/"}).encode())
    for separator in (":", "."):
        signed(f"timestamp{separator}canonical", "timestamp_prefixed", f"{T}{separator}".encode() + canonicalize(BODY)[0])
        signed(f"timestamp{separator}body", "timestamp_prefixed", f"{T}{separator}".encode() + BODY, header="X_Signature", schemes=["raw"])
    pipes = f'{PAYLOAD["session_id"]}|{PAYLOAD["status"]}|{PAYLOAD["created_at"]}'.encode()
    signed("the pipes formula", "simple_formula", pipes, header="X_Signature_Simple", schemes=["simple"])
    signed("the pipes formula, Simple not accepted", "simple_formula", pipes, header="X_Signature_Simple", verdict="missing_signature")
    signed("the pipes formula as V2", "simple_formula", pipes)
    signed("Simple as V2", "simple_misplaced", simple_message(PAYLOAD))
    signed("Simple as raw", "simple_misplaced", simple_message(PAYLOAD), header="X_Signature", schemes=["raw"])
    signed("V2 as Simple", "simple_misplaced", canonicalize(BODY)[0], header="X_Signature_Simple", schemes=["simple"])
    sent = headers()
    cases.certain("headers: swapped", "headers_swapped", BODY, sent | {"X-Signature": sent["X-Signature-V2"], "X-Signature-V2": sent["X-Signature"]})
    cases.certain("headers: V2 as raw", "v2_as_raw", BODY, headers(X_Signature=sent["X-Signature-V2"], X_Signature_V2=None))
    cases.certain("headers: V2 in both", "v2_as_raw", BODY, headers(X_Signature=sent["X-Signature-V2"]), schemes=["raw"])
    cases.certain("headers: raw in both", "raw_as_v2", BODY, headers(X_Signature_V2=sent["X-Signature"]), schemes=["v2"])


def spellings(cases):
    value = headers()["X-Signature-V2"]
    digest = bytes.fromhex(value)

    def spelled(name, cause, text, verdict="malformed_signature"):
        cases.certain(f"signature: {name}", cause, BODY, headers(X_Signature_V2=text, X_Signature=None), verdict=verdict)

    spelled("upper case", "signature_uppercase", value.upper())
    spelled("base64", "signature_base64", base64.b64encode(digest).decode())
    spelled("base64, URL-safe, not padded", "signature_base64", base64.urlsafe_b64encode(digest).decode().rstrip("="))
    spelled("base64 of the digits", "signature_base64", base64.b64encode(value.encode()).decode())
    spelled("sha256=", "signature_prefixed", f"sha256={value}")
    spelled("v1=, as another vendor has it", "signature_prefixed", f"t={T},v1={value}")
    spelled("sha256= and base64", "signature_prefixed", "sha256=" + base64.b64encode(digest).decode())
    spelled("a newline", "signature_whitespace", value + "\n")
    spelled("quotes", "signature_whitespace", f'"{value}"')
    spelled("joined by a proxy", "signature_joined", f"{value}, {value}")
    spelled("given twice", "signature_joined", [value, "0" * 64], "duplicate_header")
    cases.certain("signature: cut", "signature_malformed", BODY, headers(X_Signature_V2=value[:63], X_Signature=None), verdict="malformed_signature")
    cases.certain("signature: undefined, no Simple", "signature_malformed", BODY, headers(X_Signature_V2="undefined", X_Signature=None, X_Signature_Simple=None), verdict="malformed_signature")
    cases.certain("time: the header came twice", "timestamp_joined", BODY, headers(X_Timestamp=[str(T), str(T + 1)]), verdict="duplicate_header")
    cases.certain("time: the header came twice, once empty", "timestamp_joined", BODY, headers(X_Timestamp=[str(T), ""]), verdict="duplicate_header")
    cases.likely("time: the header came twice, and another secret", "timestamp_joined", BODY, headers(X_Timestamp=[str(T), str(T + 1)]), verdict="duplicate_header", secrets=(OTHER,))
    cases.likely("signature: upper case, forged", "signature_uppercase", BODY, headers(X_Signature_V2="AB" * 32, X_Signature=None, X_Signature_Simple=None), verdict="malformed_signature")
    cases.certain("signature: none", "signature_missing", BODY, {"Content-Type": "application/json"}, verdict="missing_signature")
    cases.certain("signature: no header at all", "signature_missing", BODY, {}, verdict="missing_signature")
    cases.certain("signature: under another name", "signature_renamed", BODY, {"X-Didit-Signature": value, "X-Signature-Simple": headers()["X-Signature-Simple"], "X-Timestamp": str(T)}, verdict="missing_signature")
    cases.certain("signature: Simple only", "simple_only", BODY, headers(X_Signature_V2=None, X_Signature=None), verdict="missing_signature")
    cases.certain("signature: raw only, V2 accepted", "scheme_not_accepted", BODY, headers(X_Signature_V2=None), verdict="missing_signature", schemes=["v2"])
    callback = json.dumps({"webhook_type": "kyb.registry_search.resolved", "timestamp": T}).encode()
    cases.likely("signature: unsigned callback", "unsigned_callback", callback, {"X-Didit-Unsigned-Callback": "true"}, verdict="missing_signature")
    cases.likely("signature: unsigned callback without its header", "unsigned_callback", callback, {}, verdict="missing_signature")


def secrets(cases):
    def given(name, cause, secret, real=SECRET, **more):
        for body, kind in ((BODY, ""), (ASCII, ", ASCII")):
            cases.certain(f"secret: {name}{kind}", cause, body, headers(body, real), secrets=(secret,), **more)

    key = bytes(range(7, 39))
    url_safe = base64.urlsafe_b64encode(key).decode().rstrip("=")
    given("newline", "secret_whitespace", SECRET + "\n")
    given("return and newline", "secret_whitespace", SECRET + "\r\n")
    given("space in front", "secret_whitespace", " " + SECRET)
    given("tab and newline", "secret_whitespace", f"\t{SECRET}\n")
    given("no-break space", "secret_whitespace", SECRET + "\u00a0")
    given("newline on the signer's side", "secret_whitespace", SECRET, SECRET + "\n")
    given("double quotes", "secret_quoted", f'"{SECRET}"')
    given("single quotes and a newline", "secret_quoted", f"'{SECRET}'\n")
    given("with its name", "secret_named", f"DIDIT_WEBHOOK_SECRET={SECRET}")
    given("with its name and quotes", "secret_named", f'export DIDIT_WEBHOOK_SECRET="{SECRET}"')
    given("prefix stripped", "secret_prefix_stripped", url_safe, "whsec_" + url_safe)
    given("prefix added", "secret_prefix_added", "whsec_" + url_safe, url_safe)
    given("base64 of the key", "secret_base64_encoded", base64.b64encode(b"a key of plain text").decode(), "a key of plain text")
    given("hex of the key", "secret_hex_encoded", b"a key of plain text".hex(), "a key of plain text")
    given("base64-decoded", "secret_base64_decoded", "plain text after all", base64.b64encode(b"plain text after all").decode())
    given("base64-decoded, URL-safe, not padded", "secret_base64_decoded", "text?>~text", base64.urlsafe_b64encode(b"text?>~text").decode().rstrip("="))
    given("hex-decoded", "secret_hex_decoded", "plain text after all", b"plain text after all".hex())
    given("hex-decoded, upper case", "secret_hex_decoded", "plain text after all, z", b"plain text after all, z".hex().upper())
    given("prefix and base64, as another vendor has it", "secret_base64_encoded", "whsec_" + base64.b64encode(b"a key of plain text").decode(), "a key of plain text")
    given("another of yours", "another_secret", OTHER, other_secrets=["not-it", SECRET])
    given("the API key, and the right one is at hand", "another_secret", "sk_live_" + url_safe, other_secrets=[SECRET])
    cases.certain("secret: second of two with a newline", "secret_whitespace", secrets=(OTHER, SECRET + "\n"))
    cases.certain("secret: none", "secret_missing", secrets=(), verdict="missing_secret")
    cases.certain("secret: empty", "secret_missing", secrets=("",), verdict="missing_secret")
    cases.certain("secret: one is empty", "secret_missing", secrets=(SECRET, ""), verdict="missing_secret")
    cases.certain("secret: newline, and the body written anew", "secret_whitespace", json.dumps(PAYLOAD, indent=2).encode(), secrets=(SECRET + "\n",), schemes=["raw"])
    cases.certain("secret: newline, and PHP wrote the body anew", "secret_whitespace", BODY.replace(b"{}", b"[]"), secrets=(SECRET + "\n",))
    cases.certain("secret: newline, and the content was changed", "secret_whitespace", BODY.replace(b"Passport", b"Identity"), secrets=(SECRET + "\n",))
    cases.certain("secret: newline, and mojibake", "secret_whitespace", dumps(PAYLOAD).encode().decode("latin-1").encode(), secrets=(SECRET + "\n",))
    cases.likely("secret: another one, and the body written anew in fewer bytes", "another_destination", ASCII, headers(ASCII) | {"Content-Length": str(len(ASCII) + 9)}, secrets=(OTHER,))
    cases.add("secret: another one, unescaped in fewer bytes", "unknown", "unknown", "signature_mismatch", dumps(PAYLOAD).encode(), headers() | {"Content-Length": str(len(BODY))}, secrets=(OTHER,))
    cases.certain("secret: newline, and the time is missing", "secret_whitespace", BODY, headers(X_Timestamp=None), secrets=(SECRET + "\n",), verdict="missing_timestamp")
    cases.likely("secret: another destination's", "another_destination", ASCII, headers(ASCII), secrets=(OTHER,))
    cases.likely("secret: an API key", "api_key_as_secret", secrets=("sk_live_" + url_safe,))
    cases.likely("secret: an API key, ASCII", "api_key_as_secret", ASCII, headers(ASCII), secrets=("sk_test_" + url_safe,))
    for name in ("$DIDIT_WEBHOOK_SECRET", "${DIDIT_WEBHOOK_SECRET}", "${DIDIT_WEBHOOK_SECRET:-}", "%DIDIT_WEBHOOK_SECRET%", "{{ didit.secret }}"):
        cases.likely(f"secret: {name}, which nothing replaced", "secret_unexpanded", secrets=(name,))
    cases.likely("secret: a test delivery of the console", "test_delivery", ASCII, headers(ASCII, OTHER) | {"X-Didit-Test-Webhook": "true"})
    cases.likely("secret: a test delivery, beyond ASCII", "test_delivery", BODY, headers(BODY, OTHER) | {"X-Didit-Test-Webhook": "true"})


def times(cases):
    old, future = "timestamp_too_old", "timestamp_in_future"
    cases.likely("time: the clock is behind", "clock_wrong", now=T - 400, verdict=future, skew=-400)
    cases.likely("time: an old delivery", "delivery_old", now=T + 5000, verdict=old, skew=5000)
    cases.likely("time: a month later", "delivery_old", now=T + 30 * 86400, verdict=old, skew=30 * 86400)
    cases.likely("time: utcnow() in Berlin", "clock_wrong", now=T + 5 - 7200, verdict=future, skew=5 - 7200)
    cases.likely("time: India", "clock_wrong", now=T + 5 + 19800, verdict=old, skew=5 + 19800)
    cases.likely("time: Nepal", "clock_wrong", now=T + 5 - 20700, verdict=future, skew=5 - 20700)
    cases.likely("time: an hour later, and the header a second off", "clock_wrong", BODY, headers(X_Timestamp=str(T + 1)), now=T + 3600, verdict=old, skew=3600)
    cases.likely("time: a monotonic clock", "now_implausible", now=12345, verdict=future, skew=12345 - T)
    cases.likely("time: nothing but 0", "now_implausible", now=0, verdict=future, skew=-T)
    thousand = wire({**PLAIN, "timestamp": T * 1000}).encode()
    cases.certain("time: signed in milliseconds", "signed_time_milliseconds", thousand, headers(thousand, X_Timestamp=str(T)), verdict=future, skew=T + 5 - T * 1000)
    cases.certain("time: signed in milliseconds, as the header", "signed_time_milliseconds", thousand, headers(thousand), verdict=future, skew=T + 5 - T * 1000)
    cases.likely("time: two hours ahead", "clock_wrong", now=T + 7203, verdict=old, skew=7203)
    cases.likely("time: one hour behind", "clock_wrong", now=T - 3600, verdict=future, skew=-3600)
    cases.likely("time: a late repetition", "delivery_late", now=T + 311, verdict=old, skew=311)
    cases.certain("time: milliseconds", "now_milliseconds", now=(T + 5) * 1000, verdict=old)
    cases.certain("time: microseconds", "now_milliseconds", now=(T + 5) * 1000000 + 17, verdict=old)
    cases.certain("time: nanoseconds", "now_milliseconds", now=(T + 5) * 1000000000, verdict=old)
    cases.likely("time: milliseconds, and old", "now_milliseconds", now=(T + 5000) * 1000, verdict=old, skew=5000)
    cases.certain("time: the header is missing", "timestamp_missing", BODY, headers(X_Timestamp=None), verdict="missing_timestamp")
    cases.certain("time: the header is missing, and it is late", "timestamp_missing", BODY, headers(X_Timestamp=None), verdict="missing_timestamp", now=T + 900)
    cases.certain("time: the header with a fraction", "timestamp_malformed", BODY, headers(X_Timestamp=f"{T}.5"), verdict="malformed_timestamp")
    cases.certain("time: the header is a date", "timestamp_malformed", BODY, headers(X_Timestamp="2026-03-31T15:13:20Z"), verdict="malformed_timestamp")
    cases.certain("time: the header in milliseconds", "timestamp_malformed", BODY, headers(X_Timestamp=f"{T}000"), verdict=future)
    cases.certain("time: replayed with a new header", "timestamp_replaced", BODY, headers(X_Timestamp=str(T + 86400)), now=T + 86405, verdict=old, skew=86405)
    cases.certain("time: the header replaced by an old one", "timestamp_replaced", BODY, headers(X_Timestamp=str(T - 1000)), verdict=old, skew=5)
    cases.certain("time: header and body have to be equal", "timestamp_replaced", BODY, headers(X_Timestamp=str(T + 1)), verdict="timestamp_mismatch", header_timestamp="equal", skew=5)
    cases.certain("time: an older webhook", "signed_time_missing", wire({"created_at": T, "status": "Approved"}).encode(), {"X-Signature": mac(SECRET, wire({"created_at": T, "status": "Approved"}).encode()), "X-Timestamp": str(T)}, verdict="invalid_body_timestamp")
    cases.certain("environment: sandbox", "another_environment", wire({**PLAIN, "environment": "sandbox"}).encode(), headers(wire({**PLAIN, "environment": "sandbox"}).encode()), verdict="wrong_environment", environments=["live"])


def unknown(cases):
    rnd = random.Random(8)
    random_mac = lambda: f"{rnd.getrandbits(256):064x}"
    tried = ["body_bom", "body_spaced", "raw_as_v2", "secret_base64_decoded", "secret_hex_decoded", "secret_whitespace", "signed_javascript", "signed_php", "simple_formula", "timestamp_prefixed"]
    for name, body in {"as sent": BODY, "ASCII": ASCII, "spaced": json.dumps(PAYLOAD).encode(), "pretty": json.dumps(PLAIN, indent=2).encode()}.items():
        forged = headers(body, X_Signature_V2=random_mac(), X_Signature=random_mac(), X_Signature_Simple=random_mac())
        cases.add(f"unknown: forged, {name}", "unknown", "unknown", "signature_mismatch", body, forged, ruled_out=tried)
        cases.add(f"unknown: forged, {name}, raw", "unknown", "unknown", "signature_mismatch", body, forged, schemes=["raw"], ruled_out=tried)
    cases.add("unknown: forged, beyond ASCII, other secrets", "unknown", "unknown", "signature_mismatch", BODY, headers(BODY, "unheard-of", X_Signature_Simple=None), secrets=(SECRET, OTHER), other_secrets=["third"], ruled_out=[*tried, "another_secret"])
    cases.add("unknown: not JSON", "unknown", "unknown", "syntax", b"hello", {"X-Signature-V2": random_mac(), "X-Timestamp": str(T)}, ruled_out=["secret_whitespace", "body_bom"])
    cases.add("unknown: a flipped bit", "content_changed", "likely", "signature_mismatch", BODY.replace(b"Passport", b"Passpost"))
    cases.add("unknown: a flipped bit, no Simple signature", "unknown", "unknown", "signature_mismatch", BODY.replace(b"Passport", b"Passpost"), headers(X_Signature_Simple=None), ruled_out=tried)
    cases.certain("unknown: a signature of no shape", "signature_malformed", BODY, {"X-Signature-V2": "abc", "X-Timestamp": str(T)}, verdict="malformed_signature")


def configurations(cases):
    """What consoles, shells, files and secret managers make of a secret."""
    mixed = "kT9x+didit/Q2hhbmdlTWU0NTY3ODkw$WJj=="

    def given(name, cause, secret, real=mixed, **more):
        cases.certain(f"configuration: {name}", cause, BODY, headers(BODY, real), secrets=(secret,), **more)

    unseen = {"ZWNJ": "\u200c", "ZWJ": "\u200d", "a word joiner": "\u2060", "a left-to-right mark": "\u200e", "a right-to-left mark": "\u200f", "a soft hyphen": "\u00ad", "an embedding": "\u202a", "an override": "\u202e", "a mark": "\ufeff", "a zero byte": "\0"}
    for name, character in unseen.items():
        # HMAC fills a short key up with zero bytes, so one behind it changes nothing.
        given(f"{name} behind it", "genuine" if character == "\0" else "secret_whitespace", mixed + character, verdict="genuine" if character == "\0" else "signature_mismatch")
        given(f"{name} before it", "secret_whitespace", character + mixed)
        given(f"{name} in it", "secret_whitespace", mixed[:9] + character + mixed[9:])
    given("a line end in it", "secret_whitespace", mixed[:20] + "\n" + mixed[20:])
    given("a backslash and an n", "secret_whitespace", mixed + "\\n")
    given("a backslash, an r, a backslash and an n", "secret_whitespace", mixed + "\\r\\n")
    quoted = {"curly quotes": "\u201c{}\u201d", "low and high quotes": "\u201e{}\u201c", "angled quotes": "«{}»", "a quote behind it": '{}"', "a quote before it": "'{}", "quotes and a semicolon": '"{}";', "a semicolon": "{};", "a comma": "{},", "quotes and a comma": '"{}",', "escaped quotes": '\\"{}\\"', "bytes printed": "b'{}'", "bytes printed, double quotes": 'b"{}"', "two kinds of quotes": "\"'{}'\"", "angle brackets": "<{}>", "curly quotes and a space": " \u201c{}\u201d\n"}
    for name, form in quoted.items():
        given(name, "secret_quoted", form.format(mixed))
    named = {"a line of YAML": "DIDIT_WEBHOOK_SECRET: {}", "a line of YAML, quoted": "secret: '{}'", "a line of a shell": "export DIDIT_WEBHOOK_SECRET={}", "a comment": "{} # production", "a name, quotes and a comment": 'DIDIT_WEBHOOK_SECRET="{}" # live', "a member": '"secret_shared_key": "{}",', "another line": "{}\nDIDIT_API_KEY=abc"}
    for name, form in named.items():
        given(name, "secret_named", form.format(mixed))
    given("an object", "secret_named", json.dumps({"secret_shared_key": mixed}))
    given("an object of two", "secret_named", json.dumps({"DIDIT_API_KEY": "abc-def", "DIDIT_WEBHOOK_SECRET": mixed}, indent=2))
    given("an object, printed by Python", "secret_named", str({"secret": mixed}))
    for name, form in {"comma": "{},{}", "comma and space": "{}, {}", "semicolon": "{};{}", "space": "{} {}", "newline": "{}\n{}\n"}.items():
        given(f"two secrets, {name}", "secret_joined", form.format(OTHER, mixed))
    given("a list", "secret_joined", json.dumps([OTHER, mixed]))
    given("a list, printed by Python", "secret_joined", str([OTHER, mixed]))
    given("pasted twice", "secret_joined", mixed + mixed)
    given("a bearer", "secret_prefix_added", "Bearer " + mixed)
    given("percent-encoded", "secret_escaped", urllib.parse.quote(mixed, safe=""))
    given("percent-encoded, as in a form", "secret_escaped", urllib.parse.quote_plus("a secret+of/words"), "a secret+of/words")
    given("percent-decoded", "secret_escaped", urllib.parse.unquote("a%2Fb%3Dc%20d"), "a%2Fb%3Dc%20d")
    given("percent-decoded, as in a form", "secret_escaped", urllib.parse.unquote_plus(mixed))
    given("escaped for HTML", "secret_escaped", html.escape("p&ss<w'rd>\""), "p&ss<w'rd>\"")
    given("escaped by PHP's JSON", "secret_escaped", mixed.replace("/", "\\/"))
    given("escaped by Go's JSON", "secret_escaped", "a\\u0026b\\u003d", "a&b=")
    given("escaped for a shell", "secret_escaped", mixed.replace("$", "\\$"))
    given("dollars doubled", "secret_escaped", mixed.replace("$", "$$"))
    given("dollars halved", "secret_escaped", mixed, mixed.replace("$", "$$"))
    given("upper case", "secret_case", "0123456789abcdef".upper(), "0123456789abcdef")
    given("lower case", "secret_case", "0123456789ABCDEF-Z".lower(), "0123456789ABCDEF-Z")
    given("mojibake, Latin-1", "secret_mojibake", "clé secrète".encode().decode("latin-1"), "clé secrète")
    given("mojibake, Windows-1252", "secret_mojibake", "clé à 5 €".encode().decode("cp1252"), "clé à 5 €")
    given("base64 with a newline", "secret_base64_encoded", base64.b64encode(f"{mixed}\n".encode()).decode())
    given("base64 twice", "secret_base64_encoded", base64.b64encode(base64.b64encode(mixed.encode())).decode())
    given("base64 of a quoted one", "secret_base64_encoded", base64.b64encode(f'"{mixed}"'.encode()).decode())
    given("digits behind 0x", "secret_hex_encoded", "0x" + mixed.encode().hex())
    for name, form in {"a newline": "{}\n", "quotes": '"{}"', "its name": "SECRET={}"}.items():
        given(f"another of yours with {name}", "another_secret", OTHER, other_secrets=["not-it", form.format(mixed)])
    given("base64 of another of yours", "another_secret", OTHER, other_secrets=[base64.b64encode(mixed.encode()).decode()])
    for name in ("DIDIT_WEBHOOK_SECRET", "process.env.DIDIT_WEBHOOK_SECRET"):
        cases.likely(f"configuration: {name}, the name itself", "secret_unexpanded", secrets=(name,))
    typed = "kT9x-didit_Q2hhbmdlTWU1NTY3ODkw"
    slips = {"the last character missing": typed[:-1], "the first character missing": typed[1:], "a character missing": typed[:9] + typed[10:], "a character too many": typed[:9] + "x" + typed[9:], "another character": typed.replace("1", "l"), "two characters swapped": typed.replace("dl", "ld")}
    assert typed not in slips.values()
    for name, slip in slips.items():
        given(name, "secret_mistyped", slip, typed)
    cases.certain("configuration: a character missing, no Simple signature", "secret_mistyped", ASCII, headers(ASCII, typed, X_Signature_Simple=None), secrets=(OTHER, typed[:-1]))
    placeholders = ["None", "null", "undefined", " \n", "\u200b", "[object Object]", "changeme", "CHANGE_ME", "your-webhook-secret", "your_webhook_secret_here", "yourWebhookSecret", "<secret_shared_key>", "REPLACE_WITH_YOUR_SECRET", "****************", "kT9x****WJj=", "kT9x...WJj=", "kT9x\u2026WJj=", "\u2022" * 12, "whsec_xxxxxxxx", "https://example.com/webhooks/didit", "/run/secrets/didit"]
    for text in placeholders:
        for body, kind in ((BODY, ""), (ASCII, ", ASCII")):
            cases.likely(f"configuration: the placeholder {text!a}{kind}", "secret_placeholder", body, headers(body, mixed), secrets=(text,))


def writings(cases):
    """How other code writes a signature."""
    value = headers()["X-Signature-V2"]
    digest = bytes.fromhex(value)
    text = base64.b64encode(digest).decode()

    def spelled(name, cause, text, verdict="malformed_signature"):
        cases.certain(f"signature: {name}", cause, BODY, headers(X_Signature_V2=text, X_Signature=None), verdict=verdict)

    for name, separator in {"dashes": "-", "colons": ":", "spaces": " "}.items():
        spelled(f"pairs with {name}", "signature_separated", digest.hex(separator))
        spelled(f"pairs with {name}, upper case", "signature_separated", digest.hex(separator).upper())
    spelled("0x", "signature_prefixed", "0x" + value)
    spelled("v1 and a comma, as another vendor has it", "signature_prefixed", "v1," + text)
    spelled("two versions, as another vendor has it", "signature_prefixed", f"v0=abc,v1={value}")
    spelled("a name and quotes", "signature_prefixed", f'keyId="didit",signature="{text}"')
    spelled("a scheme of Authorization", "signature_prefixed", "HMAC-SHA256 " + value)
    spelled("a no-break space", "signature_whitespace", value + "\u00a0")
    spelled("folded", "signature_whitespace", value[:32] + "\r\n " + value[32:])
    spelled("a list", "signature_whitespace", json.dumps([value]))
    spelled("bytes printed", "signature_whitespace", f"b'{value}'")
    spelled("a comma behind it", "signature_whitespace", value + ",")
    spelled("percent-encoded base64", "signature_base64", urllib.parse.quote(text, safe=""))
    spelled("joined by semicolons", "signature_joined", f"{value};{value}")
    spelled("a list of two", "signature_joined", json.dumps(["0" * 64, value]))
    spelled("joined with something else", "signature_joined", f"none, {value}")


def wrappings(cases):
    """What programs hand over in place of the bytes of a request."""
    latin = {**PLAIN, "name": "José Ñandú"}
    sent, misread = wire(latin).encode(), dumps(latin).encode().decode("latin-1")

    def damaged(name, cause, body, verdict, original=BODY):
        cases.certain(f"body: {name}", cause, body, headers(original), verdict=verdict)
        cases.certain(f"body: {name}, raw", cause, body, headers(original), verdict="signature_mismatch", schemes=["raw"])

    text, mismatch = BODY.decode(), "signature_mismatch"
    damaged("str() of its bytes", "body_python", repr(BODY).encode(), "syntax")
    damaged("repr() of its text", "body_python", repr(dumps(PAYLOAD)).encode(), "syntax")
    damaged("str() of the parsed one, proven", "body_python", str({**json.loads(BODY), "decision": {"none": None, "yes": True, "no": False, "text": "it's \"so\"\n"}}).encode(), "syntax", wire({**PAYLOAD, "decision": {"none": None, "yes": True, "no": False, "text": "it's \"so\"\n"}}).encode())
    damaged("a Buffer as JSON", "body_bytes", json.dumps({"type": "Buffer", "data": list(BODY)}, separators=(",", ":")).encode(), mismatch)
    damaged("a list of bytes", "body_bytes", json.dumps(list(BODY)).encode(), mismatch)
    damaged("a Uint8Array as JSON", "body_bytes", json.dumps({str(at): byte for at, byte in enumerate(BODY)}).encode(), mismatch)
    damaged("a Uint8Array as text", "body_bytes", ",".join(map(str, BODY)).encode(), "syntax")
    damaged("an event of Lambda", "body_wrapped", json.dumps({"version": "2.0", "headers": {}, "body": text, "isBase64Encoded": False}).encode(), mismatch)
    damaged("an event of Lambda, base64", "body_wrapped", json.dumps({"version": "2.0", "headers": {}, "body": base64.b64encode(BODY).decode(), "isBase64Encoded": True}).encode(), mismatch)
    damaged("a notification", "body_wrapped", json.dumps({"Type": "Notification", "Message": text}).encode(), mismatch)
    damaged("a notification in a queue", "body_wrapped", json.dumps({"Records": [{"messageId": "1", "body": json.dumps({"Type": "Notification", "Message": text})}]}).encode(), mismatch)
    damaged("a member of another object", "body_wrapped", json.dumps({"data": json.loads(BODY)}).encode(), mismatch)
    damaged("the element of a list", "body_wrapped", json.dumps([json.loads(BODY)]).encode(), mismatch)
    cases.likely("body: an event of Lambda, and another secret", "body_wrapped", json.dumps({"body": text, "isBase64Encoded": False}).encode(), headers(BODY, "unheard-of"))
    damaged("quoted twice", "body_quoted", json.dumps(json.dumps(text)).encode(), mismatch)
    damaged("slashes before its quotes", "body_quoted", BODY.replace(b"\\", b"\\\\").replace(b'"', b'\\"'), "syntax")
    damaged("base64 in a JSON string", "body_base64", json.dumps(base64.b64encode(BODY).decode()).encode(), mismatch)
    damaged("mojibake, escaped afterwards", "body_mojibake", json.dumps(json.loads(misread), separators=(",", ":")).encode(), mismatch, sent)
    damaged("mojibake twice", "body_mojibake", misread.encode().decode("latin-1").encode(), mismatch, sent)
    damaged("mojibake of a mark", "body_bom", "\u00ef\u00bb\u00bf".encode() + BODY, "syntax")
    damaged("zero bytes behind it", "body_newline", BODY + bytes(7), "syntax")
    damaged("the value of a form", "body_form", b"payload=" + urllib.parse.quote_plus(BODY).encode(), "syntax")
    damaged("the name in a form", "body_form", urllib.parse.quote_plus(BODY).encode() + b"=", "syntax")
    damaged("percent-encoded", "body_form", urllib.parse.quote(BODY, safe="").encode(), "syntax")
    damaged("hexadecimal digits", "body_hex", BODY.hex().encode(), "syntax")
    damaged("a whole request", "body_wrapped", b"POST /webhooks HTTP/1.1\r\nHost: example.com\r\n\r\n" + BODY, "syntax")
    damaged("one chunk", "body_wrapped", b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), "syntax")
    damaged("a part of a form", "body_wrapped", b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n' + BODY + b"\r\n--x--", "syntax")
    damaged("a line of a log", "body_wrapped", b"INFO body=" + BODY, "syntax")
    damaged("escaped for HTML, no quotes", "body_html", html.escape(wire({**PAYLOAD, "name": "<A & B>"}), quote=False).encode(), mismatch, wire({**PAYLOAD, "name": "<A & B>"}).encode())
    damaged("escaped for HTML", "body_html", html.escape(text).encode(), "syntax")
    packed = gzip.compress(BODY, mtime=0)
    cases.certain("body: base64 of gzip", "body_compressed", base64.b64encode(packed), verdict="syntax")
    cases.certain("body: gzip read as Latin-1", "body_compressed", packed.decode("latin-1").encode(), verdict="syntax")
    cases.certain("body: gzip read as UTF-8", "body_compressed", packed.decode("utf-8", "replace").encode(), verdict="syntax")
    for level in (1, 5, 6, 9):
        cases.certain(f"body: zlib, level {level}", "body_compressed", zlib.compress(BODY, level), verdict="invalid_utf8")
    cases.likely("body: an apostrophe in a body of another secret", "another_destination", wire({**PLAIN, "name": "O'Brien"}).encode(), headers(wire({**PLAIN, "name": "O'Brien"}).encode(), "unheard-of"))
    whole = wire({"decision": {}, "timestamp": T}).encode()
    cases.add("body: whole, and shorter than Content-Length", "unknown", "unknown", "signature_mismatch", whole, headers() | {"Content-Length": str(len(BODY))}, ruled_out=["body_bom"])
    for instead in ("[object Object]", "[object Promise]", "[B@1b6d3586", "System.Byte[]", "<coroutine object Request.body at 0x7f3a5c0e2b40>", "#<StringIO:0x000055d5>"):
        cases.likely(f"body: {instead}", "body_object", instead.encode(), verdict="syntax")
    for instead in ("undefined", "None", " \n"):
        cases.likely(f"body: {instead!r} in its place", "body_empty", instead.encode(), verdict="syntax")
    for instead in ("{}", "null", '""'):
        cases.likely(f"body: {instead!r} in its place", "body_empty", instead.encode())


def main():
    cases = Cases()
    for part in (genuine, bodies, signers, spellings, secrets, times, unknown, configurations, writings, wrappings):
        part(cases)
    text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
    path = HERE / "explain.json"
    if "--check" not in sys.argv[1:]:
        path.write_text(text)
        print(f"explain.json: {len(cases)} cases, {len({case['expect']['cause'] for case in cases})} causes")
    elif not path.exists() or path.read_text() != text:
        sys.exit("differs from a fresh run of generate_explain.py: explain.json")


if __name__ == "__main__":
    main()
