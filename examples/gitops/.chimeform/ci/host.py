"""Talks to GitHub or GitLab for ci.sh: one comment, one issue, and the plan that was reviewed. Needs Python alone.

    host.py comment FILE       write the comment of this pull request, or write it anew
    host.py open-issue FILE    open the issue about drift, or write it anew
    host.py close-issue        close it, if there is one
    host.py fetch-plan FILE    the plan that was made for the pull request of this commit

The token comes from GITHUB_TOKEN or CHIMEFORM_GITLAB_TOKEN and goes to the host alone, also when that redirects.
"""

from __future__ import annotations

import io
import json
import os
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

LABEL = "chimeform-drift"
SECONDS = 30
PAGE = 100


class Failed(Exception):
    """What stops the job, as a sentence."""


class _KeepToken(urllib.request.HTTPRedirectHandler):
    """The token never follows to another host: downloads are redirected to a store of files."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            for name in ("Authorization", "Private-token"):
                made.remove_header(name)
        return made


class Host:
    """What GitHub and GitLab have in common."""

    limit = 0
    """Characters in one comment."""

    def __init__(self, base: str, headers: dict[str, str], link: str) -> None:
        self._base = base.rstrip("/")
        self._headers = {"User-Agent": "chimeform", "Accept": "application/json", **headers}
        self._link = link
        where, environment = os.environ.get("CHIMEFORM_DIR", "."), os.environ.get("CHIMEFORM_ENV", "")
        self.name = " ".join(part for part in (where if where != "." else "", environment) if part)
        self._opener = urllib.request.build_opener(_KeepToken)

    def marker(self, what: str) -> str:
        """How a comment is found again. Each folder and environment has its own."""
        return f"<!-- chimeform {what} {self.name.replace('--', '- -')} -->"

    def body(self, what: str, text: str) -> str:
        """The text with its marker before it and the run behind it, cut at a line if it would be too long."""
        head, foot = f"{self.marker(what)}\n", f"\n\n[The run, with its artifacts]({self._link})\n"
        room = self.limit - len(head) - len(foot)
        if len(text) > room:
            note = "\n\n_The rest is cut off, because a comment cannot be longer._"
            text = text[: room - len(note)].rpartition("\n")[0] + note
        return head + text + foot

    def raw(self, method: str, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if data else {})}
        url = path if "://" in path else self._base + path
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {urlsplit(url).path}: the host answered with {error.code}") from error
        except OSError as error:
            raise Failed(f"{method} {urlsplit(url).path}: there was no answer ({error})") from error

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.raw(method, path, body) or b"null")

    def listed(self, path: str, **query: Any) -> Iterator[Any]:
        page = 1
        while True:
            found = self.call("GET", f"{path}?{urlencode({**query, 'per_page': PAGE, 'page': page})}")
            yield from found
            if len(found) < PAGE:
                return
            page += 1

    def comment(self, text: str) -> None:
        raise NotImplementedError

    def open_issue(self, text: str) -> None:
        raise NotImplementedError

    def close_issue(self) -> None:
        raise NotImplementedError

    def fetch_plan(self) -> bytes:
        raise NotImplementedError

    @property
    def title(self) -> str:
        return f"Amazon Chime has drifted{f': {self.name}' if self.name else ''}"


class GitHub(Host):
    limit = 65_536

    def __init__(self) -> None:
        self._repository = needed("GITHUB_REPOSITORY")
        link = f"{needed('GITHUB_SERVER_URL')}/{self._repository}/actions/runs/{needed('GITHUB_RUN_ID')}"
        headers = {"Authorization": f"Bearer {needed('GITHUB_TOKEN')}", "X-GitHub-Api-Version": "2022-11-28"}
        super().__init__(needed("GITHUB_API_URL"), headers, link)
        self._repo = f"/repos/{self._repository}"

    def comment(self, text: str) -> None:
        number = needed("CHIMEFORM_PULL_REQUEST")
        body = self.body("plan", text)
        for one in self.listed(f"{self._repo}/issues/{number}/comments"):
            if (one["body"] or "").startswith(self.marker("plan")):
                self.call("PATCH", f"{self._repo}/issues/comments/{one['id']}", {"body": body})
                return
        self.call("POST", f"{self._repo}/issues/{number}/comments", {"body": body})

    def _issue(self) -> Any:
        for one in self.listed(f"{self._repo}/issues", state="open", labels=LABEL):
            if "pull_request" not in one and (one["body"] or "").startswith(self.marker("drift")):
                return one
        return None

    def open_issue(self, text: str) -> None:
        body, found = self.body("drift", text), self._issue()
        if found is None:
            self.call("POST", f"{self._repo}/issues", {"title": self.title, "body": body, "labels": [LABEL]})
        else:
            self.call("PATCH", f"{self._repo}/issues/{found['number']}", {"body": body})

    def close_issue(self) -> None:
        found = self._issue()
        if found is not None:
            path = f"{self._repo}/issues/{found['number']}"
            self.call("POST", f"{path}/comments", {"body": f"Nothing drifts any more: [the run]({self._link})."})
            self.call("PATCH", path, {"state": "closed", "state_reason": "completed"})

    def fetch_plan(self) -> bytes:
        """From the newest run for the head of the pull request, in this repository and in no fork of it: whoever
        writes a plan decides what is done."""
        commit = needed("GITHUB_SHA")
        for pull in self.listed(f"{self._repo}/commits/{commit}/pulls"):
            if not pull.get("merged_at") or pull.get("merge_commit_sha") != commit:
                continue
            name = f"chimeform-plan-{pull['head']['sha']}"
            found = self.call("GET", f"{self._repo}/actions/artifacts?{urlencode({'name': name, 'per_page': PAGE})}")
            ours = [one for one in found["artifacts"] if _is_own(one, pull["head"]["sha"])]
            if ours:
                newest = max(ours, key=lambda one: str(one["created_at"]))
                return _plan_in(self.raw("GET", newest["archive_download_url"]))
        raise no_plan(commit)


def _is_own(artifact: Any, head: str) -> bool:
    run = artifact.get("workflow_run") or {}
    is_here = run.get("head_repository_id") == run.get("repository_id") is not None
    return is_here and run.get("head_sha") == head and not artifact.get("expired")


class GitLab(Host):
    limit = 1_000_000

    def __init__(self) -> None:
        headers = {"PRIVATE-TOKEN": needed("CHIMEFORM_GITLAB_TOKEN")}
        super().__init__(needed("CI_API_V4_URL"), headers, needed("CI_PIPELINE_URL"))
        self._project = f"/projects/{needed('CI_PROJECT_ID')}"

    def comment(self, text: str) -> None:
        notes = f"{self._project}/merge_requests/{needed('CI_MERGE_REQUEST_IID')}/notes"
        body = self.body("plan", text)
        for one in self.listed(notes):
            if one["body"].startswith(self.marker("plan")):
                self.call("PUT", f"{notes}/{one['id']}", {"body": body})
                return
        self.call("POST", notes, {"body": body})

    def _issue(self) -> Any:
        for one in self.listed(f"{self._project}/issues", state="opened", labels=LABEL):
            if (one["description"] or "").startswith(self.marker("drift")):
                return one
        return None

    def open_issue(self, text: str) -> None:
        body, found = self.body("drift", text), self._issue()
        if found is None:
            self.call("POST", f"{self._project}/issues", {"title": self.title, "description": body, "labels": LABEL})
        else:
            self.call("PUT", f"{self._project}/issues/{found['iid']}", {"description": body})

    def close_issue(self) -> None:
        found = self._issue()
        if found is not None:
            path = f"{self._project}/issues/{found['iid']}"
            self.call("POST", f"{path}/notes", {"body": f"Nothing drifts any more: [the run]({self._link})."})
            self.call("PUT", path, {"state_event": "close"})

    def fetch_plan(self) -> bytes:
        """From the newest job `plan` that went well for the head of the merge request, in this project."""
        commit = needed("CI_COMMIT_SHA")
        for merge in self.listed(f"{self._project}/repository/commits/{commit}/merge_requests"):
            is_ours = merge["source_project_id"] == merge["target_project_id"]
            merged_as = [merge.get(name) for name in ("merge_commit_sha", "squash_commit_sha", "sha")]
            if merge["state"] != "merged" or not is_ours or commit not in merged_as:
                continue
            for pipeline in self.listed(f"{self._project}/merge_requests/{merge['iid']}/pipelines"):
                if pipeline["sha"] != merge["sha"]:
                    continue
                for job in self.listed(f"{self._project}/pipelines/{pipeline['id']}/jobs"):
                    if job["name"] == "chimeform-plan" and job["status"] == "success":
                        path = quote("chimeform-out/plan.json")
                        return self.raw("GET", f"{self._project}/jobs/{job['id']}/artifacts/{path}")
        raise no_plan(commit)


def no_plan(commit: str) -> Failed:
    return Failed(f"there is no plan for {commit}: nobody has reviewed one, or it has expired; apply by hand")


def _plan_in(archive: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            return files.read("plan.json")
    except (zipfile.BadZipFile, KeyError) as error:
        raise Failed("the artifact holds no plan.json") from error


def needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise Failed(f"the variable {name} is not set")
    return value


def write_private(file: Path, content: bytes) -> None:
    """Plans hold people's names."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)


def main(arguments: list[str]) -> int:
    try:
        host = GitHub() if os.environ.get("GITHUB_ACTIONS") else GitLab()
        match arguments:
            case ["comment", file]:
                host.comment(Path(file).read_text(encoding="utf-8"))
            case ["open-issue", file]:
                host.open_issue(Path(file).read_text(encoding="utf-8"))
            case ["close-issue"]:
                host.close_issue()
            case ["fetch-plan", file]:
                write_private(Path(file), host.fetch_plan())
            case _:
                print(__doc__, file=sys.stderr)
                return 64
    except Failed as failed:
        print(f"chimeform: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
