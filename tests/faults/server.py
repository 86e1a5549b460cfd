#!/usr/bin/env python3
"""A server on loopback that misbehaves at the socket, for the tests of every language.

    python tests/faults/server.py [--tls]

With --tls it speaks https, with server.pem beside this script: a certificate for `localhost` alone, so that 127.0.0.1
is a wrong host name, issued by ca.pem, which nobody trusts unless a test says so. Their keys are for these tests only.

It prints `{"port": N}` as its first line and ends when its standard input ends. The client's base URL chooses what
happens to every request: http://127.0.0.1:PORT/FAULT or /FAULT~ARGUMENT. The faults:

    good                   200 and a small object
    reset_before           the request is read, then the connection is reset
    close_before           the same, but ended in order
    reset_head             reset in the middle of the head
    reset_body             reset in the middle of the body
    reset_after            a good answer, then a reset
    stall                  no answer
    stall_head             half a head, then nothing
    stall_body             half a body, then nothing
    trickle~MS             a good answer, a byte every MS milliseconds (10)
    short                  the body ends before its length
    long                   more bytes than the length says
    cut                    no length, and JSON that ends too early
    garbage                not HTTP
    html                   200 and an HTML page
    empty                  200 and nothing
    gzip                   a good answer, compressed
    gzip_broken            a good answer whose compression is broken
    redirect               302 to another path of this server
    status~CODE            that status and {"detail": "..."}
    limited~SECONDS        429 with Retry-After in seconds (1), once; then good
    limited_date~SECONDS   the same as a date
    limited_always~SECONDS 429 every time
    storm~TIMES            503 that often (1000), then good
    delay~MS               a good answer after MS milliseconds (200)

Counting: GET /_count/KEY answers {"requests": n, "posts": n, "connections": n}, POST /_reset clears everything. KEY is
the first segment of the base URL (with its argument), so that tests which run side by side take different ones:
whatever follows an underscore pair is only a name, as in /reset_before__my_test.
"""

import argparse
import contextlib
import email.utils
import gzip
import json
import pathlib
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
# Good enough for a new session and for a decision.
BODY = (
    b'{"session_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","session_token":"t","status":"Approved","url":"u",'
    b'"workflow_id":"w"}'
)
REASONS = {200: "OK", 302: "Found", 429: "Too Many Requests", 503: "Service Unavailable"}


def http(status, body=BODY, *headers, length=None):
    """The bytes of an answer."""
    length = len(body) if length is None else length
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}",
        "content-type: application/json",
        f"content-length: {length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Reset(Exception):
    """End the connection with a reset."""


class End(Exception):
    """End the connection in order."""


