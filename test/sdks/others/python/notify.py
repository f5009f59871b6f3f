"""Two libraries that notify people, as their own documentation uses them."""

import os

import apprise
import notifiers

SID = os.environ["TWILIO_ACCOUNT_SID"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
FROM = os.environ["OTHERS_FROM"]
TO = os.environ["OTHERS_TO"]

messages = apprise.Apprise()
assert messages.add(f"twilio://{SID}:{TOKEN}@{FROM}/{TO}/{TO.removeprefix('+')}")
assert messages.notify(title="Disk", body="is 100 % full & more")

calls = apprise.Apprise()
assert calls.add(f"twilio://{SID}:{TOKEN}@{FROM}/{TO}/?method=call")
assert calls.notify(body="Wake up")

sent = notifiers.get_notifier("twilio").notify(
    account_sid=SID,
    auth_token=TOKEN,
    from_=FROM,
    to=TO,
    message="Grüße 👍",
    validity_period=600,
    provide_feedback=True,
)
assert sent.ok, sent.errors
