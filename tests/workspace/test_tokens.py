"""Tokens: where they come from, when they run out, and that nobody ever sees one."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from div_opendata.base.errors import Problem
from div_opendata.base.formats import day
from div_opendata.cli import main as cli
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.open import open_portal
from div_opendata.workspace.settings import Workspace
from div_opendata.workspace.tokens import Token, find_token
from support.real_ckan import Instance
from support.web import Answer, Asked, Server, page, refusal, serving, success
from support.workspaces import ABOUT, RECORDS, MakeWorkspace, ckan_files

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def jwt(**claims: object) -> str:
    """A token of the form of CKAN's."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, {"jti": "x", **claims})]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"sign")]
    return ".".join(encoded)


class Memory(KeyringBackend):  # type: ignore[misc] # keyring's types are not looked at
    """A keyring in memory."""

    priority = 1.0

    def __init__(self, locked: bool = False) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        """The password, if it is open."""
        if self.locked:
            raise KeyringLocked("geheim")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        del self.passwords[service, username]


@pytest.fixture(autouse=True)
def ring() -> Iterator[Memory]:
    """The system's keyring, for the time of a test."""
    before, ring = keyring.get_keyring(), Memory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "city.token"
    path.write_text("from-file\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def found(file: Path | None = None, **environment: str) -> str | None:
    token = find_token("city", file, environment)
    return token.reveal() if token else None


# --- where they come from -------------------------------------------------------------------------


def test_the_environment_comes_before_the_file_and_the_file_before_the_keyring(
    token_file: Path, ring: Memory
) -> None:
    assert found() is None
    ring.set_password("div-opendata", "city", "from-keyring")
    ring.set_password("div-opendata", "other", "of-another-portal")
    assert found() == "from-keyring"
    assert found(token_file) == "from-file"
    assert found(token_file, DIV_OPENDATA_TOKEN_CITY="from-environment") == "from-environment"
    assert found(token_file, DIV_OPENDATA_TOKEN_CITY=" ") == "from-file"
    assert found(token_file, DIV_OPENDATA_TOKEN_OTHER="x") == "from-file"
    assert found(DIV_OPENDATA_TOKEN_CITY=" a-blank-around \n") == "a-blank-around"


def test_a_portal_with_a_hyphen_has_a_variable_that_shells_can_set() -> None:
    token = find_token("city-test", None, {"DIV_OPENDATA_TOKEN_CITY_TEST": "x"})
    assert token
    assert token.reveal() == "x"


def test_without_the_extra_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert found() is None


def test_a_system_without_a_keyring_has_no_token() -> None:
    keyring.set_keyring(NoKeyring())
    assert found() is None


def test_a_keyring_that_does_not_open_is_told(ring: Memory) -> None:
    ring.locked = True
    with pytest.raises(Problem) as problem:
        found()
    text = problem.value.text("en")
    assert "KeyringLocked" in text
    assert "DIV_OPENDATA_TOKEN_CITY" in text
    assert "geheim" not in text
    assert found(DIV_OPENDATA_TOKEN_CITY="x") == "x"  # nobody needs it then


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_file_that_others_can_read_is_refused(token_file: Path, mode: int) -> None:
    token_file.chmod(mode)
    with pytest.raises(Problem) as problem:
        found(token_file)
    assert f"chmod 600 {token_file}" in problem.value.text("en")


@pytest.mark.parametrize(
    "content",
    [b"from-file", b"from-file\r\n", b"\xef\xbb\xbffrom-file\n", b"\n from-file \n\n"],
    ids=["plain", "windows", "notepad", "blanks"],
)
def test_a_file_as_editors_write_it(token_file: Path, content: bytes) -> None:
    token_file.write_bytes(content)
    assert found(token_file) == "from-file"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"two words",
        b"two\nlines",
        "müde".encode(),
        b"\x00\x01",
        b"\xff\xfef\x00r\x00",
        b"tab\tin it",
    ],
    ids=range(8),
)
def test_what_is_no_token_is_refused_and_not_repeated(token_file: Path, content: bytes) -> None:
    token_file.write_bytes(content)
    with pytest.raises(Problem) as problem:
        found(token_file)
    text = problem.value.text("en")
    assert str(token_file) in text
    assert all(word not in text for word in ("two", "lines", "müde"))
    assert problem.value.status == 3


def test_a_file_that_is_missing_or_a_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for path, reason in ((tmp_path / "none", "no such file"), (tmp_path, "it is a folder")):
        with pytest.raises(Problem) as problem:
            found(path)
        assert reason in problem.value.text("en")


@pytest.mark.parametrize("secret", ["two words", "mü", "x\ny"])
def test_what_is_no_token_in_the_environment_or_the_keyring(ring: Memory, secret: str) -> None:
    with pytest.raises(Problem) as problem:
        found(DIV_OPENDATA_TOKEN_CITY=secret)
    assert "DIV_OPENDATA_TOKEN_CITY" in problem.value.text("en")
    assert secret not in problem.value.text("en")
    ring.set_password("div-opendata", "city", secret)
    with pytest.raises(Problem) as problem:
        found()
    assert "keyring" in problem.value.text("en")


