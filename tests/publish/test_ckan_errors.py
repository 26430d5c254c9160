"""What goes wrong with a CKAN portal is said in one sentence, with what to do about it.

A small server answers in the portal's place where a real CKAN cannot be made to; no time passes
between repetitions, and what would be waited is written down.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import gc
import socket
import subprocess
import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from div_opendata.cli import main as cli
from div_opendata.publish.portal.ckan import portal as ckan_module
from div_opendata.publish.portal.ckan.api import PAUSES, Api
from support.real_ckan import Instance
from support.web import Answer, Asked, page, refusal, serving, success
from support.workspaces import ABOUT, RECORDS, MakeWorkspace, ckan_files

pytestmark = pytest.mark.usefixtures("no_gate")

TRIES = len(PAUSES) + 1
SPEAKS = ["en", "de"]

Answers = Mapping[str, Callable[[Asked], Answer | None]]
Publish = Callable[..., str]


class Portal:
    """Of a CKAN as much as a first publication needs, but for the answers that are given."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._datasets: dict[str, dict[str, Any]] = {}

    def __call__(self, asked: Asked) -> Answer | None:
        answer = self._answers.get(asked.action) or self._answers.get("*")
        own: Callable[[Asked], Answer] | None = getattr(self, asked.action, None)
        if answer or own is None:
            return (answer or (lambda _: success({})))(asked)
        return own(asked)

    def status_show(self, _asked: Asked) -> Answer:
        """A CKAN of today, without extensions."""
        return success({"ckan_version": "2.12.0", "extensions": []})

    def package_show(self, asked: Asked) -> Answer:
        """What was created."""
        seen = self._datasets.get(asked.data["id"])
        return success(seen) if seen else refusal(404, "Not Found", message="Not found")

    def resource_show(self, _asked: Asked) -> Answer:
        """No resource is anywhere else."""
        return refusal(404, "Not Found", message="Not found")

    def license_list(self, _asked: Asked) -> Answer:
        """None."""
        return success([])

    def package_create(self, asked: Asked) -> Answer:
        """Keep it as it is given."""
        given = {**asked.data, "id": str(uuid.uuid4()), "state": "active", "metadata_modified": "x"}
        for resource in given["resources"]:
            resource |= {"url": "", "last_modified": None}
        self._datasets[given["name"]] = given
        return success(given)


@pytest.fixture
def waits() -> list[float]:
    """The seconds that would have been waited."""
    return []


@pytest.fixture(params=SPEAKS)
def publish(
    request: pytest.FixtureRequest,
    make_workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    waits: list[float],
) -> Publish:
    """Publish to an address, which fails: the message and its remedy, in English; in German they
    are only seen to be there, for test_derived.py looks at the translations."""
    monkeypatch.setenv("LANGUAGE", request.param)
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", "any-token")
    patient = partial(Api, timeouts=(2.0, 0.5), wait=waits.append)
    monkeypatch.setattr(ckan_module, "Api", patient)

    def call(address: str, *found: str, lines: int = 2) -> str:
        toml = f'{ABOUT}[portals.city]\nkind = "ckan"\nurl = "{address}"\norganization = "amt"\n'
        workspace = make_workspace({**RECORDS, "div-opendata.toml": toml})
        status = cli.run(["publish", str(workspace.root), "--yes"])
        err = capsys.readouterr().err
        assert status == 3, err
        assert len(err.splitlines()) == lines, err
        if request.param == "en":
            for text in found:
                assert text in err
        return err

    return call


# --- the way there --------------------------------------------------------------------------------


