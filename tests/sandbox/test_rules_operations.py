"""The rules cover the API: all of it, and nothing that it does not have."""

from __future__ import annotations

import botocore.session

from chimeform.sandbox.chime import OPERATIONS
from tests.sandbox.stage import Stage


def test_every_operation_of_the_service_model_has_its_rule():
    model = botocore.session.Session().get_service_model("chime")
    assert len(OPERATIONS) == 62
    assert set(OPERATIONS) == set(model.operation_names)


def test_a_dial_out_answers_with_a_transaction(stage: Stage):
    answer = stage.api.create_meeting_dial_out(
        MeetingId="0b1d2c3e-1111-4222-8333-123456789012",
        FromPhoneNumber="+12065550100",
        ToPhoneNumber="+12065550101",
        JoinToken="abcd",
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert len(answer["TransactionId"]) == 36