def test_the_file_is_looked_for_in_the_workspace(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        {"div-opendata.toml": portal("http://127.0.0.1:9/", token_file="private/city.token")}
    )
    with pytest.raises(Problem) as problem:
        open_portal(workspace, None, {})
    assert str(workspace.root / "private/city.token") in problem.value.text("en")


# --- when they run out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        "opaque",
        "a.b.c",
        "..",
        jwt(),
        jwt(exp=None),
        jwt(exp="soon"),
        jwt(exp=[1]),
        jwt(exp=10**30),
        jwt(exp=float("inf")),
        f"x.{base64.urlsafe_b64encode(b'[1, 2]').decode()}.x",
        f"x.{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.x",
        "x.AAAA.x",
        "x.ä.x",
    ],
    ids=range(13),
)
def test_tokens_without_an_end(secret: str) -> None:
    assert Token(secret).expires() is None


def test_the_end_of_a_token() -> None:
    assert Token(jwt(exp=int(NOW.timestamp()))).expires() == NOW


def test_a_token_shows_itself_to_nobody() -> None:
    token = Token("very-secret")
    for text in (repr(token), str(token), f"{token}", f"{[token]}", "{0}".format(token)):  # noqa: UP030, UP032 - the old way, too
        assert "very-secret" not in text


def portal(url: str, **more: str) -> str:
    lines = [f'{key} = "{value}"' for key, value in {"url": url, **more}.items()]
    return f'{ABOUT}[portals.city]\nkind = "ckan"\norganization = "amt"\n' + "\n".join(lines)


Div = Callable[..., tuple[int, str, str]]


