"""What `init --ci` writes, run as a build server runs it: against a host with the API of GitHub or of GitLab."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from chimeform.cli.init import CI_FILES, ci_files
from tests.cli.acme import WORKSPACE
from tests.cli.program import Program
from tests.gitops.code_host import FORK, MERGE, CodeHost, code_host
from tests.sandbox_process import SandboxProcess

EXAMPLE = Path(__file__).parents[2] / "examples" / "gitops"
SERVERS = ("github", "gitlab")
both = pytest.mark.parametrize("server", SERVERS)


@pytest.fixture
def there() -> Iterator[CodeHost]:
    with code_host() as found:
        yield found


class Repository:
    """A checkout on a build server, with the real program in the path."""

    def __init__(self, root: Path, server: str, there: CodeHost, env: dict[str, str]) -> None:
        self.root = root
        programs = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(root)}
        common = {**programs, **env, "CI": "true"}
        self.env = {
            "github": {
                **common,
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": f"{there.url}/github",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "acme/chime",
                "GITHUB_RUN_ID": "42",
                "GITHUB_SHA": MERGE,
                "GITHUB_TOKEN": "canary-token",
                "CHIMEFORM_PULL_REQUEST": "5",
            },
            "gitlab": {
                **common,
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{there.url}/gitlab",
                "CI_PIPELINE_URL": "https://gitlab.example/acme/chime/-/pipelines/42",
                "CI_PROJECT_ID": "7",
                "CI_MERGE_REQUEST_IID": "5",
                "CI_COMMIT_SHA": MERGE,
                "CHIMEFORM_GITLAB_TOKEN": "canary-token",
            },
        }[server]

    def run(self, *arguments: str, code: int = 0, **env: str) -> str:
        command = ["bash", ".chimeform/ci/ci.sh", *arguments]
        ran = subprocess.run(
            command, cwd=self.root, env={**self.env, **env}, capture_output=True, text=True, timeout=60, check=False
        )
        said = ran.stdout + ran.stderr
        assert ran.returncode == code, said
        assert "canary-token" not in said
        return said

    def host(self, *arguments: str, code: int = 0) -> str:
        ran = subprocess.run(
            [sys.executable, ".chimeform/ci/host.py", *arguments],
            cwd=self.root, env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stderr


@pytest.fixture
def repository(server: str, there: CodeHost, running_sandbox: SandboxProcess, tmp_path: Path) -> Repository:
    running_sandbox.reset(1)
    for name, text in ci_files(server).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "chimeform.yaml").write_text(WORKSPACE, encoding="utf-8")
    return Repository(tmp_path, server, there, running_sandbox.env())


@both
def test_from_a_review_to_an_apply_and_to_drift(
    server: str, repository: Repository, there: CodeHost, running_sandbox: SandboxProcess
):
    repository.run("validate")
    there.comments += [{"id": number, "body": "looks good"} for number in range(1, 131)]
    for _ in range(2):
        repository.run("plan")
    (comment,) = [one["body"] for one in there.comments if "chimeform" in one["body"]]
    assert comment.startswith("<!-- chimeform plan  -->\n## Plan for acme\n")
    assert "/42)" in comment.splitlines()[-1], "it leads to the run"

    plan = (repository.root / "chimeform-out" / "plan.json").read_bytes()
    there.add_artifact(b"somebody else's", repository=FORK, created="2026-01-03")
    there.add_artifact(b"of another head", head="c" * 40, created="2026-01-03")
    there.add_artifact(plan, created="2026-01-01")
    there.files["plain"] = plan
    repository.run("apply")
    assert len(running_sandbox.client().list_accounts()["Accounts"]) == 1
    assert there.tokens_at_store == ([None] if server == "github" else []), "the token stays with its host"
    said = repository.run("apply", code=4)
    assert "CF-PLN-001" in said, "a plan is done once: the world has moved on"

    repository.run("drift")
    assert there.issues == []
    account = running_sandbox.client().list_accounts()["Accounts"][0]["AccountId"]
    for switch in (False, False, True):
        settings = {"EnableDialOut": switch}
        running_sandbox.client().update_account_settings(AccountId=account, AccountSettings=settings)
        repository.run("drift")
        (issue,) = there.issues
        text = issue["body" if server == "github" else "description"]
        assert text.startswith("<!-- chimeform drift  -->\n## Drift of acme")
        assert (issue.get("state") == "closed" or issue.get("state_event") == "close") is switch


@pytest.mark.parametrize("server", ["github"])
def test_what_is_wrong_fails_the_job_and_is_shown(repository: Repository, there: CodeHost):
    file = repository.root / "chimeform.yaml"
    file.write_text(WORKSPACE + "guardrails: {max_deletes: nobody}\n")
    assert "::error file=chimeform.yaml," in repository.run("validate", code=1)
    repository.run("plan", code=1)
    assert there.comments == []

    file.write_text(WORKSPACE)
    repository.run("drift", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1", code=1)
    assert there.issues == [], "nothing is known, so nothing is said"
    assert "there is no plan for" in repository.run("apply", code=1)

    there.refuses = True
    assert "403" in repository.run("plan", code=1)
    assert "usage" in repository.run("everything", code=64)


@both
def test_a_comment_is_cut_below_the_limit_of_its_host(server: str, repository: Repository, there: CodeHost):
    (repository.root / "long.md").write_text("- a line of a plan\n" * 60_000, encoding="utf-8")
    repository.host("comment", "long.md")
    (comment,) = there.comments
    assert len(comment["body"]) <= {"github": 65_536, "gitlab": 1_000_000}[server]
    assert "- a line of a plan\n\n_The rest is cut off" in comment["body"]


@pytest.mark.parametrize("server", ["github"])
def test_environments_have_comments_of_their_own(repository: Repository, there: CodeHost):
    (repository.root / "plan.md").write_text("text", encoding="utf-8")
    for environment in ("prod", "lab", "prod"):
        repository.env["CHIMEFORM_ENV"] = environment
        repository.host("comment", "plan.md")
    assert [one["body"].splitlines()[0] for one in there.comments] == [
        "<!-- chimeform plan prod -->",
        "<!-- chimeform plan lab -->",
    ]


@both
def test_secrets_are_masked_where_that_is_a_command(server: str, repository: Repository):
    said = repository.run("validate", CHIMEFORM_SECRETS="ONE NONE TWO", ONE="first", TWO="second\nthird")
    masked = re.findall(r"^::add-mask::(.*)$", said, re.MULTILINE)
    assert masked == (["first", "second", "third"] if server == "github" else [])
    if server == "gitlab":
        assert "second" not in said


def test_only_validate_runs_for_a_fork():
    jobs = yaml.safe_load(ci_files("github")[".github/workflows/chimeform.yml"])["jobs"]
    assert jobs["validate"]["runs-on"] == "ubuntu-latest"
    assert "secrets" not in str(jobs["validate"])
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]
    others = {name: job["if"] for name, job in jobs.items() if name not in ("validate", "plan")}
    assert not any("pull_request" in condition for condition in others.values())
    lab = yaml.safe_load(ci_files("gitlab")[".gitlab/chimeform.yml"])
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in lab["chimeform-plan"]["rules"][0]["if"]


def test_jobs_and_action_fit_together():
    files = {name: yaml.safe_load(text) for name, text in ci_files("github").items() if name.endswith(".yml")}
    inputs = files[".github/actions/chimeform/action.yml"]["inputs"]
    jobs = files[".github/workflows/chimeform.yml"]["jobs"]
    given = {name: job["steps"][-1]["with"] for name, job in jobs.items()}
    assert {name: one["command"] for name, one in given.items()} == {name: name for name in jobs}
    assert all(set(one) <= set(inputs) for one in given.values())
    lab = yaml.safe_load(ci_files("gitlab")[".gitlab/chimeform.yml"])
    said = [job["script"] for name, job in lab.items() if name != ".chimeform"]
    assert said == [[f"bash .chimeform/ci/ci.sh {name}"] for name in jobs]


def test_init_writes_them_and_touches_nothing(offline: Program):
    offline.write(".gitlab-ci.yml", "mine")
    for server in SERVERS:
        told = offline("init", "--ci", server, "--format", "json").json()
        assert set(CI_FILES[server]) <= {*told["created"], *told["kept"]}
        for name, text in ci_files(server).items():
            if name != ".gitlab-ci.yml":
                assert (offline.root / name).read_text(encoding="utf-8") == text
    assert (offline.root / ".gitlab-ci.yml").read_text() == "mine"
    assert offline("validate").code == 0


def test_the_example_has_the_files_of_today(offline: Program):
    for server in SERVERS:
        for name, text in ci_files(server).items():
            assert (EXAMPLE / name).read_text(encoding="utf-8") == text, f"{name}: chimeform init --ci {server}"
    shutil.copytree(EXAMPLE, offline.root, dirs_exist_ok=True)
    assert offline("validate").code == 0


def test_the_scripts_are_sound():
    script = EXAMPLE / ".chimeform" / "ci" / "ci.sh"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
