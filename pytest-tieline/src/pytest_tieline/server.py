from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from .command import find_program, why_it_ended
from .control import Control
from .credentials import ConnectApp, Credentials
from .error import TielineError
from .http_client import ask, basic
from .options import Options
from .world import Tieline

START_SECONDS = 60.0
END_SECONDS = 12.0
# An error repeats this many of the last characters that the process printed.
SAID_LENGTH = 2_000
# The name of the snapshot that each world begins with.
FRESH = "pytest-tieline"
SERVES = re.compile(r"^Tieline serves (http://\S+) ", re.MULTILINE)

KEEPER = str(Path(__file__).with_name("keeper.py"))


class TielineServer:
    """A Tieline in a process of its own, with one world after the other.

    It ends with the process that started it. Raises TielineError when it does not start.
    """

    def __init__(self, options: Options) -> None:
        program = find_program(options.command, options.folder)
        settings = ["--port", str(options.port), "--host", "127.0.0.1", "--data", ":memory:"]
        environment = dict(program.environment)
        if options.developer is not None:
            environment["TWILIO_ACCOUNT_SID"] = options.developer.account_sid
            environment["TWILIO_AUTH_TOKEN"] = options.developer.auth_token
        self._shows_log = options.log_level != "error"
        self._said = ""
        self._url: str | None = None
        self._known = Event()
        self._world: Tieline | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-I", KEEPER, *program.command, "serve", *settings]
            + ["--log-level", options.log_level],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            # A Ctrl+C in the terminal ends the tests first, which then end Tieline.
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            #: The address of the API, the console and the control API, without a trailing slash.
            self.url = self._wait_for_url()
            self._find_accounts()
        except BaseException:
            self.close()
            raise

    def new_world(self) -> Tieline:
        """A fresh world. The world before it, which is over, is closed."""
        if self._process.poll() is not None:
            raise TielineError(
                f"Tieline ended between two tests, with status {self._process.returncode}. {self._said}"
            )
        control = Control(self.url)
        if self._world is None:
            control.snapshot(FRESH)
        else:
            self._world.close()
            for snapshot in control.snapshots():
                if snapshot["name"] != FRESH:
                    control.delete_snapshot(snapshot["name"])
            control.restore(FRESH)
        self._world = Tieline(self.url, self.developer, self.customer, self.connect_app)
        return self._world

    def close(self) -> None:
        """Ends the world and the process. A second call does nothing."""
        if self._world is not None:
            self._world.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(END_SECONDS)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()

    def __enter__(self) -> TielineServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        """Reads the output all the time, so that Tieline never waits for a reader."""
        output = self._process.stdout
        assert output is not None
        for line in output:
            text = line.decode("utf-8", "replace")
            served = SERVES.match(text)
            if served:
                # Not every system resolves localhost to 127.0.0.1.
                self._url = served.group(1).replace("//localhost:", "//127.0.0.1:")
            self._said = (self._said + text)[-SAID_LENGTH:]
            if served:
                self._known.set()
            if self._shows_log:
                sys.stderr.write(text)
        self._known.set()

    def _wait_for_url(self) -> str:
        if not self._known.wait(START_SECONDS):
            raise TielineError(f"Tieline did not start within {START_SECONDS:.0f} s. {self._said}")
        if self._url is None:
            raise TielineError(why_it_ended(self._process.wait(), self._said))
        return self._url

    def _find_accounts(self) -> None:
        """Finds the accounts of a first start, and the app that the developer has."""
        by_name = {
            account["friendly_name"]: Credentials(account["sid"], account["auth_token"])
            for account in Control(self.url).accounts()
        }
        self.developer = by_name["Developer"]
        self.customer = by_name["Customer"]
        path = f"/2010-04-01/Accounts/{self.developer.account_sid}/ConnectApps.json"
        status, text = ask(self.url, "GET", path, basic(self.developer))
        if status != 200:
            raise TielineError(f"Tieline answered {status}: {text}", status)
        self.connect_app = ConnectApp(json.loads(text)["connect_apps"][0]["sid"])


def start_server(
    *,
    command: str | Sequence[str] | None = None,
    folder: Path | None = None,
    port: int = 0,
    log_level: str = "error",
    developer: Credentials | None = None,
) -> TielineServer:
    """Starts a Tieline with its data in memory, for one world after the other.

    `command` starts Tieline, in place of the `tieline` of `node_modules/.bin` or of the `PATH`.
    `folder` is the first folder that is searched for `node_modules`, by default the current one.
    `port` is a port on 127.0.0.1; 0 chooses a free one. `developer` has the developer's credentials,
    for a program that has them in its code. Raises TielineError with one sentence when an option
    cannot be used or Tieline does not start.
    """
    return TielineServer(Options(command, folder, port, log_level, developer))


def start_tieline(
    *,
    command: str | Sequence[str] | None = None,
    folder: Path | None = None,
    port: int = 0,
    log_level: str = "error",
    developer: Credentials | None = None,
) -> Tieline:
    """Starts a Tieline with a single world, which ends with the world. Otherwise as `start_server`."""
    server = TielineServer(Options(command, folder, port, log_level, developer))
    world = server.new_world()
    world.on_close(server.close)
    return world