def test_no_token(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIV_OPENDATA_TOKEN_CITY")
    with serving(Portal({})) as server:
        publish(server.address, "no token for the portal city", "DIV_OPENDATA_TOKEN_CITY")
    assert server.asked == []


def test_nobody_answers(publish: Publish, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    publish(f"http://127.0.0.1:{port}/", "nobody answers there", "in the network")
    assert waits == list(PAUSES)


def test_a_name_that_is_not_known(publish: Publish, waits: list[float]) -> None:
    publish("https://portal.invalid/", "portal.invalid/: this name is not known here", "url")
    assert waits == list(PAUSES)


def test_a_token_on_an_open_way(publish: Publish) -> None:
    publish("http://portal.invalid/", "The token for city is sent unencrypted", lines=3)


@pytest.mark.parametrize(
    "address", ["portal.example", "ftp://portal.example/", "http://", "http:///x", "http://[x/"]
)
def test_no_address(publish: Publish, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """The variable that overrides the configuration is not checked by its schema."""
    monkeypatch.setenv("DIV_OPENDATA_URL_CITY", address)
    publish("http://127.0.0.1:9/", "is not a web address", "https://")


def test_a_silent_server(publish: Publish, waits: list[float]) -> None:
    over = threading.Event()

    def silent(_asked: Asked) -> None:
        over.wait(30)

    with serving(silent) as server:
        try:
            publish(server.address, "the portal does not answer", "Try again later")
        finally:
            over.set()
    assert len(server.asked) == TRIES
    assert waits == list(PAUSES)


def test_a_connection_that_breaks_off(publish: Publish) -> None:
    with serving(lambda _: None) as server:
        publish(server.address, "the connection broke off", "Try again later")
    assert len(server.asked) == TRIES


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (
            "https://daten.stadt.example/api?x=1",
            "sends its callers on to https://daten.stadt.example/api.",
        ),
        ("/ckan/api/3/action/status_show", "/ckan/api/3/action/status_show."),
        ("//other.example:8080/", "sends its callers on to http://other.example:8080/."),
    ],
    ids=["https", "path", "host"],
)
def test_a_redirect(publish: Publish, status: int, target: str, shown: str) -> None:
    with serving(lambda _: Answer(status, "", {"Location": target})) as server:
        publish(server.address, shown, "Nothing was sent there")
    assert len(server.asked) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody knows, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=127.0.0.1", "-days", "1"]
    subprocess.run(["openssl", "req", *options, *files], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


def test_a_certificate_that_nobody_knows(
    publish: Publish, certificate: Path, waits: list[float]
) -> None:
    with serving(Portal({}), tls=certificate) as server:
        publish(server.address, "The certificate of 127.0.0.1 is not valid here", "CA_BUNDLE")
    assert server.asked == []
    assert waits == []


def test_https_where_only_http_is_spoken(publish: Publish) -> None:
    with serving(Portal({})) as server:
        publish(server.address.replace("http:", "https:"), "no secure connection comes about")
    assert server.asked == []


# --- somebody else answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        page(404),
        page(405),
        page(403),
        page(501),
        Answer(404, '{"detail": "Not found"}'),
        Answer(401, '{"message": "who are you?"}'),
        Answer(200, "[]"),
        Answer(200, '"ok"'),
        Answer(200, '{"status": "ok"}'),
        Answer(200, '{"success": true}'),
        success([]),
        success({"version": "1"}),
        success(None),
        refusal(404, "Not Found", message="Not found"),
        Answer(200, '{"error": "no such method"}'),
        Answer(200, "[" * 100_000),
    ],
    ids=range(16),
)
def test_no_ckan(publish: Publish, answer: Answer) -> None:
    with serving(lambda _: answer) as server:
        err = publish(server.address, "url in the configuration")
    if len(server.asked) > 1:  # no JSON at all: it may be the page of a proxy
        assert len(server.asked) == TRIES
        assert answer.body == "[" * 100_000
    assert server.address.rstrip("/") in err


@pytest.mark.parametrize("version", ["2.9.11", "2.10.4", "1.8"])
def test_a_ckan_that_is_too_old(publish: Publish, version: str) -> None:
    old = {"status_show": lambda _: success({"ckan_version": version, "extensions": []})}
    with serving(Portal(old)) as server:
        publish(server.address, f"runs CKAN {version}", "2.11 or newer")
    assert len(server.asked) == 1


def test_maintenance_that_looks_like_success(publish: Publish, waits: list[float]) -> None:
    with serving(lambda _: page(200)) as server:
        publish(server.address, "a web page instead of data", "maintained", "url")
    assert len(server.asked) == TRIES
    assert waits == list(PAUSES)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "is in trouble (500)"),
        (502, "is in trouble (502)"),
        (503, "being maintained or overloaded (503)"),
        (504, "is in trouble (504)"),
        (520, "is in trouble (520)"),
        (408, "is in trouble (408)"),
    ],
)
def test_trouble_that_lasts(publish: Publish, waits: list[float], status: int, said: str) -> None:
    with serving(lambda _: page(status)) as server:
        err = publish(server.address, said, "Try again later")
    assert "<" not in err
    assert len(server.asked) == TRIES
    assert waits == list(PAUSES)


