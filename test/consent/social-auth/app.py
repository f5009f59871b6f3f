"""A program of somebody else's: it logs people in by python-social-auth's backend for Connect, unmodified.

    python app.py CONNECT_APP_SID

It prints its origin. /login leads to the Connect button's page, /complete/twilio is the Authorize URL,
and /state says who was associated.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urljoin, urlsplit

from social_core.actions import do_auth, do_complete
from social_core.storage import BaseStorage, UserMixin
from social_core.strategy import BaseStrategy

SETTINGS = {
    "SOCIAL_AUTH_AUTHENTICATION_BACKENDS": ["social_core.backends.twilio.TwilioAuth"],
    "SOCIAL_AUTH_TWILIO_KEY": sys.argv[1],
    "SOCIAL_AUTH_TWILIO_SECRET": "none is needed",
    "SOCIAL_AUTH_LOGIN_REDIRECT_URL": "/state",
    "SOCIAL_AUTH_PIPELINE": [
        "social_core.pipeline.social_auth.social_details",
        "social_core.pipeline.social_auth.social_uid",
        "social_core.pipeline.social_auth.auth_allowed",
        "social_core.pipeline.social_auth.social_user",
        "__main__.somebody",
        "social_core.pipeline.social_auth.associate_user",
    ],
}


class User:
    """The one person who uses this program."""

    id = 1
    username = "ann"
    is_active = True
    is_authenticated = True
    is_new = False
    social_user = None


ANN = User()
SESSION = {}
ASSOCIATED = {}


def somebody(user=None, **_):
    return {"user": user or ANN, "is_new": False}


class Association(UserMixin):
    def __init__(self, provider, uid):
        self.provider, self.uid, self.user = provider, uid, ANN
        self.extra_data = {}

    def save(self):
        ASSOCIATED[self.uid] = self

    @classmethod
    def user_model(cls):
        return User

    @classmethod
    def get_social_auth(cls, provider, uid, id_key=None):
        return ASSOCIATED.get(uid)

    @classmethod
    def get_social_auth_for_user(cls, user, provider=None, id=None):
        return list(ASSOCIATED.values())

    @classmethod
    def create_social_auth(cls, user, uid, provider, *_, **__):
        one = cls(provider, uid)
        one.save()
        return one

    @classmethod
    def get_user(cls, pk):
        return ANN

    @classmethod
    def changed(cls, user):
        pass


class Storage(BaseStorage):
    user = Association

    @classmethod
    def is_integrity_error(cls, exception):
        return False


class Strategy(BaseStrategy):
    def __init__(self, request):
        super().__init__(Storage)
        self.request = request

    def get_setting(self, name):
        return SETTINGS[name]

    def redirect(self, url):
        return url

    def html(self, content):
        return content

    def get_request_data(self, merge=True):
        return dict(parse_qsl(urlsplit(self.request.path).query))

    # The same class has this name in 4.9.
    request_data = get_request_data

    def request_host(self):
        return self.request.headers["Host"]

    def build_absolute_uri(self, path=None):
        return urljoin(f"http://{self.request_host()}/", path or "")

    def session_get(self, name, default=None):
        return SESSION.get(name, default)

    def session_set(self, name, value):
        SESSION[name] = value

    def session_pop(self, name):
        return SESSION.pop(name, None)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.answer()
        except Exception as error:
            self.say(500, f"{type(error).__name__}: {error}")

    def answer(self):
        path = urlsplit(self.path).path
        backend = Strategy(self).get_backend("twilio", redirect_uri="/complete/twilio")
        if path == "/login":
            self.go(self.begin(backend))
        elif path == "/complete/twilio":
            self.go(do_complete(backend, lambda *_: None, user=self.whoever(backend)))
        elif path == "/state":
            self.say(200, json.dumps({"associated": sorted(ASSOCIATED)}))
        else:
            self.say(404, "not here")

    def whoever(self, backend):
        """From 7.0 on an account is only ever added to somebody who is logged in already."""
        return ANN if getattr(backend, "ASSOCIATION_ONLY", False) else None

    def begin(self, backend):
        user = self.whoever(backend)
        return do_auth(backend, user=user) if user else do_auth(backend)

    def go(self, url):
        self.send_response(302)
        self.send_header("Location", url)
        self.end_headers()

    def say(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
