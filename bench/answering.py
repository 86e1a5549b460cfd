"""A loopback server that does as little as a server can: every request gets the same answer, perhaps after a while.

python3 bench/answering.py [seconds]    prints its address, and answers each request that many seconds later
"""

import asyncio
import json
import sys

BODY = json.dumps({"session_id": "11111111-2222-3333-4444-555555555555", "status": "Approved"}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Answering(asyncio.Protocol):
    """One connection. Requests have no body, or it comes with the head."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.received = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        _, _, length = head.lower().partition(b"content-length:")
        if len(rest) < int(length.split(b"\r\n")[0] or 0):
            return
        self.received = b""
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, ANSWER)
        else:
            self.transport.write(ANSWER)


async def main(seconds: float) -> None:
    """Serve until somebody ends the process."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(seconds), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
