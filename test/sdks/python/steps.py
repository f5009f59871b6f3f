"""Steps by name, each told in one line, and what they compare."""

import sys

from twilio.base.exceptions import TwilioRestException

steps = []


def step(name):
    def add(work):
        steps.append((name, work))
        return work

    return add


def run():
    """Does every step, those after a failure too, and exits with 1 when one failed."""
    failures = 0
    for name, work in steps:
        try:
            work()
            print(f"ok {name}", flush=True)
        except Exception as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            print(f"failed {name} {reason}", flush=True)
            failures += 1
    sys.exit(1 if failures else 0)


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


def refused(status, code, work):
    """The SDK raises its own exception, with the status and the code of the answer. That holds
    for one resource; what is raised for a page of a list is a TwilioException without them."""
    try:
        work()
    except TwilioRestException as error:
        equal((error.status, error.code), (status, code))
    else:
        raise AssertionError("was not refused")
