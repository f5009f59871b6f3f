from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
from twilio.request_validator import RequestValidator

from pytest_tieline import Credentials, ReceivedRequest, Receiver, Reply, Tieline, TielineError

from .conftest import SOMEBODY


def point_at(tieline: Tieline, receiver: Receiver, number: str) -> None:
    """Sets the receiver as the address for the messages and calls of a number."""
    numbers = tieline.client(tieline.customer).incoming_phone_numbers
    [one] = numbers.list(phone_number=number)
    one.update(sms_url=f"{receiver.url}/sms?a=1", voice_url=f"{receiver.url}/voice")


def post(receiver: Receiver, body: str = "", signature: str | None = None) -> int:
    """A request that does not come from Tieline."""
    connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    connection.request("POST", "/sms", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_webhook_arrives_with_a_signature_that_fits(
    tieline: Tieline, tieline_receiver: Receiver, number: str
) -> None:
    point_at(tieline, tieline_receiver, number)
    tieline_receiver.respond("<Response><Message>Thanks &amp; bye</Message></Response>")
    tieline.control.receive_message({"to": number, "from": SOMEBODY, "body": "Grüße + 1 & 👍"})
    request = tieline_receiver.wait_for({"Body": "Grüße + 1 & 👍"})
    assert (request.method, request.path, request.params["a"]) == ("POST", "/sms", "1")
    assert request.verified
    assert request.signed_by == request.account_sid == tieline.customer.account_sid
    # The official validator comes to the same result.
    form = {name: value for name, value in request.params.items() if name != "a"}
    validator = RequestValidator(tieline.customer.auth_token)
    assert validator.validate(request.url, form, request.headers["x-twilio-signature"])
    tieline.control.clock.advance("10s")
    replies = tieline.client(tieline.customer).messages.list(to=SOMEBODY, limit=1)
    assert [reply.body for reply in replies] == ["Thanks & bye"]


def test_a_subaccounts_webhook_is_signed_by_its_own_token(tieline: Tieline) -> None:
    account = tieline.control.create_account({"friendly_name": "Main", "type": "Full"})
    owner = tieline.client(Credentials(account["sid"], account["auth_token"]))
    sub = owner.api.accounts.create(friendly_name="Sub")
    receiver = tieline.receiver()
    tieline.control.create_phone_number(
        {
            "account_sid": sub.sid,
            "phone_number": "+15555550100",
            "sms_url": f"{receiver.url}/sms",
        }
    )
    tieline.control.receive_message({"to": "+15555550100", "from": SOMEBODY, "body": "Hello"})
    assert receiver.next().signed_by == sub.sid


@pytest.mark.parametrize("signature", [None, "c2lnbmF0dXJl", "no base64!"])
def test_a_request_without_the_right_signature_is_not_verified(
    tieline_receiver: Receiver, signature: str | None
) -> None:
    assert post(tieline_receiver, "Body=Hello", signature) == 200
    request = tieline_receiver.wait_for({"Body": "Hello"})
    assert (request.verified, request.signed_by) == (False, None)


def test_a_changed_request_is_not_verified(tieline: Tieline, tieline_receiver: Receiver) -> None:
    validator = RequestValidator(tieline.customer.auth_token)
    url = f"{tieline_receiver.url}/sms"
    right = validator.compute_signature(url, {"Body": "Hello", "From": "+1"})
    assert post(tieline_receiver, "From=%2B1&Body=Hello", right) == 200
    assert post(tieline_receiver, "From=%2B2&Body=Hello", right) == 200
    assert [one.verified for one in tieline_receiver.requests] == [True, False]


def test_replies_come_in_turn_or_from_a_function(tieline_receiver: Receiver) -> None:
    tieline_receiver.respond([{"status": 503}, {"status": 204, "delay": 0.01}])
    assert [post(tieline_receiver) for _ in range(3)] == [503, 204, 204]

    def answer(request: ReceivedRequest) -> Reply:
        if request.params.get("Body") == "fail":
            raise RuntimeError("no")
        return {"status": 201, "headers": {"content-type": "text/html"}, "body": "é"}

    tieline_receiver.respond(answer)
    assert [post(tieline_receiver), post(tieline_receiver, "Body=fail")] == [201, 500]


def test_a_wait_ends_with_the_list_of_arrivals(tieline_receiver: Receiver) -> None:
    nothing = r"^No further request arrived at http://127\.0\.0\.1:\d+ within 0\.01 s\. Nothing arrived\.$"
    with pytest.raises(TielineError, match=nothing):
        tieline_receiver.next(timeout=0.01)
    post(tieline_receiver, "Body=Hello")
    listed = r"(?s)^No matching request.* 1 arrived:\n  POST /sms \(signature does not fit\) Body=Hello"
    with pytest.raises(TielineError, match=listed):
        tieline_receiver.wait_for(lambda request: request.verified, timeout=0.01)
    tieline_receiver.clear()
    assert tieline_receiver.requests == []


def test_a_closed_receiver_refuses_to_wait(tieline: Tieline) -> None:
    with tieline.receiver() as receiver:
        pass
    with pytest.raises(TielineError, match=r"^The receiver is closed\. Make a new one"):
        receiver.next()


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ({"status": 99}, "status must be a whole number from 200 to 599"),
        ({"twiml": 1}, "twiml must be text; JSON is written with json.dumps"),
        ({"delay": -1}, "delay must be a number of seconds from 0 to 86400"),
        ({"headers": "x"}, "headers must be a dict of texts"),
        ({"text": "x"}, "text is not a part of a reply. The parts are status, headers"),
        (7, "a reply must be TwiML as text, or hold status, headers"),
    ],
)
def test_a_wrong_reply_is_refused(tieline_receiver: Receiver, reply: Reply, rule: str) -> None:
    with pytest.raises(TielineError) as refused:
        tieline_receiver.respond(reply)
    assert str(refused.value).startswith(f"receiver.respond: {rule}")


def test_a_wrong_time_limit_is_refused(tieline_receiver: Receiver) -> None:
    with pytest.raises(TielineError, match="timeout must be a number of seconds"):
        tieline_receiver.next(timeout=-1)