def test_trouble_that_passes(waits: list[float]) -> None:
    """Each answer is another trouble; nobody hears of it."""
    left = [page(502), None, page(200), Answer(429, "", {"Retry-After": "1"})]

    def status_show(_asked: Asked) -> Answer | None:
        return left.pop() if left else success({"ckan_version": "2.12.0", "extensions": []})

    with serving(Portal({"status_show": status_show})) as server:
        api = Api(server.address, None, wait=waits.append)
        assert api.read("status_show", {})["ckan_version"] == "2.12.0"
    assert waits == list(PAUSES)


def test_connections_end_with_the_client() -> None:
    """Without waiting for the garbage collector: a web server keeps only so many of them."""
    answer = success({"ckan_version": "2.12.0", "extensions": []})
    with serving(lambda _: answer) as server:
        gc.disable()
        try:
            api = Api(server.address, None)
            api.read("status_show", {})
            session = weakref.ref(api.session)
            del api
            assert session() is None
        finally:
            gc.enable()


# --- fewer requests, please -----------------------------------------------------------------------


def http_date(seconds: float, of: float = 0) -> str:
    moment = dt.datetime.fromtimestamp(of, dt.UTC) if of else dt.datetime.now(dt.UTC)
    return email.utils.format_datetime(moment + dt.timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", [429, 503, 502])
@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("7", [7, 7, 7, 10], [7, 7, 7, 10]),
        ("0", PAUSES, PAUSES),
        ("300", [300] * 4, [300] * 4),
        ("soon", PAUSES, PAUSES),
        ("²", PAUSES, PAUSES),
        ("-5", PAUSES, PAUSES),
        ("Mon, 99 Foo 2026", PAUSES, PAUSES),
        (http_date(-1000), PAUSES, PAUSES),
    ],
    ids=["seconds", "none", "most", "words", "digit", "negative", "no-date", "past"],
)
def test_retry_after_is_obeyed(
    publish: Publish, waits: list[float], status: int, value: str, low: list[float], high: Any
) -> None:
    with serving(lambda _: page(status, Retry_After=value)) as server:
        publish(server.address)
    assert len(server.asked) == TRIES
    assert all(least <= wait <= most for least, wait, most in zip(low, waits, high, strict=True))


def test_retry_after_as_a_date_by_the_clock_of_the_portal(
    publish: Publish, waits: list[float]
) -> None:
    """Which may be another one than ours."""
    years_ago = 1_000_000_000.0
    headers = {"Date": http_date(0, years_ago), "Retry-After": http_date(60, years_ago)}
    with serving(lambda _: Answer(429, "", headers)) as server:
        publish(server.address, "asks for fewer requests (429)")
    assert len(server.asked) == TRIES
    assert len(waits) == len(PAUSES)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [("301", "in 6 minutes"), ("3600", "in 60 minutes"), ("9" * 400, "Try again later")],
    ids=["301", "3600", "ever"],
)
def test_who_asks_for_too_long_is_left_alone(
    publish: Publish, waits: list[float], value: str, remedy: str
) -> None:
    with serving(lambda _: page(429, Retry_After=value)) as server:
        publish(server.address, "asks for fewer requests (429)", remedy)
    assert len(server.asked) == 1
    assert waits == []


# --- the portal says no ---------------------------------------------------------------------------

LIMIT = {"upload": ["File upload too large"]}


@pytest.mark.parametrize(
    "answer",
    [refusal(409, "Validation", **LIMIT), page(413), Answer(413, "{}")],
    ids=["ckan", "proxy", "gateway"],
)
def test_a_file_over_the_limit(publish: Publish, answer: Answer) -> None:
    with serving(Portal({"package_revise": lambda _: answer})) as server:
        publish(
            server.address,
            "div-sessions: datapackage.json has ",
            "\u00a0kB; that is more than the portal takes.",
            "raise ckan.max_resource_size (10 MB where it is not set) above ",
            "takes in one request above ",
            lines=2,
        )
    assert server.actions.count("package_revise") == 1
    assert server.actions.count("package_create") == 1


def test_what_else_the_portal_refuses(publish: Publish) -> None:
    said = {"license_id": ["Unknown licence\n<b>here</b>"], "__junk": ["x" * 1000]}
    with serving(
        Portal({"package_create": lambda _: refusal(409, "Validation", **said)})
    ) as server:
        err = publish(server.address, "div-sessions: the portal refuses this: Unknown licence <b>")
    assert max(map(len, err.splitlines())) < 500
    assert server.actions.count("package_create") == 1


