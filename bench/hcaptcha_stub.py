"""A vendor's siteverify at the wire, on the port given: everybody passes, at little cost.

Over TLS, if there is the file of a key, beside which its certificate has the ending `.crt`.
"""

import asyncio
import re
import ssl
import sys

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BODY = b'{"success": true}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    + BODY
)
REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Siteverify(asyncio.Protocol):
    """Answers each request once it is complete."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, gap, body = self._data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if gap and length and len(body) >= int(length[1]):
            complete = b"secret=" in body and b"response=" in body and b"remoteip=" in body
            self._transport.write(ANSWER if complete else REFUSAL)
            self._data = b""


async def serve(port: int, key: str | None = None) -> None:
    context = None
    if key is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{key}.crt", key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Siteverify, "127.0.0.1", port, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
