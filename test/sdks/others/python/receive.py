"""An application of Django whose views only Twilio may ask, by django-twilio's decorator."""

import json
import os
import threading
import time
import urllib.request
from collections import Counter
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

SID = os.environ["TWILIO_ACCOUNT_SID"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
FROM = os.environ["OTHERS_FROM"]
TO = os.environ["OTHERS_TO"]
EXPECTED = {"/call/", "/recorded/", "/call-status/", "/text/", "/text-status/"}
PATIENCE_S = 60

settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_twilio"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "people.sqlite"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TWILIO_ACCOUNT_SID=SID,
    TWILIO_AUTH_TOKEN=TOKEN,
    DJANGO_TWILIO_FORGERY_PROTECTION=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django_twilio.decorators import twilio_view  # noqa: E402
from django_twilio.request import decompose  # noqa: E402
from django_twilio.views import message, record  # noqa: E402
from twilio.rest import Client  # noqa: E402


@twilio_view
def told(request):
    assert decompose(request).accountsid == SID
    return HttpResponse("<Response/>", content_type="text/xml")


urlpatterns = [
    path("call/", record, {"action": "/recorded/", "method": "POST"}),
    path("recorded/", told),
    path("call-status/", told),
    path("text/", message, {"message": "Thanks!"}),
    path("text-status/", told),
]
answered = Counter()


def counted(application):
    def count(environ, start):
        def answer(status, headers, *rest):
            answered[environ["PATH_INFO"], status.split()[0]] += 1
            return start(status, headers, *rest)

        return application(environ, answer)

    return count


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def receive(body):
    """Something arrives from outside."""
    request = urllib.request.Request(
        os.environ["TIELINE_URL"] + "/_tieline/messages",
        json.dumps({"to": FROM, "from": TO, "body": body}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()


call_command("migrate", run_syncdb=True, verbosity=0)
server = make_server("127.0.0.1", 0, counted(get_wsgi_application()), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"

client = Client()
number = client.incoming_phone_numbers.list(phone_number=FROM)[0]
number.update(sms_url=f"{origin}/text/?from=them&with=%C3%BC")
client.calls.create(
    to=TO,
    from_=FROM,
    url=f"{origin}/call/?name=it's+me",
    status_callback=f"{origin}/call-status/",
    status_callback_event=["initiated", "ringing", "answered", "completed"],
)
client.messages.create(to=TO, from_=FROM, body="1 + 1?", status_callback=f"{origin}/text-status/")
receive("Ünï & co. = 100 %? 👍")
until = time.monotonic() + PATIENCE_S
while {name for name, _ in answered} < EXPECTED and time.monotonic() < until:
    time.sleep(0.1)
for name, status in sorted(answered):
    print(status, name)
