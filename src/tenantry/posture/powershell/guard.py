"""Runs a command and hands it one line of standard input; ends it, children included, when the worker is gone.

Started as a program of its own, as the leader of a process group: `guard.py COMMAND ARGUMENT…`. The worker holds the
other end of its standard input for as long as it wants the command to run, so that not even a killed worker leaves an
orphan. Exit code: the command's, 128 + the signal that ended it, 127 when it could not be started.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

_CHUNK = 65_536


def main(command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: None)  # meant for the command, which does not inherit a handler
    line = _first_line()
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - a path and arguments of our own
    except OSError as error:
        sys.stderr.write(f"{command[0]} could not be started: {error.strerror}\n")
        return 127
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with suppress(BrokenPipeError):
        child.communicate(line)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _first_line() -> bytes:
    """Read without a buffer of Python's own, which would be locked when the other thread is left behind."""
    read = b""
    while not read.endswith(b"\n"):
        if not (chunk := os.read(0, _CHUNK)):
            os._exit(0)
        read += chunk
    return read


def _end_with_the_worker() -> None:
    while os.read(0, _CHUNK):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(ended)
