"""A program of somebody who makes a Connect app. It knows its credentials and what it was
configured with, and nothing about where the API is."""

import os
import time

from steps import equal, refused, run, step
from twilio.rest import Client

ACCOUNT = os.environ["TWILIO_ACCOUNT_SID"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
SUBACCOUNT = os.environ["SCENARIO_SUBACCOUNT_SID"]
APP = os.environ["SCENARIO_CONNECT_APP_SID"]
AUTHORIZED_APP = os.environ["SCENARIO_AUTHORIZED_APP_SID"]
TO = os.environ["SCENARIO_TO"]
HOLD_URL = os.environ["SCENARIO_HOLD_URL"]
MARK = os.environ["SCENARIO_MARK"]

ANSWER_SECONDS = 10

client = Client(ACCOUNT, TOKEN)
customer = Client(SUBACCOUNT, TOKEN)
# Results of steps that later steps need.
found = {}


@step("FetchAccount")
def _():
    equal(client.api.v2010.accounts(ACCOUNT).fetch().status, "active")


@step("ListConnectApp")
def _():
    equal(APP in [app.sid for app in client.connect_apps.list()], True)


@step("FetchConnectApp")
def _():
    equal(client.connect_apps(APP).fetch().permissions, ["get-all", "post-all"])


@step("UpdateConnectApp")
def _():
    equal(client.connect_apps(APP).update(description=MARK).description, MARK)


@step("ListAuthorizedConnectApp")
def _():
    apps = client.authorized_connect_apps.list()
    equal([app.connect_app_sid for app in apps], [AUTHORIZED_APP])


@step("FetchAuthorizedConnectApp")
def _():
    app = client.authorized_connect_apps(AUTHORIZED_APP).fetch()
    equal(app.connect_app_company_name, "Another company")


@step("ListAvailablePhoneNumberLocal")
def _():
    offered = customer.available_phone_numbers("US").local.list(limit=2)
    equal(len(offered), 2)
    found["number"] = offered[0].phone_number


@step("CreateIncomingPhoneNumber")
def _():
    number = found["number"]
    bought = customer.incoming_phone_numbers.create(phone_number=number, friendly_name=MARK)
    equal(bought.phone_number, number)
    equal(bought.capabilities["sms"], True)


@step("CreateMessage")
def _():
    bodies = [f"{MARK} {n}" for n in range(1, 6)]
    sent = [customer.messages.create(from_=found["number"], to=TO, body=body) for body in bodies]
    equal([message.body for message in sent], bodies)
    found["messages"] = [message.sid for message in sent]


@step("FetchMessage")
def _():
    message = customer.messages(found["messages"][-1]).fetch()
    equal((message.body, message.num_segments), (f"{MARK} 5", "1"))


@step("ListMessage")
def _():
    messages = customer.messages.list(page_size=2)
    equal([message.sid for message in messages], found["messages"][::-1])


@step("CreateCall")
def _():
    twiml = f"<Response><Say>Hello</Say><Redirect>{HOLD_URL}</Redirect></Response>"
    call = customer.calls.create(from_=found["number"], to=TO, twiml=twiml)
    equal(call.status, "queued")
    found["call"] = call.sid


@step("FetchCall")
def _():
    late = time.monotonic() + ANSWER_SECONDS
    while customer.calls(found["call"]).fetch().status != "in-progress":
        if time.monotonic() > late:
            raise AssertionError("nobody answered")
        time.sleep(0.1)


@step("ListCall")
def _():
    calls = customer.calls.list(status="in-progress")
    equal([call.sid for call in calls], [found["call"]])


@step("UpdateCall")
def _():
    equal(customer.calls(found["call"]).update(status="completed").status, "completed")


@step("ListUsageRecord")
def _():
    categories = {record.category for record in customer.usage.records.list(page_size=100)}
    equal(len(categories) > 300 and "totalprice" in categories, True)


@step("ListUsageRecord category")
def _():
    records = customer.usage.records.list(category="sms-outbound")
    equal([record.count for record in records], ["5"])


@step("ListUsageRecordDaily")
def _():
    records = customer.usage.records.daily.list(category="sms-outbound", limit=1)
    equal([record.count for record in records], ["5"])


def create_trigger(value, **options):
    return customer.usage.triggers.create(
        callback_url="https://example.com/usage",
        trigger_value=value,
        usage_category="calls",
        **options,
    )


@step("CreateUsageTrigger")
def _():
    trigger = create_trigger("1000", friendly_name="first")
    equal(trigger.trigger_value, "1000")
    found["trigger"] = trigger.sid


@step("FetchUsageTrigger")
def _():
    equal(customer.usage.triggers(found["trigger"]).fetch().friendly_name, "first")


@step("UpdateUsageTrigger")
def _():
    trigger = customer.usage.triggers(found["trigger"]).update(friendly_name=MARK)
    equal(trigger.friendly_name, MARK)


@step("ListUsageTrigger")
def _():
    triggers = customer.usage.triggers.list()
    equal([trigger.sid for trigger in triggers], [found["trigger"]])


@step("DeleteUsageTrigger")
def _():
    equal(customer.usage.triggers(found["trigger"]).delete(), True)


policies = client.voice.v1.connection_policies


@step("CreateConnectionPolicy")
def _():
    for name in ["one", "two", "three"]:
        policy = policies.create(friendly_name=name)
        equal(policy.friendly_name, name)
        found["policy"] = policy.sid


@step("FetchConnectionPolicy")
def _():
    equal(policies(found["policy"]).fetch().friendly_name, "three")


@step("UpdateConnectionPolicy")
def _():
    policy = policies(found["policy"]).update(friendly_name=MARK)
    equal(policy.friendly_name, MARK)


@step("ListConnectionPolicy")
def _():
    names = {policy.friendly_name for policy in policies.list(page_size=2)}
    equal(names, {MARK, "one", "two"})


@step("CreateConnectionPolicyTarget")
def _():
    targets = policies(found["policy"]).targets
    target = targets.create(target="sip:gateway.example.com:5060", weight=20)
    equal(target.weight, 20)
    found["target"] = target.sid


@step("ListConnectionPolicyTarget")
def _():
    targets = policies(found["policy"]).targets.list()
    equal([target.sid for target in targets], [found["target"]])


@step("UpdateConnectionPolicyTarget")
def _():
    target = policies(found["policy"]).targets(found["target"]).update(weight=30)
    equal(target.weight, 30)


@step("DeleteConnectionPolicyTarget")
def _():
    equal(policies(found["policy"]).targets(found["target"]).delete(), True)


@step("CreateByocTrunk")
def _():
    trunk = client.voice.v1.byoc_trunks.create(connection_policy_sid=found["policy"])
    equal(trunk.connection_policy_sid, found["policy"])
    found["trunk"] = trunk.sid


@step("DeleteConnectionPolicy 409/20409")
def _():
    refused(409, 20409, policies(found["policy"]).delete)


@step("DeleteByocTrunk")
def _():
    equal(client.voice.v1.byoc_trunks(found["trunk"]).delete(), True)


@step("DeleteConnectionPolicy")
def _():
    equal(policies(found["policy"]).delete(), True)


@step("CreateUsageTrigger 400/20001")
def _():
    refused(400, 20001, lambda: create_trigger("many"))


@step("FetchAccount 401/20003")
def _():
    stranger = Client(ACCOUNT, "0" * 32)
    refused(401, 20003, stranger.api.v2010.accounts(ACCOUNT).fetch)


@step("CreateNewKey 403/20403")
def _():
    refused(403, 20403, customer.new_keys.create)


@step("FetchMessage 404/20404")
def _():
    refused(404, 20404, customer.messages("SM" + "0" * 32).fetch)


@step("DeleteConnectApp 405/20004")
def _():
    refused(405, 20004, client.connect_apps(APP).delete)


run()
