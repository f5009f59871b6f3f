from __future__ import annotations

import asyncio
import os

import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from pytest_tieline import Tieline, TielineError

# A program may make its client before any test runs.
EARLY = Client("AC" + "0" * 32, "not a token")


def test_the_sdk_of_a_program_is_led_to_tieline(
    tieline_sdk: Tieline, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(edge="dublin", region="ie1")
    assert client.username == tieline_sdk.developer.account_sid
    assert [app.sid for app in client.connect_apps.list()] == [tieline_sdk.connect_app.sid]
    assert client.voice.v1.connection_policies.list() == []
    customer = Client(tieline_sdk.customer.account_sid, tieline_sdk.customer.auth_token)
    assert len(list(customer.messages.stream(page_size=2, limit=5))) == 5
    # A proxy of the environment is not asked for this machine's loopback.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert Client().api.account.fetch().sid == os.environ["TWILIO_ACCOUNT_SID"]


def test_a_client_made_at_import_is_led_to_tieline(tieline_sdk: Tieline) -> None:
    with pytest.raises(Exception, match="401"):
        EARLY.api.account.fetch()


def test_another_product_of_twilio_is_refused(tieline_sdk: Tieline) -> None:
    with pytest.raises(TielineError, match=r"^Tieline does not answer for verify\.twilio\.com,"):
        Client().verify.v2.services.list()


def test_the_asynchronous_client_is_led_to_tieline(tieline_sdk: Tieline) -> None:
    async def count() -> int:
        async with AsyncTwilioHttpClient() as http_client:
            client = Client(http_client=http_client)
            return len(await client.connect_apps.list_async())

    assert asyncio.run(count()) == 1


def test_the_sdk_is_as_before_after_a_test() -> None:
    from twilio.http.http_client import TwilioHttpClient

    assert TwilioHttpClient.request.__module__ == "twilio.http.http_client"
