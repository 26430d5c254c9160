"""The command line in a process of its own that does not import everything anew.

A server, begun once, has imported the whole tool and has done nothing else. For each call it forks
a process, which gets the caller's folder, environment and arguments, and ends as any other does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pickle
import pkgutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import div_opendata

LATER = ("frictionless", "jinja2", "openpyxl")
"""What the tool imports only where it is needed."""
LIMIT = 1 << 20  # bytes of a call


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Status, standard output and standard error of `python -m div_opendata`."""
    _, server = _begun()
    call = pickle.dumps((arguments, Path.cwd(), dict(environment)))
    text = partial(tempfile.TemporaryFile, "w+", encoding="utf-8")
    with text() as out, text() as err:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                handles = [stream.fileno() for stream in (out, err, theirs)]
                socket.send_fds(server, [call], handles)
            status = os.waitstatus_to_exitcode(int(ours.recv(LIMIT)))
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


@cache
def _begun() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The server, which ends when nobody can call it any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ExitStack() as undone, theirs:
        undone.enter_context(ours)
        handle = theirs.fileno()
        command = [sys.executable, __file__, str(handle)]
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=[handle],
        )
        undone.pop_all()
    atexit.register(_end, process, ours)
    return process, ours


def _end(process: subprocess.Popen[bytes], server: socket.socket) -> None:
    """Let the server see that nobody calls any more."""
    server.close()
    process.wait()


def _serve(calls: socket.socket) -> None:
    """Fork for each call; only in the process that answers it this returns."""
    while True:
        call, handles, _, _ = socket.recv_fds(calls, LIMIT, 3)
        if not call:
            sys.exit()
        between = os.fork()
        if between == 0:
            calls.close()
            _answer(call, *handles)
            return
        for handle in handles:
            os.close(handle)
        os.waitpid(between, 0)


def _answer(call: bytes, out: int, err: int, ended: int) -> None:
    """Become the caller's process, whose end another one waits for and tells."""
    if os.fork():
        os._exit(0)  # so that the server need not wait
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os.write(ended, str(status).encode())
        os._exit(0)
    os.close(ended)
    for handle, stream in ((out, 1), (err, 2)):
        os.dup2(handle, stream)
        os.close(handle)
    arguments, folder, environment = pickle.loads(call)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[1:] = arguments


if __name__ == "__main__":
    for module in pkgutil.walk_packages(div_opendata.__path__, "div_opendata."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    for name in LATER:
        importlib.import_module(name)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as calls:
        _serve(calls)
    from div_opendata.cli.main import main

    main()
