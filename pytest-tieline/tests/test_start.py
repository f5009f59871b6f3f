from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tieline import Credentials, TielineError, start_server, start_tieline

USES_TIELINE = """
    def test_one(tieline):
        pass

    def test_two(tieline):
        pass
"""


def program(folder: Path, text: str) -> str:
    """A command that only prints a text on standard error, and fails."""
    file = folder / "printing.py"
    file.write_text(f"import sys\nsys.exit({text!r})\n")
    return shlex.join([sys.executable, str(file)])


@pytest.fixture
def command(pytestconfig: pytest.Config) -> str | None:
    """The command of this session."""
    named: str = pytestconfig.getoption("--tieline-command") or pytestconfig.getini("tieline_command")
    return named or None


@pytest.fixture
def no_tieline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `PATH` without a program."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("TIELINE_NODE", raising=False)


def test_a_missing_tieline_fails_each_test_with_one_sentence(
    pytester: pytest.Pytester, no_tieline: None
) -> None:
    pytester.makepyfile(USES_TIELINE)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "There is no command tieline in node_modules/.bin or on the PATH. "
            'Install it with "npm install --save-dev tieline", *'
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_an_ini_option_names_the_command(pytester: pytest.Pytester, no_tieline: None) -> None:
    pytester.makepyfile(USES_TIELINE)
    pytester.makeini("[pytest]\ntieline_command = no-such-program serve-it\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["tieline_command names no-such-program serve-it, and there is no *"])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "tieline: Tieline needs Node.js 24.7 or newer, and this is 20.20.2: install a newer one …",
            r"^Tieline needs Node\.js 24\.7 or newer, and this is 20\.20\.2: install a newer one "
            r'for this folder with "npm install --save-dev node-\S+@26", or set TIELINE_NODE',
        ),
        (
            "/usr/bin/env: ‘node’: No such file or directory",
            r"^Tieline needs Node\.js, and there is none on the PATH: install one ",
        ),
        (
            "npm error code EAI_AGAIN\nnpm error syscall getaddrinfo",
            r'^npm cannot fetch Tieline \(EAI_AGAIN\): install it once, .* "npm install --save-dev',
        ),
        (
            "tieline: Port 4010 on 127.0.0.1 is taken: choose another with --port.",
            r"^Port 4010 on 127\.0\.0\.1 is taken: choose another with the option port\.$",
        ),
        ("Something else", r"^Tieline's process ended with status 1\. Something else$"),
    ],
)
def test_a_failing_start_says_why(tmp_path: Path, said: str, sentence: str) -> None:
    with pytest.raises(TielineError, match=sentence):
        start_server(command=program(tmp_path, said))


def test_the_command_of_the_project_comes_before_that_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "project" / "tests"
    for folder in (tmp_path / "project" / "node_modules" / ".bin", tmp_path / "bin", inner):
        folder.mkdir(parents=True)
        (folder / "tieline").write_text(f"#!/bin/sh\necho tieline: from {folder}, $1 >&2; exit 1\n")
        (folder / "tieline").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(TielineError, match=r"^from \S+/node_modules/\.bin, serve$"):
        start_server(folder=inner)
    with pytest.raises(TielineError, match=rf"^from {tmp_path / 'bin'}, serve$"):
        start_server(folder=tmp_path)


def test_a_wrong_node_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIELINE_NODE", "/no/such/node")
    with pytest.raises(TielineError, match="^TIELINE_NODE names /no/such/node, which is not a Node"):
        start_server()


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"port": -1}, "port must be a whole number from 0 to 65535."),
        ({"port": "80"}, "port must be a whole number from 0 to 65535."),
        ({"log_level": "loud"}, "log_level must be one of debug, info, warn, error, silent."),
        (
            {"developer": Credentials("AC1", "token")},
            "developer.account_sid must be AC and 32 hexadecimal digits.",
        ),
        (
            {"developer": Credentials("AC" + "0" * 32, "é")},
            "developer.auth_token must be 1 to 64 printable ASCII characters.",
        ),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(TielineError) as refused:
        start_tieline(**options)
    assert str(refused.value) == f"start_tieline: {rule}"


def test_a_second_tieline_has_its_own_port_accounts_and_end(command: str | None) -> None:
    developer = Credentials("AC" + "0" * 32, "a token of the code")
    with start_tieline(command=command, developer=developer) as tieline:
        assert tieline.developer == developer
        assert tieline.client().api.account.fetch().sid == developer.account_sid
        port = int(tieline.url.rsplit(":", 1)[1])
        with pytest.raises(TielineError, match=rf"^Port {port} on 127\.0\.0\.1 is taken .*option port"):
            start_tieline(command=command, port=port)
    with pytest.raises(TielineError, match="This world is closed"):
        tieline.control.accounts()


@pytest.mark.skipif(os.name == "nt", reason="needs a signal that cannot be caught")
def test_tieline_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    keeper = Path(start_server.__code__.co_filename).with_name("keeper.py")
    ends = tmp_path / "ended"
    kept = f"import signal, time; signal.signal(15, lambda *_: (open({str(ends)!r}, 'w'), exit()))"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=sys.stdout)\n"
            "time.sleep(600)",
            *(sys.executable, str(keeper), sys.executable, "-c"),
            f"{kept}; print('ready', flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    parent.kill()
    parent.wait()
    # The end of the output shows that both other processes have ended.
    assert parent.stdout.read() == b""
    parent.stdout.close()
    assert ends.exists()
