from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from types import TracebackType

from .accounts import KnownAccounts
from .error import TielineError
from .received import Expectation, ReceivedRequest, describe, fits, params_of
from .reply import (
    MAX_SECONDS,
    NOTHING_TO_DO,
    Replies,
    Reply,
    ReplyParts,
    demand_reply,
    is_seconds,
    reply_maker,
)
from .signature import Signed

# The largest body of a request. Bodies of Tieline's webhooks are much smaller.
BODY_BYTES = 4 * 1024 * 1024
WAIT_SECONDS = 5.0
# The error of a failed wait lists at most this many requests.
MAX_NAMED = 10
# The pause between two looks of the server's thread for the end.
POLL_SECONDS = 0.02


class Receiver:
    """A web server for Tieline's requests. It keeps every request and checks its signature."""

    def __init__(self, accounts: KnownAccounts) -> None:
        self._accounts = accounts
        self._arrived = Condition()
        self._requests: list[ReceivedRequest] = []
        self._taken = 0
        self._reply = reply_maker(NOTHING_TO_DO)
        self._closed = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        #: The address, without a trailing slash. The receiver answers on all paths below it.
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()

    @property
    def requests(self) -> list[ReceivedRequest]:
        """All received requests, in order."""
        with self._arrived:
            return list(self._requests)

    def wait_for(
        self, expected: Expectation, *, timeout: float = WAIT_SECONDS
    ) -> ReceivedRequest:
        """The first matching request, among past and future ones.

        Raises TielineError, which lists the received requests, when the seconds of `timeout` are
        over or the receiver is closed.
        """

        def find() -> ReceivedRequest | None:
            return next((one for one in self._requests if fits(one, expected)), None)

        return self._wait(find, "No matching request arrived", timeout)

    def next(self, *, timeout: float = WAIT_SECONDS) -> ReceivedRequest:
        """The first request that no earlier call of `next` returned. Otherwise as `wait_for`."""

        def find() -> ReceivedRequest | None:
            if self._taken == len(self._requests):
                return None
            self._taken += 1
            return self._requests[self._taken - 1]

        return self._wait(find, "No further request arrived", timeout)

    def respond(self, replies: Replies) -> None:
        """Sets the replies from now on.

        Always the same reply, the replies of a list in turn and then its last one, or the results
        of a function of the request. If the function raises, the reply is its error with the
        status 500. Raises TielineError when a reply is not valid.
        """
        self._reply = reply_maker(replies)

    def clear(self) -> None:
        """Forgets all received requests."""
        with self._arrived:
            self._requests.clear()
            self._taken = 0

    def close(self) -> None:
        """Ends the receiver and all waits. A second call does nothing."""
        if self._closed.is_set():
            return
        self._closed.set()
        with self._arrived:
            self._arrived.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wait(
        self, find: Callable[[], ReceivedRequest | None], what: str, timeout: float
    ) -> ReceivedRequest:
        if self._closed.is_set():
            raise TielineError("The receiver is closed. Make a new one with receiver().")
        if not is_seconds(timeout):
            raise TielineError(f"timeout must be a number of seconds from 0 to {MAX_SECONDS}.")
        found: list[ReceivedRequest] = []

        def look() -> bool:
            one = find()
            if one is not None:
                found.append(one)
            return bool(found) or self._closed.is_set()

        # The condition measures the time itself, so that a stopped clock of a test is no matter.
        with self._arrived:
            self._arrived.wait_for(look, timeout)
        if found:
            return found[0]
        when = "before it was closed" if self._closed.is_set() else f"within {timeout} s"
        raise TielineError(f"{what} at {self.url} {when}. {_arrivals(self.requests)}")

    def _take(self, request: ReceivedRequest) -> Reply:
        with self._arrived:
            self._requests.append(request)
            self._arrived.notify_all()
        return self._reply(request)

    def _pause(self, seconds: float) -> None:
        """Waits before a reply. The end of the receiver also ends the wait."""
        self._closed.wait(seconds)

    def _signer_of(self, signed: Signed, account_sid: str | None) -> str | None:
        return self._accounts.signer_of(signed, account_sid)


def _arrivals(requests: list[ReceivedRequest]) -> str:
    if not requests:
        return "Nothing arrived."
    named = "".join(f"\n  {describe(request)}" for request in requests[-MAX_NAMED:])
    before = f", the last {MAX_NAMED} of them" if len(requests) > MAX_NAMED else ""
    return f"{len(requests)} arrived{before}:{named}"


def _handler_for(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_BYTES:
                self.send_error(413, f"The body has more than {BODY_BYTES} bytes.")
                return
            request = self._received(self.rfile.read(length))
            try:
                reply = receiver._take(request)
                demand_reply(reply)
            except Exception as error:  # The caller sees the error of the test's own code.
                reply = {"status": 500, "body": str(error)}
            self._send(reply)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

        def _received(self, body: bytes) -> ReceivedRequest:
            url = f"http://{self.headers.get('Host', '127.0.0.1')}{self.path}"
            content_type = self.headers.get("Content-Type") or ""
            text = body.decode("utf-8", "replace")
            params = params_of(url, content_type, text)
            signature = self.headers.get("X-Twilio-Signature")
            signed_by = None
            if signature is not None:
                signed = Signed(url, body, content_type, signature)
                signed_by = receiver._signer_of(signed, params.get("AccountSid"))
            return ReceivedRequest(
                method=self.command or "",
                url=url,
                path=self.path.split("?", 1)[0],
                headers={name.lower(): value for name, value in self.headers.items()},
                body=text,
                params=params,
                signed_by=signed_by,
            )

        def _send(self, reply: Reply) -> None:
            parts: ReplyParts = {"twiml": reply} if isinstance(reply, str) else reply
            receiver._pause(parts.get("delay", 0))
            kind = "text/xml" if "twiml" in parts else "text/plain"
            headers = {"Content-Type": f"{kind}; charset=utf-8"}
            given = parts.get("headers", {})
            # Header names ignore case, so a content type of the test replaces ours.
            if any(name.lower() == "content-type" for name in given):
                headers.clear()
            body = parts.get("twiml", parts.get("body", "")).encode()
            self.send_response(parts.get("status", 200))
            for name, value in {**headers, **given}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The output of a test shows no log of this server."""

    return Handler
