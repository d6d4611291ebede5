"""GitHub and GitLab as far as comments, issues and saved plans go: the shape of their REST APIs, over HTTP."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HEAD, MERGE = "a" * 40, "b" * 40
OURS, FORK = 1, 2


@dataclass
class CodeHost:
    """What the host keeps, and what it was asked: `(method, path)`."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens_at_store: list[str | None] = field(default_factory=list)
    refuses: bool = False

    def add_artifact(
        self, plan: bytes, *, head: str = HEAD, repository: int = OURS, created: str = "2026-01-01"
    ) -> None:
        number = len(self.artifacts) + 1
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("plan.json", plan)
        self.files[str(number)] = archive.getvalue()
        self.artifacts.append(
            {
                "id": number,
                "name": f"chimeform-plan-{HEAD}",
                "expired": False,
                "created_at": created,
                "archive_download_url": f"{self.url}/github/repos/acme/chime/actions/artifacts/{number}/zip",
                "workflow_run": {"repository_id": OURS, "head_repository_id": repository, "head_sha": head},
            }
        )

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        for pattern, function in _ROUTES:
            if match := re.fullmatch(pattern, f"{method} {path}"):
                found = function(self, body, *match.groups())
                if isinstance(found, list):
                    size, page = int(query["per_page"]), int(query["page"])
                    return found[(page - 1) * size : page * size]
                return found
        raise LookupError(f"{method} {path}")


def _changed(items: list[dict[str, Any]], key: str, number: str, body: Any) -> Any:
    found = next(one for one in items if one[key] == int(number))
    found.update(body)
    return found


def _added(items: list[dict[str, Any]], **values: Any) -> Any:
    items.append({"id": len(items) + 1, **values})
    return items[-1]


_GITHUB, _GITLAB = "/github/repos/acme/chime", "/gitlab/projects/7"
_PULL = {"merged_at": "2026-01-02", "merge_commit_sha": MERGE, "head": {"sha": HEAD}}
_PROJECTS = {"source_project_id": 7, "target_project_id": 7}
_MERGED = {
    "iid": 5,
    "state": "merged",
    "sha": HEAD,
    "merge_commit_sha": MERGE,
    "source_project_id": 7,
    "target_project_id": 7,
}
_PIPELINES = [{"id": 9, "sha": HEAD}, {"id": 8, "sha": "c" * 40}]
_ROUTES: list[tuple[str, Any]] = [
    (rf"GET {_GITHUB}/issues/5/comments", lambda host, _: host.comments),
    (rf"POST {_GITHUB}/issues/5/comments", lambda host, body: _added(host.comments, **body)),
    (rf"PATCH {_GITHUB}/issues/comments/(\d+)", lambda host, body, one: _changed(host.comments, "id", one, body)),
    (rf"GET {_GITHUB}/issues", lambda host, _: [one for one in host.issues if one["state"] == "open"]),
    (
        rf"POST {_GITHUB}/issues",
        lambda host, body: _added(host.issues, number=len(host.issues) + 1, state="open", **body),
    ),
    (rf"PATCH {_GITHUB}/issues/(\d+)", lambda host, body, one: _changed(host.issues, "number", one, body)),
    (rf"POST {_GITHUB}/issues/(\d+)/comments", lambda host, body, one: {}),
    (rf"GET {_GITHUB}/commits/{MERGE}/pulls", lambda host, _: [_PULL]),
    (rf"GET {_GITHUB}/actions/artifacts", lambda host, _: {"artifacts": host.artifacts}),
    (rf"GET {_GITLAB}/merge_requests/5/notes", lambda host, _: host.comments),
    (rf"POST {_GITLAB}/merge_requests/5/notes", lambda host, body: _added(host.comments, **body)),
    (rf"PUT {_GITLAB}/merge_requests/5/notes/(\d+)", lambda host, body, one: _changed(host.comments, "id", one, body)),
    (rf"GET {_GITLAB}/issues", lambda host, _: [one for one in host.issues if one.get("state_event") != "close"]),
    (rf"POST {_GITLAB}/issues", lambda host, body: _added(host.issues, iid=len(host.issues) + 1, **body)),
    (rf"PUT {_GITLAB}/issues/(\d+)", lambda host, body, one: _changed(host.issues, "iid", one, body)),
    (rf"POST {_GITLAB}/issues/(\d+)/notes", lambda host, body, one: {}),
    (rf"GET {_GITLAB}/repository/commits/{MERGE}/merge_requests", lambda host, _: [_MERGED]),
    (
        rf"GET {_GITLAB}/merge_requests/5/pipelines",
        lambda host, _: _PIPELINES,
    ),
    (
        rf"GET {_GITLAB}/pipelines/9/jobs",
        lambda host, _: [{"id": 3, "name": "chimeform-plan", "status": "success"}] if host.files else [],
    ),
]


@contextmanager
def code_host() -> Iterator[CodeHost]:
    kept = CodeHost()

    class Answers(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            size = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(size)) if size else None
            kept.asked.append((self.command, parts.path))
            token = self.headers.get("authorization") or self.headers.get("private-token")
            if zipped := re.fullmatch(r".*/artifacts/(\d+)/zip", parts.path):
                # another host by name, as the store of files is
                self._send(302, b"", Location=f"{kept.url.replace('127.0.0.1', 'localhost')}/store/{zipped[1]}")
            elif parts.path.startswith("/store/"):
                kept.tokens_at_store.append(token)
                self._send(200, kept.files[parts.path.rpartition("/")[2]])
            elif parts.path == f"{_GITLAB}/jobs/3/artifacts/chimeform-out/plan.json":
                self._send(200, kept.files["plain"])
            elif kept.refuses or token not in ("Bearer canary-token", "canary-token"):
                self._send(403, b"{}")
            else:
                self._send(200, json.dumps(kept.answer(self.command, parts.path, query, body)).encode())

        do_GET = do_POST = do_PUT = do_PATCH = _do  # noqa: N815 - the names of the base class

        def _send(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
