"""Runs a command until standard input ends, and then ends the command.

The kit's process holds the other end of standard input. So Tieline ends with that process, however
it ends. This file is run as a program and imports nothing of the kit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

# Tieline itself ends within 7 seconds of a signal.
END_SECONDS = 9


def main() -> int:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def end_with_input() -> None:
        while os.read(0, 4096):
            pass
        child.terminate()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()

    threading.Thread(target=end_with_input, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    status = main()
    # A signal that ended the command has a negative number.
    sys.stdout.flush()
    os._exit(status if status >= 0 else 128 - status)
