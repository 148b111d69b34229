"""Requests as no client of good will sends them, over a bare socket to a production server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask import Flask

from frontdesk.cli import server

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
MULTIPART = b"multipart/form-data; boundary=B"
NOT_UTF_8 = b"\xff\xfe\xed\xa0\x80"


class Wild(NamedTuple):
    """What is odd about a request; the route that it goes to is another matter."""

    query: bytes = b""
    headers: bytes = b""
    kind: bytes = b""  # the Content-Type
    body: bytes | None = None


def part(headers: bytes, value: bytes = b"x") -> bytes:
    return b"--B\r\n" + headers + b"\r\n\r\n" + value + b"\r\n--B--\r\n"


def named(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"'


def header(name: bytes, value: bytes) -> Wild:
    return Wild(headers=name + b": " + value + b"\r\n")


BODIES: dict[str, Wild] = {
    "part-without-name": Wild(kind=MULTIPART, body=part(b"Content-Disposition: form-data")),
    "part-with-empty-name": Wild(kind=MULTIPART, body=part(named(b""))),
    "part-without-disposition": Wild(kind=MULTIPART, body=part(b"X: y")),
    "part-without-headers": Wild(kind=MULTIPART, body=part(b"")),
    "part-with-odd-headers": Wild(kind=MULTIPART, body=part(b"nothing\r\n: \r\n\xff: \xff")),
    "part-of-odd-encoding": Wild(
        kind=MULTIPART,
        body=part(named(b"note") + b"\r\nContent-Type: text/plain; charset=\xc5\xaf"),
    ),
    "part-name-in-odd-encoding": Wild(
        kind=MULTIPART, body=part(b"Content-Disposition: form-data; name*=bogus''%ff%00")
    ),
    "file": Wild(kind=MULTIPART, body=part(named(b"note") + b'; filename="../../x"')),
    "file-without-name": Wild(
        kind=MULTIPART, body=part(b'Content-Disposition: form-data; filename="x"')
    ),
    "many-parts": Wild(kind=MULTIPART, body=part(named(b"a"))[:-5] * 1500 + b"--B--\r\n"),
    "no-boundary": Wild(kind=b"multipart/form-data", body=part(named(b"note"))),
    "wrong-boundary": Wild(kind=b"multipart/form-data; boundary=C", body=part(named(b"note"))),
    "long-boundary": Wild(kind=b"multipart/form-data; boundary=" + b"B" * 3000, body=b"x"),
    "odd-boundary": Wild(kind=b'multipart/form-data; boundary="\xff\xfe"', body=b"x"),
    "cut-multipart": Wild(kind=MULTIPART, body=part(named(b"note"))[:-9]),
    "empty-multipart": Wild(kind=MULTIPART, body=b""),
    "no-multipart": Wild(kind=MULTIPART, body=NOT_UTF_8 * 100),
    "multipart-of-breaks": Wild(kind=MULTIPART, body=b"--B\r\n" + b"\r\n" * 3000),
    "form-of-bytes": Wild(kind=FORM, body=b"first_name=" + NOT_UTF_8 + b"&" + NOT_UTF_8 + b"=x"),
    "form-of-percents": Wild(kind=FORM, body=b"%=%&%%%=%zz&first_name=%00%ff%ed%a0%80"),
    "form-of-many-fields": Wild(kind=FORM, body=b"&".join(b"a%d=" % n for n in range(5000))),
    "form-of-one-field-many-times": Wild(kind=FORM, body=b"rooms=1%2Bkk&" * 900),
    "form-of-separators": Wild(kind=FORM, body=b"&=&;=" * 300),
    "form-of-odd-encoding": Wild(kind=FORM + b"; charset=\xff\xfe", body=b"first_name=%F8"),
    "form-in-utf-7": Wild(kind=FORM + b"; charset=utf-7", body=b"first_name=+AGE-"),
    "form-in-utf-16": Wild(kind=FORM, body=b"_charset_=utf-16&first_name=a"),
    "form-in-a-codec": Wild(kind=FORM + b"; charset=zlib_codec", body=b"first_name=%F8"),
    "form-in-nul": Wild(kind=FORM, body=b"_charset_=%00&first_name=%F8"),
    "form-of-long-names": Wild(kind=FORM, body=b"attribute_" + b"x" * 60_000 + b"=y"),
    "json-surrogate": Wild(kind=JSON, body=rb'{"first_name": "\ud800"}'),
    "json-surrogate-key": Wild(kind=JSON, body=rb'{"\udfff": 1}'),
    "json-surrogate-language": Wild(kind=JSON, body=rb'{"language": "\ud800"}'),
    "json-1e999": Wild(kind=JSON, body=b'{"price_max": 1e999}'),
    "json-1e308": Wild(kind=JSON, body=b'{"price_max": 1e308, "attributes": {"share": -1e308}}'),
    "json-huge-number": Wild(kind=JSON, body=b'{"consents": [' + b"9" * 5000 + b"]}"),
    "json-large-number": Wild(kind=JSON, body=b'{"consents": [18446744073709551615, -0, 2.0]}'),
    "json-nan": Wild(kind=JSON, body=b'{"price_max": NaN}'),
    "json-deep": Wild(kind=JSON, body=b'{"note": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "json-deep-objects": Wild(kind=JSON, body=b'{"attributes": ' * 900 + b"1" + b"}" * 900),
    "json-twice": Wild(kind=JSON, body=b'{"token": "a", "token": ["b"], "note": 1, "note": "x"}'),
    "json-wrong-types": Wild(
        kind=JSON,
        body=b'{"first_name": [], "rooms": {"a": 1}, "consents": [[]], "attributes": {"share": {}},'
        b' "token": 1, "language": [], "captcha": {}, "tags": [null], "unit": true, "link": 0}',
    ),
    "json-nulls": Wild(kind=JSON, body=b'{"first_name": null, "attributes": {"": null}, "": null}'),
    "json-nul": Wild(kind=JSON, body=rb'{"first_name": "\u0000", "token": "\u0000"}'),
    "json-bom": Wild(kind=JSON, body=b"\xef\xbb\xbf{}"),
    "json-utf-16": Wild(kind=JSON, body='{"a": 1}'.encode("utf-16")),
    "json-bytes": Wild(kind=JSON, body=NOT_UTF_8),
    "json-list": Wild(kind=JSON, body=b"[1]"),
    "json-of-odd-encoding": Wild(kind=JSON + b"; charset=bogus", body=b"{}"),
    "json-of-another-name": Wild(kind=b"application/vnd.x+json", body=b"{"),
    "empty": Wild(kind=JSON, body=b""),
    "no-type": Wild(body=b"first_name=Jana"),
    "odd-type": Wild(kind=b"\xff\xfe;;;=/", body=b"x"),
    "gzip": Wild(kind=JSON, headers=b"Content-Encoding: gzip\r\n", body=b"\x1f\x8b\x08\x00"),
    "too-much": Wild(kind=FORM, body=b"note=" + b"x" * 70_000),
    "odd-key": Wild(kind=JSON, headers=b"Idempotency-Key: \xff\t\xfe\r\n", body=b"{}"),
    "long-key": Wild(kind=JSON, headers=b"Idempotency-Key: " + b"x" * 5000 + b"\r\n", body=b"{}"),
    "odd-origin": Wild(kind=JSON, headers=b"Origin: http://[\xff\r\n", body=b"{}"),
    "no-origin": Wild(kind=FORM, headers=b"Origin: null\r\n", body=b"first_name=%F8&_charset_=x"),
    "foreign-origin": Wild(kind=JSON, headers=b"Origin: https://evil.example\r\n", body=b"{"),
    "odd-signature": Wild(
        headers=b"X-Lead-Router-Signature: \xff" + b"0" * 63 + b"\r\n", body=b"{}"
    ),
}
OTHERS: dict[str, Wild] = {
    "query-bytes": Wild(
        query=b"lang=%ff&unit=%00&%=%&tags=%ed%a0%80&theme=%ff&embed=\xff&page=\xfe"
    ),
    "query-many": Wild(query=b"a&" * 3000),
    "query-long": Wild(query=b"unit=" + b"x" * 30_000),
    "query-twice": Wild(query=b"lang=cs&lang=../../x&lang=" + b"-" * 3000),
    "query-odd": Wild(query=b"?&&==&[]=&lang[]=cs&__class__=x"),
    "cookie": header(b"Cookie", b"\xff=\xfe;;;=;" + b"a=b;" * 500),
    "accept": header(b"Accept", b"\xff;q=1e999, */*;q=nan, ;;;, a/b;q=-1"),
    "accept-language": header(b"Accept-Language", b"\xff;q=x, *;q=-1, en;q=nan, a_b_c, -, cs-"),
    "accept-languages": header(b"Accept-Language", b",".join(b"a%d" % n for n in range(3000))),
    "accept-encoding": header(b"Accept-Encoding", b"gzip;q=nan, \xff, *;q="),
    "user-agent": header(b"User-Agent", b"\x01\xff\x1b[2J" * 500),
    "range": header(b"Range", b"bytes=999999999-, 0-1,-0"),
    "if-range": header(b"If-Range", b'"\xff'),
    "if-none-match": header(b"If-None-Match", b'\xff"W/"*,'),
    "if-modified-since": header(b"If-Modified-Since", b"Mon, 99 Foo 99999999 99:99:99 X"),
    "forwarded": header(b"X-Forwarded-For", b"\xff, [::1, %00, 1.2.3.4.5:x,,"),
    "forwarded-scheme": header(b"X-Forwarded-Proto", b"\xff, javascript"),
    "forwarded-prefix": header(b"X-Forwarded-Prefix", b"//evil.example"),
    "authorization": header(b"Authorization", b"Bearer \xff\xfe"),
    "basic": header(b"Authorization", b"Basic " + b"=" * 99),
    "digest": header(b"Authorization", b'Digest a="\xff", b=,,'),
    "preflight": header(b"Access-Control-Request-Method", b"\xff"),
    "sec-fetch-site": header(b"Sec-Fetch-Site", b"\xff"),
    "expect": header(b"Expect", b"\xff"),
    "no-host": header(b"Host", b""),
    "odd-host": header(b"Host", b'a b"<>\xff'),
    "half-a-host": header(b"Host", b"[::1"),
    "host-port": header(b"Host", b"x:99999999"),
    "host-of-dots": header(b"Host", b".."),
}
PATHS = (
    *(b"/static/" + b"a" * length for length in (255, 256, 300, 5000, 30_000)),
    *(b"/static/" + tail for tail in (b"", b"%00", b"%ff%fe", b"..%2f..%2fx", b"a/" * 3000)),
    *(b"/static/" + tail for tail in (b"form.css/x", b"form.css%00", b"//form.css", b"./", b"~")),
    *(
        b"/forms/" + slug
        for slug in (b"", b"%00", b"%ff", b"a" * 30_000, b"..%2f", b"{}", b"%0d%0a")
    ),
    *(b"/forms/riverside" + tail for tail in (b"/", b"//", b"/x", b"%2ftoken", b"/token/", b";x")),
    b"//evil.example/%2e%2e",
    b"/%2f%2fevil.example",
    b"/\\evil.example",
    b"/hooks/realgeeks/%ff",
    b"http://evil.example/forms/riverside",
    b"http://[/forms/riverside",
    b"*",
    b"/%",
    b"/?" * 900,
)


@contextmanager
def listening(app: Flask, **bounds: float) -> Iterator[int]:
    """Serve an app with waitress, `bounds` in place of those of its connections; the port."""
    running = server.create(app, server.listen("127.0.0.1", 0), **bounds)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        yield running.effective_port
    finally:
        running.close()
        app.extensions["frontdesk"].close()


def request(method: bytes, path: bytes, wild: Wild = Wild(), *, address: str = "") -> bytes:  # noqa: B008
    """The bytes of a request."""
    lines = [method + b" " + path + (b"?" + wild.query if wild.query else b"") + b" HTTP/1.1\r\n"]
    if not wild.headers.startswith(b"Host:"):
        lines.append(b"Host: leads.example.com\r\n")
    lines += [b"Connection: close\r\n", wild.headers]
    if address:
        lines.append(b"X-Forwarded-For: " + address.encode() + b"\r\n")
    if wild.kind:
        lines.append(b"Content-Type: " + wild.kind + b"\r\n")
    if wild.body is not None:
        lines.append(b"Content-Length: %d\r\n" % len(wild.body))
    return b"".join([*lines, b"\r\n", wild.body or b""])


def ask(port: int, sent: bytes) -> tuple[int, bytes]:
    """Status and everything that came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        came = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    return int(came.split(b" ", 2)[1]), came
