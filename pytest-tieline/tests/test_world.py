from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from twilio.base.exceptions import TwilioRestException

from pytest_tieline import Tieline, TielineError, TielineServer

from .conftest import SOMEBODY


def test_an_app_acts_for_a_customer_who_authorised_it(tieline: Tieline) -> None:
    answer = tieline.control.authorize(
        {
            "connect_app_sid": tieline.connect_app.sid,
            "account_sid": tieline.customer.account_sid,
            "state": "a state",
        }
    )
    assert answer["redirect_url"] is not None and "state=a" in answer["redirect_url"]
    client = tieline.client(tieline.acting_for(answer["account_sid"]))
    assert client.api.account.fetch().owner_account_sid == tieline.customer.account_sid
    tieline.control.deauthorize(
        {
            "connect_app_sid": tieline.connect_app.sid,
            "account_sid": tieline.customer.account_sid,
        }
    )
    with pytest.raises(TwilioRestException) as refused:
        client.api.account.fetch()
    assert refused.value.status in (401, 403)


def test_a_world_is_fresh_for_each_test(tieline_server: TielineServer) -> None:
    first = tieline_server.new_world()
    before = [account["sid"] for account in first.control.accounts()]
    first.control.create_account({"friendly_name": "Another"})
    first.control.set_fault({"status": 503})
    first.control.snapshot("of-the-first-test")
    first.control.clock.advance("3d")

    second = tieline_server.new_world()
    assert [account["sid"] for account in second.control.accounts()] == before
    assert second.control.faults() == []
    assert [one["name"] for one in second.control.snapshots()] == ["pytest-tieline"]
    assert abs(second.control.clock.now() - datetime.now(timezone.utc)) < timedelta(hours=1)
    assert (second.url, second.developer, second.connect_app) == (
        first.url,
        first.developer,
        first.connect_app,
    )


def test_a_world_that_is_over_refuses_calls(tieline_server: TielineServer) -> None:
    first = tieline_server.new_world()
    tieline_server.new_world()
    for late in (first.control.accounts, first.receiver, first.client):
        with pytest.raises(TielineError, match=r"^This world is closed\. Each test has its own\.$"):
            late()


def test_time_passes_on_command(tieline: Tieline) -> None:
    clock = tieline.control.clock
    before = clock.now()
    assert clock.advance("1d").now - before >= timedelta(days=1)
    moment = before + timedelta(days=30)
    assert clock.set(moment).now - moment < timedelta(hours=1)
    assert clock.set((moment + timedelta(days=1)).isoformat()).now > moment
    with pytest.raises(TielineError, match="has no time zone"):
        clock.set(datetime(2030, 1, 1))
    with pytest.raises(TielineError) as refused:
        clock.set("2001-01-01T00:00:00Z")
    assert refused.value.status == 400


def test_faults_strike_the_client(tieline: Tieline, number: str) -> None:
    fault = tieline.control.set_fault({"match": "POST /2010-04-01/Accounts/*/Messages.json", "status": 429, "times": 1})
    messages = tieline.client(tieline.customer).messages
    with pytest.raises(TwilioRestException) as refused:
        messages.create(from_=number, to=SOMEBODY, body="Hello")
    assert refused.value.status == 429
    messages.create(from_=number, to=SOMEBODY, body="Hello")
    [struck] = tieline.control.faults()
    assert (struck["id"], struck["struck"]) == (fault["id"], 1)
    tieline.control.clear_fault(fault["id"])
    assert tieline.control.faults() == []


def test_a_refusal_has_the_status_and_the_sentence(tieline: Tieline) -> None:
    with pytest.raises(TielineError, match="friendly_name") as refused:
        tieline.control.create_account({})  # type: ignore[typeddict-item]
    assert refused.value.status == 400
    with pytest.raises(TielineError) as missing:
        tieline.control.upgrade_account("AC" + "0" * 32)
    assert missing.value.status == 404


@pytest.mark.parametrize(
    ("given", "shown"), [("", '""'), (".", r'"\."'), ("..", r'"\.\."'), (None, "None")]
)
def test_a_part_that_is_no_name_makes_no_other_call(
    tieline: Tieline, given: str, shown: str
) -> None:
    for call in (tieline.control.clear_fault, tieline.control.restore, tieline.control.balance):
        with pytest.raises(TielineError, match=f"^{shown} is not a SID, id or name"):
            call(given)


def test_fields_that_are_no_json_are_refused(tieline: Tieline) -> None:
    with pytest.raises(TielineError, match="cannot be sent as JSON"):
        tieline.control.create_account({"friendly_name": object()})  # type: ignore[typeddict-item]


def test_the_log_of_the_platform_names_a_change(tieline: Tieline) -> None:
    tieline.control.set_rate({"category": "sms-outbound", "per": "count", "price": "0.01"})
    assert "rate" in tieline.control.audit()[0]["action"]
    assert tieline.control.deliveries({"state": "dead"}) == []
