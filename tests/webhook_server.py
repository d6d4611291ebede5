"""A webhook as a server of its own: keeps what it is told, and answers what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Room:
    """`answers` are given one after the other, and 200 when they are used up. 0 closes the connection unanswered."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    retry_after: str = ""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


@contextmanager
def room() -> Iterator[Room]:
    kept = Room()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.paths.append(self.path)
            kept.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            status = kept.answers.pop(0) if kept.answers else 200
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            if kept.retry_after:
                self.send_header("Retry-After", kept.retry_after)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/incomingwebhooks/1?token=canary-of-the-room"
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