@pytest.fixture
def div(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Div:
    """Runs a command line in this process: status, standard output, standard error."""
    monkeypatch.setenv("LANGUAGE", "en")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call


def nothing_there(asked: Asked) -> Answer:
    """A CKAN without a dataset, in which nobody may do anything."""
    if asked.action == "status_show":
        return success({"ckan_version": "2.12.0", "extensions": []})
    if asked.action == "package_show":
        return refusal(404, "Not Found", message="Not found")
    return refusal(403, "Authorization", message="Access denied")


@pytest.mark.parametrize("command", [("publish", "--yes"), ("withdraw", "--sha256", "a" * 64)])
def test_with_a_token_that_has_run_out_nothing_is_sent(
    make_workspace: MakeWorkspace, div: Div, monkeypatch: pytest.MonkeyPatch, command: tuple[str]
) -> None:
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", jwt(exp=int(ended.timestamp())))
    with serving(nothing_there) as server:
        workspace = make_workspace({**RECORDS, "div-opendata.toml": portal(server.address)})
        status, out, err = div(command[0], workspace.root, *command[1:])
    assert (status, out) == (3, "")
    assert server.asked == []
    assert f"ran out on {day(ended.astimezone(workspace.time_zone), 'en')}" in err
    assert "Nothing was changed" in err


@pytest.mark.parametrize(("days", "told"), [(13, True), (15, False)])
def test_a_token_that_runs_out_soon_is_spoken_of(
    make_workspace: MakeWorkspace,
    div: Div,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    told: bool,
) -> None:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", jwt(exp=int(end.timestamp())))
    with serving(nothing_there) as server:
        workspace = make_workspace({**RECORDS, "div-opendata.toml": portal(server.address)})
        status, _, err = div("withdraw", workspace.root, "--sha256", "a" * 64, "--yes")
    assert status == 0
    assert (f"runs out on {day(end.astimezone(workspace.time_zone), 'en')}" in err) == told


# --- where they never go --------------------------------------------------------------------------


def test_no_other_server_ever_gets_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the token, when the portal sends its callers on, nor what a .netrc has."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password from-netrc\ndefault login d password e\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with ExitStack() as stack:
        other = stack.enter_context(serving(lambda _: Answer(200, "the file")))

        def send_on(asked: Asked) -> Answer:
            status = 307 if asked.method == "POST" else 302
            return Answer(status, "", {"Location": f"{other.address}x", "Set-Cookie": "me=1"})

        first = stack.enter_context(serving(send_on))
        api = Api(first.address, Token("very-secret"), wait=lambda _: None)
        with pytest.raises(Problem) as problem:
            api.read("package_show", {})
        assert other.address in problem.value.text("en")
        assert other.asked == []
        assert b"".join(api.download(f"{first.address}dataset/x", private=True)) == b"the file"
        assert b"".join(api.download(f"{first.address}dataset/x")) == b"the file"
        assert b"".join(api.download(f"{other.address}dataset/x", private=True)) == b"the file"
    assert [asked.headers.get("authorization") for asked in first.asked] == [
        "very-secret",
        "very-secret",
        None,
    ]
    assert len(other.asked) == 3
    for asked in (*other.asked, *first.asked):
        assert "cookie" not in asked.headers
        assert "from-netrc" not in str(asked)
    for asked in other.asked:
        assert "authorization" not in asked.headers
        assert "very-secret" not in str(asked)


SECRET = jwt(jti="GEHEIM", sub="geheim-geheim")

AT_START = """
import os, sys, time
time.sleep = lambda seconds: None  # repetitions need no pause here
if os.environ.get("BUG"):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "div_opendata.publish.portal.ckan.site":
                import requests
                def broken(self, *arguments, **options):
                    raise RuntimeError("a bug")
                requests.Session.send = broken
            return None
    sys.meta_path.insert(0, Finder())
"""
"""Run by Python before the program: a mistake in the middle of a request, whose traceback goes
through everything that has the token in hand."""


def broken_page(_asked: Asked) -> Answer:
    return page(502)


def refusing(asked: Asked) -> Answer:
    if asked.action == "am_following_group":
        return refusal(403, "Authorization", message=f"Access denied for {SECRET[:3]}")
    return nothing_there(asked)


def echoing(asked: Asked) -> Answer:
    """A portal, or a proxy, that repeats what it was sent."""
    if asked.action in {"status_show", "package_show"}:
        return nothing_there(asked)
    return refusal(409, "Validation", message=[f"wrong: {dict(asked.headers)}"])


SITUATIONS: dict[str, tuple[Callable[[Asked], Answer | None] | None, dict[str, str]]] = {
    "refused": (refusing, {}),
    "502": (broken_page, {}),
    "cut": (lambda _: None, {}),
    "redirected": (lambda _: Answer(301, "", {"Location": "http://127.0.0.1:9/"}), {}),
    "unreachable": (None, {}),
    "bug": (nothing_there, {"BUG": "yes"}),
    "echo": (echoing, {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_token_is_nowhere_to_be_found(
    make_workspace: MakeWorkspace, tmp_path: Path, situation: str
) -> None:
    """Whatever goes wrong: not in what is printed, not in a file, not in the list of processes."""
    answer, environment = SITUATIONS[situation]
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "sitecustomize.py").write_text(AT_START)
    with ExitStack() as stack:
        server = stack.enter_context(serving(answer)) if answer else Server("http://127.0.0.1:9/")
        workspace = make_workspace({**RECORDS, "div-opendata.toml": portal(server.address)})
        for command in (
            ("publish", "--yes"),
            ("status",),
            ("verify",),
            ("withdraw", "--sha256", "a" * 64, "--yes"),
        ):
            shown = watch(workspace, *command, PYTHONPATH=str(tmp_path / "start"), **environment)
            assert ("Traceback" in shown) == (situation == "bug"), shown
            assert_unseen(shown, workspace)
        if answer and situation != "bug":
            assert any(asked.headers.get("authorization") == SECRET for asked in server.asked)


def watch(workspace: Workspace, *command: str, **environment: str) -> str:
    """Run a command, and return all that it prints and all that its users see of it meanwhile."""
    seen = set()
    with subprocess.Popen(
        [sys.executable, "-m", "div_opendata", command[0], str(workspace.root), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "LANGUAGE": "en", "DIV_OPENDATA_TOKEN_CITY": SECRET, **environment},
    ) as process:
        while process.poll() is None:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):  # it has ended
                    seen.add(path.read_bytes().decode(errors="replace"))
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        assert process.stdout
        return process.stdout.read() + "\n".join(seen)


def assert_unseen(shown: str, workspace: Workspace) -> None:
    """No part of the token that anybody could use is printed or kept."""
    for part in SECRET.split(".")[1:]:
        assert part not in shown
        for path in workspace.root.rglob("*"):
            if path.is_file():
                assert part.encode() not in path.read_bytes(), path
    assert "GEHEIM" not in shown


def test_a_real_publication_leaves_no_token_behind(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that is killed in the middle, with its journal, nor one that succeeds."""
    secret = ckan.tokens["office"]
    monkeypatch.setattr("test_tokens.SECRET", secret)
    workspace = make_workspace(ckan_files(ckan))
    with subprocess.Popen(
        [sys.executable, "-m", "div_opendata", "publish", str(workspace.root), "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "LANGUAGE": "en", "DIV_OPENDATA_TOKEN_CITY": secret},
    ) as process:
        journal = workspace.internal / "portals/city/journal.jsonl"
        while process.poll() is None:
            if journal.is_file() and b'"upload"' in journal.read_bytes():
                process.kill()
        assert process.stdout
        shown = process.stdout.read()
    assert journal.is_file()
    assert_unseen(shown, workspace)
    assert "was not finished" in watch(workspace, "status")
    for command in (("publish", "--yes"), ("verify",)):
        assert_unseen(watch(workspace, *command), workspace)
    assert not journal.exists()


def test_an_account_of_no_portal(
    ckan: Instance, make_workspace: MakeWorkspace, div: Div, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CKAN takes whoever has a wrong token for a stranger, who may read."""
    workspace = make_workspace(ckan_files(ckan))
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", SECRET)
    status, _, err = div("status", workspace.root)
    assert (status, err) == (0, "")
    status, _, err = div("publish", workspace.root, "--yes")
    assert status == 3
    assert "does not accept the token" in err
    assert SECRET not in err
