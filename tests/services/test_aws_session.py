"""Credentials as people set them up wrongly: told with a code before anything is sent, and without what is secret."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from chimeform.errors import ChimeformError, ServiceError, ServiceFault
from chimeform.language.desired import Aws
from chimeform.services.aws import AwsServices
from tests.sandbox_process import SandboxProcess

ROLE = "arn:aws:iam::111122223333:role/chime"
CANARY = "canary-secret"


class Home:
    """A machine with nothing but what a test writes into its shared files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._env = monkeypatch
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        self.set(AWS_CONFIG_FILE=str(folder / "config"), AWS_SHARED_CREDENTIALS_FILE=str(folder / "credentials"))
        self.set(AWS_EC2_METADATA_DISABLED="true", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._env.setenv(name, value)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def has_program(self, text: str) -> None:
        """`text` is Python that runs as the credential_process."""
        self.write("config", f"[default]\ncredential_process = {sys.executable} {self.write('give.py', text)}\n")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(tmp_path, monkeypatch)


def failure(settings: Aws | None = None) -> ChimeformError:
    with pytest.raises(ChimeformError) as caught:
        AwsServices(settings or Aws()).call("chime", "ListAccounts", {})
    error = caught.value
    assert CANARY not in f"{error} {error.summary} {error.why} {error.do}"
    return error


def test_credentials_that_fail_once_never_leave_the_role_out(home: Home) -> None:
    """The second call would be signed by whoever may assume the role, and not by the role."""
    home.has_program(f"""
import json, pathlib, sys
seen = pathlib.Path({str(home.folder / "seen")!r})
if not seen.exists():
    seen.touch()
    sys.exit("not yet")
print(json.dumps({{"Version": 1, "AccessKeyId": "AKIABASE", "SecretAccessKey": "s"}}))
""")
    with SandboxProcess.start() as sandbox:
        home.set(AWS_ENDPOINT_URL=sandbox.url)
        services = AwsServices(Aws(assume_role=ROLE))
        with pytest.raises(ChimeformError) as refused:
            services.call("sts", "GetCallerIdentity", {})
        assert refused.value.code == "CF-AWS-006"
        # the sandbox's users are named after the key that signs
        assert "AKIABASE" not in services.call("sts", "GetCallerIdentity", {})["Arn"]


@pytest.mark.parametrize(
    "program",
    [
        f"raise SystemExit({CANARY!r})",
        f"print({CANARY!r})",
        f'print(\'{{"Version": 1, "SecretAccessKey": "{CANARY}"}}\')',
    ],
    ids=["fails", "no JSON", "no key"],
)
def test_a_program_that_gives_no_credentials_is_named(home: Home, program: str) -> None:
    home.has_program(program)
    error = failure()
    assert error.code == "CF-AWS-006"
    assert error.why.startswith("the program of 'credential_process' gave none")


def test_a_program_that_is_not_there_is_named(home: Home) -> None:
    home.write("config", "[default]\ncredential_process = /no/such/program\n")
    assert (error := failure()).code == "CF-AWS-006"
    assert "credential_process" in error.why


def test_credentials_that_cannot_be_renewed_mean_that_nothing_was_sent(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    answer = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s", "Expiration": "2020-01-01T00:00:00Z"}
    home.has_program(f"""
import pathlib, sys
seen = pathlib.Path({str(home.folder / "seen")!r})
if seen.exists():
    sys.exit({CANARY!r})
seen.touch()
print({json.dumps(answer)!r})
""")
    error = failure()
    assert CANARY not in caplog.text
    assert isinstance(error, ServiceError)
    assert (error.code, error.fault) == ("CF-AWS-006", ServiceFault.DENIED)


@pytest.mark.parametrize("file", ["config", "credentials"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"[default]\naws_secret_access_key = {CANARY}\n{CANARY}\n", "neither a section nor a setting"),
        (f"aws_secret_access_key = {CANARY}\n", "at line 1"),
        (f"[default]\nregion = a\nregion = {CANARY}\n", "at line 3"),
    ],
)
def test_a_damaged_file_is_named_and_not_repeated(home: Home, file: str, text: str, why: str) -> None:
    path = home.write(file, text)
    error = failure()
    assert error.code == "CF-AWS-007"
    assert str(path) in error.summary
    assert why in error.why


def test_a_role_needs_somebody_to_assume_it(home: Home) -> None:
    error = failure(Aws(assume_role=ROLE))
    assert error.code == "CF-AWS-005"
    assert ROLE in error.why


def test_a_profile_with_a_role_is_told_what_it_lacks(home: Home) -> None:
    home.write("config", f"[profile work]\nrole_arn = {ROLE}\n")
    error = failure(Aws(profile="work"))
    assert error.code == "CF-AWS-006"
    assert "source_profile" in error.do
    assert "AWS_ACCESS_KEY_ID" not in error.do


def test_a_profile_whose_source_is_not_there_is_told_so(home: Home) -> None:
    home.write("config", f"[profile work]\nrole_arn = {ROLE}\nsource_profile = gone\n")
    error = failure(Aws(profile="work"))
    assert error.code == "CF-AWS-006"
    assert '"gone"' in error.why


def test_a_sign_in_that_was_never_made_is_asked_for(home: Home) -> None:
    home.write(
        "config",
        "[default]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = admin\n",
    )
    error = failure()
    assert error.code == "CF-AWS-006"
    assert "aws sso login" in error.do


def test_half_of_the_credentials_is_told_from_where_they_stand(home: Home) -> None:
    home.write("credentials", "[default]\naws_access_key_id = A\n")
    assert "in that file" in failure().do
    home.set(AWS_ACCESS_KEY_ID="A")
    assert "AWS_SECRET_ACCESS_KEY" in failure().do


def test_a_profile_that_is_not_there_is_named(home: Home) -> None:
    error = failure(Aws(profile="nobody"))
    assert error.code == "CF-AWS-002"
    assert "'nobody'" in error.summary