def test_trouble_in_the_middle(publish: Publish, waits: list[float]) -> None:
    """Before anything is repeated somebody looks: nothing was created, so it is sent again."""
    with serving(Portal({"package_create": lambda _: page(504)})) as server:
        publish(server.address, "(504)", "goes on where it stopped")
    assert server.actions.count("package_create") == TRIES
    creating = server.actions[server.actions.index("package_create") :]
    assert creating == ["package_create", "package_show"] * (TRIES - 1) + ["package_create"]
    assert waits == list(PAUSES)


# --- a real CKAN ----------------------------------------------------------------------------------


@pytest.fixture
def office(
    ckan: Instance,
    make_workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Publish to a real CKAN as somebody: status, plan, message."""
    monkeypatch.setenv("LANGUAGE", "en")

    def call(who: str, prefix: str, organization: str = "", url: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", ckan.tokens.get(who, who))
        files = ckan_files(ckan, prefix=prefix)
        toml = str(files["div-opendata.toml"])
        toml = toml.replace(ckan.organization, organization or ckan.organization)
        toml = toml.replace(ckan.plain, url or ckan.plain)
        workspace = make_workspace({**files, "div-opendata.toml": toml})
        status = cli.run(["publish", str(workspace.root), "--yes"])
        out, err = capsys.readouterr()
        return status, out, err

    return call


Office = Callable[..., tuple[int, str, str]]


def nothing_was_made(ckan: Instance, prefix: str) -> bool:
    query = {"fq": f"name:{prefix}*", "include_private": True}
    return bool(ckan.api("admin").read("package_search", query)["count"] == 0)


@pytest.mark.parametrize("token", ["nonsense", "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.AAAA"])
def test_a_token_that_the_portal_does_not_know(ckan: Instance, office: Office, token: str) -> None:
    prefix = ckan.prefix()
    status, _, err = office(token, prefix)
    assert status == 3
    assert "does not accept the token" in err
    assert "Make a new token" in err
    assert len(err.splitlines()) == 2
    assert nothing_was_made(ckan, prefix)


def test_an_account_without_rights(ckan: Instance, office: Office) -> None:
    prefix = ckan.prefix()
    status, _, err = office("visitor", prefix)
    assert status == 3
    assert f"may not publish for the organisation {ckan.organization}" in err
    assert "editor" in err
    assert len(err.splitlines()) == 2
    assert nothing_was_made(ckan, prefix)


def test_an_organisation_that_is_not_there(ckan: Instance, office: Office) -> None:
    prefix = ckan.prefix()
    status, _, err = office("office", prefix, "nirgendwo")
    assert status == 3
    assert "organisation nirgendwo" in err
    assert ckan.organization in err
    assert len(err.splitlines()) == 2
    assert nothing_was_made(ckan, prefix)


@pytest.mark.parametrize("end", ["/de", "/en/"])
def test_an_address_with_a_language(ckan: Instance, office: Office, end: str) -> None:
    """As the browser shows it: the portal would give every file an address with it."""
    prefix = ckan.prefix()
    status, _, err = office("office", prefix, url=f"{ckan.plain}{end}")
    assert status == 3
    assert "in one language" in err
    assert err.splitlines()[1].endswith(f" {ckan.plain}/")
    assert nothing_was_made(ckan, prefix)


@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
def test_a_name_that_is_taken(ckan: Instance, office: Office, private: bool) -> None:
    prefix = ckan.prefix()
    theirs = {"name": f"{prefix}-visions", "title": "Theirs", "owner_org": ckan.organization}
    ckan.api("colleague").call("package_create", {**theirs, "private": private})
    status, plan, err = office("office", prefix)
    assert status == 3
    assert "Blocked: div-visions" in err
    assert "Nothing was published" in err
    assert (
        f"Another dataset has this name: {ckan.plain.rstrip('/')}/dataset/{prefix}-visions" in plan
    )
    shown = ckan.api("admin").read("package_show", {"id": theirs["name"]})
    assert (shown["title"], shown["resources"]) == ("Theirs", [])
    assert (
        ckan.api("admin").read(
            "package_search", {"fq": f"name:{prefix}*", "include_private": True}
        )["count"]
        == 1
    )


def test_a_dataset_that_was_deleted(ckan: Instance, office: Office) -> None:
    prefix = ckan.prefix()
    assert office("office", prefix)[0] == 0
    ckan.api("admin").call("package_delete", {"id": f"{prefix}-visions"})
    status, plan, err = office("office", prefix)
    assert status == 3
    assert "Blocked: div-visions" in err
    assert "It was deleted on the portal" in plan
    assert f"/dataset/{prefix}-visions" in plan
