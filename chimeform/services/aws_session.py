"""The session that signs every call: the workspace's settings over what the SDK finds by itself.

The credentials are looked for when it is opened, so that a mistake in them is told once, and before anything is sent.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import ChimeformError
from ..language.desired import Aws

if TYPE_CHECKING:
    from botocore.session import Session

_TELLING = {
    # whole requests and answers at DEBUG: tokens, PINs, and what goes into a store
    "botocore.endpoint": logging.INFO,
    "botocore.parsers": logging.INFO,
    # what a program said that gives credentials, with a traceback; the error that follows is told in our words
    "botocore.credentials": logging.CRITICAL,
}
"""Loggers of botocore that would tell secrets, with the level from which on they tell none."""


def open_session(settings: Aws) -> Session:
    """A session whose clients sign as the workspace says. Raises `ChimeformError` where that cannot be done."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    for name, level in _TELLING.items():
        logging.getLogger(name).setLevel(level)
    try:
        session = botocore.session.Session(profile=settings.profile)
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=_read_timestamp)
        credentials = session.get_credentials()
    # a credential_process that is not there, or that writes no JSON
    except (BotoCoreError, OSError, ValueError) as error:
        raise _unusable(error, settings) from error
    if settings.assume_role:
        if credentials is None:
            raise _nobody_to_assume(settings.assume_role)
        _assume(session, credentials, settings.assume_role, settings.region)
    return session


def is_about_credentials(error: Exception) -> bool:
    """Whether a call failed before it was sent, because there is nothing to sign it with any more."""
    import botocore.exceptions as failures

    return isinstance(
        error,
        failures.CredentialRetrievalError
        | failures.TokenRetrievalError
        | failures.MetadataRetrievalError
        | failures.SSOError
        | failures.LoginError
        | failures.RefreshWithMFAUnsupportedError,
    )


def advice_about(error: Exception) -> tuple[str, str]:
    """Why there are no credentials, and what to do. What a program or a service said is left out: it may be secret."""
    import botocore.exceptions as failures

    if isinstance(error, failures.SSOError):
        return "the sign-in through IAM Identity Center is over, or was never made", "run 'aws sso login', then this"
    if isinstance(error, failures.LoginError):
        return "the sign-in is over, or was never made", "run 'aws login', then this"
    if isinstance(error, failures.InvalidConfigError | failures.UnknownCredentialError):
        return str(error), "correct the profile in the shared AWS configuration file"
    return (
        f"{_source_of(error)} gave none ({type(error).__name__})",
        "run 'aws sts get-caller-identity' with the same profile: it shows what is said there",
    )


def _source_of(error: Exception) -> str:
    named = str(getattr(error, "kwargs", {}).get("provider", ""))
    # only a program is started, or has its output read as JSON
    is_program = named == "custom-process" or isinstance(error, OSError | ValueError)
    return "the program of 'credential_process'" if is_program else named or "what the SDK asked"


def _unusable(error: Exception, settings: Aws) -> ChimeformError:
    import botocore.exceptions as failures

    if isinstance(error, failures.ProfileNotFound):
        return ChimeformError(
            f"the AWS profile {error.kwargs['profile']!r} does not exist",
            why="'aws.profile' names it" if settings.profile else "AWS_PROFILE names it",
            do="name another one, or add it to the shared AWS configuration file",
            code="CF-AWS-002",
        )
    if isinstance(error, failures.ConfigParseError):
        return _unreadable(error)
    if isinstance(error, failures.PartialCredentialsError):
        return _incomplete(error)
    why, do = advice_about(error)
    return ChimeformError("the AWS credentials cannot be had", why=why, do=do, code="CF-AWS-006")


def _unreadable(error: Any) -> ChimeformError:
    """Never with the text of the parser, which repeats lines of a file that holds keys."""
    line = getattr(error.kwargs.get("error"), "lineno", None)
    return ChimeformError(
        f"{error.kwargs['path']} cannot be read as AWS configuration",
        why=f"it is damaged at line {line}" if line else "a line in it is neither a section nor a setting",
        do="correct the file: sections are [profile NAME], settings are NAME = VALUE, and none stands twice",
        code="CF-AWS-007",
    )


def _incomplete(error: Any) -> ChimeformError:
    missing, where = error.kwargs["cred_var"], error.kwargs["provider"]
    if where == "assume-role":
        return ChimeformError(
            "the AWS profile has a role, and nothing to assume it with",
            why=f"it has role_arn, and neither {missing.replace(' or ', ' nor ')}",
            do="add source_profile = NAME, the profile that may assume the role, in the shared AWS configuration file",
            code="CF-AWS-006",
        )
    both = (
        "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither"
        if where == "env"
        else "write both aws_access_key_id and aws_secret_access_key in that file, or neither"
    )
    return ChimeformError(
        "the AWS credentials are incomplete",
        why=f"{missing} is missing, and the other part is set ({where})",
        do=both,
        code="CF-AWS-005",
    )


def _nobody_to_assume(role: str) -> ChimeformError:
    return ChimeformError(
        "there are no AWS credentials to assume a role with",
        why=f"'aws.assume_role' names {role}, which only somebody with credentials can assume",
        do="name a profile in 'aws.profile', or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        code="CF-AWS-005",
    )


def _assume(session: Session, credentials: Any, role: str, region: str) -> None:
    """Let every later client sign with temporary credentials of `role`, renewed when they run out."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    fetcher = AssumeRoleCredentialFetcher(
        # the SDK asks the shared file for a Region, which need not name one
        client_creator=partial(session.create_client, region_name=region),
        source_credentials=credentials,
        role_arn=role,
        extra_args={"RoleSessionName": "chimeform"},
    )
    assumed = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
    session._credentials = assumed  # type: ignore[attr-defined]


def _read_timestamp(value: Any) -> datetime:
    """The services' ISO-8601 form at once; any other one through botocore's own reader, many times slower."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    from botocore.utils import parse_timestamp

    return parse_timestamp(value)