class Server:
    def __init__(self, context=None):
        self.context = context
        self.lock = threading.Lock()
        self.counts = Counter()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.connection, args=(connection,), daemon=True).start()

    def connection(self, plain):
        connection = plain
        try:
            if self.context:
                connection = self.context.wrap_socket(plain, server_side=True)
            reader = connection.makefile("rb")
            first = True
            while request := read(reader):
                self.answer(connection, *request, first)
                first = False
        except Reset:
            # No time to linger: the kernel drops what is unsent and resets the connection.
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                connection.detach() if connection is not plain else None
        except (End, OSError, ValueError):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, NameError, UnboundLocalError):
            reader.close()
        plain.close()

    def answer(self, connection, method, path, first):
        key = path.split("/")[1]
        if key.startswith("_"):
            return connection.sendall(self.own(method, path))
        with self.lock:
            number = self.counts[key, "requests"]
            self.counts[key, "requests"] += 1
            self.counts[key, "posts"] += method == "POST"
            self.counts[key, "connections"] += first
        name, _, argument = re.sub(r"__[^~]*", "", key).partition("~")
        fault = getattr(self, f"fault_{name}", None)
        if fault is None:
            return connection.sendall(http(404, b'{"detail":"no such fault"}'))
        return fault(connection, argument, number)

    def own(self, method, path):
        if path == "/_reset":
            with self.lock:
                self.counts.clear()
            return http(200, b"{}")
        key = path.removeprefix("/_count/")
        with self.lock:
            counts = {name: self.counts[key, name] for name in ("requests", "posts", "connections")}
        return http(200, json.dumps(counts).encode())

    def fault_good(self, connection, argument, number):
        connection.sendall(http(200))

    def fault_reset_before(self, connection, argument, number):
        raise Reset

    def fault_close_before(self, connection, argument, number):
        raise End

    def fault_reset_head(self, connection, argument, number):
        self.part(connection, http(200)[:30])
        raise Reset

    def fault_reset_body(self, connection, argument, number):
        self.part(connection, http(200)[:-20])
        raise Reset

    def fault_reset_after(self, connection, argument, number):
        self.part(connection, http(200))
        raise Reset

    def part(self, connection, data):
        """Send, and give the bytes time to arrive before the reset overtakes them."""
        connection.sendall(data)
        time.sleep(0.02)

    def fault_stall(self, connection, argument, number):
        time.sleep(3600)

    def fault_stall_head(self, connection, argument, number):
        connection.sendall(http(200)[:30])
        time.sleep(3600)

    def fault_stall_body(self, connection, argument, number):
        connection.sendall(http(200)[:-20])
        time.sleep(3600)

    def fault_trickle(self, connection, argument, number):
        for byte in http(200):
            connection.sendall(bytes([byte]))
            time.sleep(float(argument or 10) / 1000)

    def fault_short(self, connection, argument, number):
        connection.sendall(http(200, length=len(BODY) + 100))
        raise End

    def fault_long(self, connection, argument, number):
        connection.sendall(http(200) + b"stray bytes")

    def fault_cut(self, connection, argument, number):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + BODY[:-20])
        raise End

    def fault_garbage(self, connection, argument, number):
        connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")
        raise End

    def fault_html(self, connection, argument, number):
        connection.sendall(http(200, b"<!doctype html><title>Sign in</title>"))

    def fault_empty(self, connection, argument, number):
        connection.sendall(http(200, b""))

    def fault_gzip(self, connection, argument, number):
        connection.sendall(http(200, gzip.compress(BODY), "content-encoding: gzip"))

    def fault_gzip_broken(self, connection, argument, number):
        packed = bytearray(gzip.compress(BODY))
        packed[-12] ^= 0xFF
        connection.sendall(http(200, bytes(packed), "content-encoding: gzip"))

    def fault_redirect(self, connection, argument, number):
        connection.sendall(http(302, b"", f"location: http://127.0.0.1:{self.port}/redirected/"))

    def fault_status(self, connection, argument, number):
        connection.sendall(http(int(argument), b'{"detail":"As the test wanted it."}'))

    def limited(self, connection, header, again):
        connection.sendall(
            http(
                429,
                b'{"detail":"Request was throttled."}',
                header,
                "x-ratelimit-limit: 300",
                "x-ratelimit-remaining: 0",
            )
            if again
            else http(200)
        )

    def fault_limited(self, connection, argument, number):
        self.limited(connection, f"retry-after: {argument or 1}", number == 0)

    def fault_limited_date(self, connection, argument, number):
        at = email.utils.formatdate(time.time() + float(argument or 1), usegmt=True)
        self.limited(connection, f"retry-after: {at}", number == 0)

    def fault_limited_always(self, connection, argument, number):
        self.limited(connection, f"retry-after: {argument or 1}", True)

    def fault_storm(self, connection, argument, number):
        busy = number < int(argument or 1000)
        connection.sendall(http(503, b'{"detail":"Busy."}') if busy else http(200))

    def fault_delay(self, connection, argument, number):
        time.sleep(float(argument or 200) / 1000)
        connection.sendall(http(200))


def read(reader):
    """One request: method and path; the body is read and dropped."""
    line = reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split()
    length = 0
    while header := reader.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    reader.read(length)
    return method, path


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--tls", action="store_true")
    context = None
    if options.parse_args().tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(HERE / "server.pem", HERE / "server.key")
    server = Server(context)
    threading.Thread(target=server.serve, daemon=True).start()
    print(json.dumps({"port": server.port}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
