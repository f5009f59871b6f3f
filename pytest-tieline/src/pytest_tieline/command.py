from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .error import TielineError

# The variables that a process needs to run. All others stay with the test.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LANG", "NODE_COMPILE_CACHE")
BINARIES = Path("node_modules", ".bin")


@dataclass(frozen=True)
class Program:
    """A command that starts Tieline, and the environment for it."""

    command: list[str]
    environment: dict[str, str]


def find_program(named: str | Sequence[str] | None, folder: Path | None = None) -> Program:
    """Finds the command `tieline`.

    It is the named one, the one in `node_modules/.bin` of a folder or of a folder above it, or the
    one on the `PATH`. Raises TielineError when there is none.
    """
    path = os.environ.get("PATH", os.defpath)
    node = _folder_of_node()
    if node is not None:
        path = os.pathsep.join([str(node), path])
    if named:
        # On Windows a path has backslashes, which shlex would remove.
        words = shlex.split(named, posix=os.name != "nt") if isinstance(named, str) else list(named)
        first = shutil.which(words[0], path=path) if words else None
        if first is None:
            raise TielineError(
                f"tieline_command names {named}, and there is no such program. "
                'Name one that runs, such as "npx tieline".'
            )
        return Program([first, *words[1:]], _environment(path))
    for above in _with_parents(folder or Path.cwd()):
        local = above / BINARIES
        command = shutil.which("tieline", path=str(local))
        if command is not None:
            # A Node.js that is installed as a package comes first, as it does for npx.
            first_paths = [] if node is None else [str(node)]
            return Program([command], _environment(os.pathsep.join([*first_paths, str(local), path])))
    command = shutil.which("tieline", path=path)
    if command is None:
        raise TielineError(
            "There is no command tieline in node_modules/.bin or on the PATH. "
            'Install it with "npm install --save-dev tieline", '
            "or name it with --tieline-command or the ini option tieline_command."
        )
    return Program([command], _environment(path))


def why_it_ended(status: int, said: str) -> str:
    """The sentences for a Tieline that ended before it served."""
    old = re.search(r"Tieline needs Node\.js ([\d.]+\d) or newer, and this is v?([\d.]+\d)", said)
    if old:
        newest, this = old.groups()
        return (
            f"Tieline needs Node.js {newest} or newer, and this is {this}: install a newer one for this "
            f'folder with "npm install --save-dev {_package_of_node()}@26", '
            "or set TIELINE_NODE to the path of one."
        )
    if re.search(r"\bnode\b.*(No such file|not found|not recognized)", said):
        return (
            "Tieline needs Node.js, and there is none on the PATH: install one from https://nodejs.org, "
            "or set TIELINE_NODE to the path of one."
        )
    unreachable = re.search(r"^npm (?:error|ERR!) code (\w+)", said, re.MULTILINE)
    if unreachable:
        return (
            f"npm cannot fetch Tieline ({unreachable.group(1)}): install it once, with a network, with "
            '"npm install --save-dev tieline" or from the file that "npm pack" makes in a checkout.'
        )
    refusal = re.search(r"^tieline: (.+)$", said, re.MULTILINE)
    if refusal:
        # Tieline's own sentences name command-line flags, and tests use options instead.
        return re.sub(r"with --(\w+)", r"with the option \1", refusal.group(1))
    return f"Tieline's process ended with status {status}. {said}".strip()


def _package_of_node() -> str:
    machine = platform.machine().lower()
    arch = "arm64" if machine in ("arm64", "aarch64") else "x64"
    return f"node-bin-darwin-{arch}" if sys.platform == "darwin" else f"node-{sys.platform}-{arch}"


def _folder_of_node() -> Path | None:
    """The folder of the Node.js that `TIELINE_NODE` names."""
    named = os.environ.get("TIELINE_NODE")
    if not named:
        return None
    path = Path(named)
    if path.name not in ("node", "node.exe") or not path.is_file():
        raise TielineError(
            f"TIELINE_NODE names {named}, which is not a Node.js. "
            "Give the path of a program with the name node."
        )
    return path.absolute().parent


def _environment(path: str) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, "PATH": path}


def _with_parents(folder: Path) -> list[Path]:
    absolute = folder.absolute()
    return [absolute, *absolute.parents]
