"""A toy callback that answers every push, and keeps so many bytes of each: `PORT BYTES`."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree

KEPT: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(b"ok")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        KEPT.append(b"x" * int(sys.argv[2]))
        root = ElementTree.fromstring(body)  # noqa: S314 - our own
        fields = {child.tag: child.text or "" for child in root}
        self._answer(
            f"<xml><ToUserName>{fields['FromUserName']}</ToUserName>"
            f"<FromUserName>{fields['ToUserName']}</FromUserName><CreateTime>1</CreateTime>"
            "<MsgType>text</MsgType><Content>好</Content></xml>".encode()
        )

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
