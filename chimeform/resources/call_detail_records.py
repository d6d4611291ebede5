"""Where call detail records are delivered, and the right of Amazon Chime to write them there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ..address import Address
from ..live import Observed, Reading, Unknown, Values
from .base import Api, Broken, Call, Detail, Made, Merged, Of, Recalled, Resets, Resource, Shown, Sight, Wire
from .bucket_policy import delivery_statements, deviation_text, deviations, has_ours

_BUCKETS = "buckets"
_STILL = "the policy of the bucket before"
_CUSTOMER_KEY = "aws:kms"


def _kept(values: Values) -> str | None:
    """The bucket whose policy these values keep."""
    return values.get("bucket") if values.get("manage_bucket_policy") else None


def _earlier(values: Values, known: Values) -> str | None:
    """The bucket whose policy was kept and is no longer to be."""
    before = _kept(known)
    return before if before != _kept(values) else None


def _shown(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """What stands in the policies: of the bucket that is declared, and of the one before it."""
    policies, account = answer["Policies"], answer["Account"]
    now, before = _kept(wanted), _earlier(wanted, known)
    is_left = before is not None and has_ours(policies[before], before)
    left = {_STILL: {"is": before, "wanted": None}} if is_left else {}
    if now is None:
        found = deviations(policies[before], before, account) if before else None
    else:
        found = deviations(policies[now], now, account)
        found = found if not left else {**(found if isinstance(found, Mapping) else _missing(found)), **left}
    return {"Policy": found, "Account": account}


def _missing(found: bool | None) -> Mapping[str, Any]:
    return {} if found else {"both statements": {"is": None, "wanted": "allowed"}}


def _lacks_statements(before: Values, after: Values) -> bool:
    found = before.get("manage_bucket_policy")
    return after.get("manage_bucket_policy") is True and found is not True and set(found or {"": None}) != {_STILL}


def _has_too_many(before: Values, after: Values) -> bool:
    found = before.get("manage_bucket_policy")
    if after.get("manage_bucket_policy"):
        return isinstance(found, Mapping) and _STILL in found
    return found is not None


def _policy_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(deviation_text(name, found) for name, found in value.items())
    return "both statements"


_ABSENT, _ELSEWHERE, _DENIED = "absent", "elsewhere", "denied"
_OUT_OF_REACH = {
    _ABSENT: Unknown(
        "there is no bucket {bucket}", "create it, or correct 'bucket': Amazon Chime creates none", "CF-CDR-001"
    ),
    _ELSEWHERE: Unknown(
        "the bucket {bucket} belongs to another AWS account",
        "name a bucket of this account; a bucket's name is taken in all accounts at once",
        "CF-CDR-002",
    ),
    _DENIED: Unknown(
        "the bucket {bucket} may not be looked at",
        "allow the action s3:ListBucket on it; if that is allowed, the bucket belongs to another AWS account",
        "CF-CDR-003",
    ),
}


class CallDetailRecords(Resource, kind="call_detail_records", path="settings.call_detail_records"):
    """Delivery of Business Calling records to an S3 bucket [guide: Configuring call detail records].

    The setting is the AWS account's, not a Chime account's. The right to write stands before delivery is turned on, and
    is taken back only after it was turned off.
    """

    bucket: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            description="An existing bucket; it must not be encrypted with a customer key.",
        ),
        Wire("BusinessCalling.CdrBucket"),
    ]
    manage_bucket_policy: Annotated[
        bool | None,
        # not managed is one thing, whether it is written or not
        AfterValidator(lambda value: value or None),
        Wire("Granted.Policy"),
        Resets(),
        Shown(_policy_text),
        Field(description="Keep the two statements in the bucket's policy that let Amazon Chime write the records."),
    ] = None

    retire_means = "turned off"
    api = Api(
        service="chime",
        details=(
            Detail("GetGlobalSettings", sends={}, fields=("bucket",)),
            Detail(
                "DescribeBucket",
                service=_BUCKETS,
                sends={"Bucket": Made(lambda values: values["bucket"])},
                fields=("bucket",),
                when=lambda values: "bucket" in values,
                into="Bucket",
            ),
            Detail(
                "GetBucketPolicy",
                service=_BUCKETS,
                sends={
                    "Buckets": Recalled(
                        lambda values, known: [one for one in (_kept(values), _earlier(values, known)) if one]
                    )
                },
                fields=("manage_bucket_policy",),
                shows=_shown,
                into="Granted",
            ),
        ),
        facts={"state": "Bucket.State", "encryption": "Bucket.Encryption", "account": "Granted.Account"},
        updates=(
            Call(
                "PutBucketPolicy",
                service=_BUCKETS,
                sends={
                    "Bucket": Of("bucket"),
                    "Policy": {
                        "Statement": Merged(
                            lambda before, after, facts: delivery_statements(after["bucket"], facts["account"])
                        )
                    },
                },
                sets=("manage_bucket_policy",),
                when=_lacks_statements,
            ),
            Call(
                "UpdateGlobalSettings",
                sends={"BusinessCalling": {"CdrBucket": Of("bucket")}},
                sets=("bucket",),
                after=("PutBucketPolicy",),
            ),
            Call(
                "DeleteBucketPolicy",
                service=_BUCKETS,
                sends={"Bucket": Recalled(_earlier)},
                sets=("bucket", "manage_bucket_policy"),
                clears=("manage_bucket_policy",),
                when=_has_too_many,
                after=("PutBucketPolicy", "UpdateGlobalSettings"),
            ),
        ),
        retire=(
            # an empty block turns the delivery off [botocore chime UpdateGlobalSettings]
            Call("UpdateGlobalSettings", sends={"BusinessCalling": {}}, clears=("bucket",), label="off"),
            Call(
                "DeleteBucketPolicy",
                service=_BUCKETS,
                sends={"Bucket": Recalled(_earlier)},
                clears=("manage_bucket_policy",),
                when=_has_too_many,
            ),
        ),
    )

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """A bucket that is out of reach stops what the files want of it, and never that delivery is turned off."""
        unreached = _OUT_OF_REACH.get(str(seen.facts.get("state")))
        if unreached is None or not sight.wanted:
            return seen
        return Unknown(unreached.reason.format(bucket=sight.wanted["bucket"]), unreached.do, unreached.code)

    @classmethod
    def warnings(cls, address: Address, spec: Resource, observed: Observed) -> Iterable[Broken]:
        if str(observed.facts.get("encryption")).startswith(_CUSTOMER_KEY):
            bucket = spec.values()["bucket"]
            yield Broken(
                "CF-CDR-005",
                f"{address}: the bucket {bucket} is encrypted with a key of AWS KMS",
                why="Amazon Chime delivers only into buckets whose keys Amazon S3 manages itself (SSE-S3)",
                do=f"set the default encryption of {bucket} to SSE-S3 (AES256), or name another bucket",
                field="bucket",
                is_warning=True,
            )
