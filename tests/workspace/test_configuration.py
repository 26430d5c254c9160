"""Whatever the configuration says, it works or is a mistake at its key: never a traceback."""

from __future__ import annotations

import copy
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.cli import main as cli
from div_opendata.publish.portal.open import open_portal
from div_opendata.workspace.forms import is_mailbox, is_web_address
from div_opendata.workspace.settings import open_workspace
from support.workspaces import ABOUT, CONFIGURATION, RECORDS, MakeWorkspace, run

CKAN = """
[portals.city]
kind = "ckan"
url = "https://daten.probe.example/"
organization = "stadt-probe"
"""


def problem_of(root: Path, text: str) -> str:
    (root / "div-opendata.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem) as caught:
        open_workspace(root)
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value.message.text("en")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("proben@probe.example", "x@y", "publisher.mailbox"),
        ("proben@probe.example", "a..b@probe.example", "publisher.mailbox"),
        ("proben@probe.example", "a b@probe.example", "publisher.mailbox"),
        ("https://www.probe.example/", "https://[x", "publisher.uri"),
        ("https://www.probe.example/", "https://probe.example:abc/", "publisher.uri"),
        ("https://www.probe.example/", "https://probe.example:99999/", "publisher.uri"),
        ("https://www.probe.example/", "https:///div", "publisher.uri"),
        ("https://www.probe.example/", "https://a..b/", "publisher.uri"),
        ("https://www.probe.example/", "https://probe.example/<a>|", "publisher.uri"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:abc/", "portals.preview.base_url"),
        ('name = "Stadt Probe"', 'name = "   "', "publisher.name"),
        ('name = "Stadt Probe"', 'name = "\\u200b\\u00a0"', "publisher.name"),
        ('name = "Stadt Probe"', f'name = "{"x" * 5_000}"', "publisher.name"),
        ('attribution = "Stadt Probe"', 'attribution = "\\t"', "release.attribution"),
        ('path = "portal"', 'path = "por\\u0000tal"', "portals.preview.path"),
        ('path = "portal"', f'path = "{"x" * 300}"', "portals.preview.path"),
        ('path = "portal"', f'path = "{"ä" * 200}"', "portals.preview.path"),
        ('path = "portal"', 'path = "/proc/portal"', "portals.preview.path"),
        ('path = "portal"', 'path = "loop/portal"', "portals.preview.path"),
        ("[portals.preview]", f"[portals.{'x' * 300}]", "portals"),
        ("[release]", '[release]\nmunicipality_key = "05711000\\n"', "release.municipality_key"),
        ("[release]", f"[release]\n{'x' * 5_000} = 1", "release.xxx"),
    ],
    ids=str,
)
def test_a_mistake_is_told_at_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert old in CONFIGURATION
    said = problem_of(tmp_path, CONFIGURATION.replace(old, new, 1))
    assert said.startswith(f"div-opendata.toml has a mistake: {key}")
    assert len(said) < 1_000


@pytest.mark.parametrize("text", ["a" + ".b" * 40_000 + " = 1", f"# {'x' * 90_000}"])
def test_a_line_without_an_end_is_not_read(tmp_path: Path, text: str) -> None:
    """A key of many parts would take minutes."""
    begun = perf_counter()
    assert "more than 10000 characters" in problem_of(tmp_path, text)
    assert perf_counter() - begun < 5


@pytest.mark.parametrize("file", ["to\\u0000ken", "x" * 300])
def test_a_file_of_the_token_that_cannot_be(tmp_path: Path, file: str) -> None:
    said = problem_of(tmp_path, f'{ABOUT}{CKAN}token_file = "{file}"\n')
    assert "portals.city.token_file" in said


@pytest.mark.parametrize("text", ["stadt-probe ", " stadt-probe", "stadt-probe\u00a0"], ids=repr)
def test_a_blank_around_a_name_is_named(tmp_path: Path, text: str) -> None:
    """Nobody sees it in the file, or in the name that is quoted."""
    (tmp_path / "div-opendata.toml").write_text(
        ABOUT + CKAN.replace("stadt-probe", text), encoding="utf-8"
    )
    with pytest.raises(UsageProblem) as caught:
        open_workspace(tmp_path)
    assert caught.value.message.text("en") == (
        "div-opendata.toml has a mistake: portals.city.organization begins or ends with a blank."
    )
    assert caught.value.remedy.text("en") == 'Write it without: "stadt-probe"'


def test_an_address_in_the_environment_is_judged_too(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({"div-opendata.toml": ABOUT + CKAN})
    with pytest.raises(Problem, match="not a web address"):
        open_portal(workspace, None, {"DIV_OPENDATA_URL_CITY": "https://[x"})


@pytest.mark.parametrize(
    "text", ["büro@stadt-köln.example", "a.b+c@x.y-z.example", "O_b-1@xn--kln-sna.example"]
)
def test_mailboxes_that_there_are(text: str) -> None:
    assert is_mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        *("http://localhost:8000/", "https://[::1]:80/", "https://stadt-köln.example/ä?x=y#z"),
        *("http://ckan/", "https://daten.example.", "http://10.0.0.1/a_b"),
    ],
)
def test_addresses_that_there_are(text: str) -> None:
    assert is_web_address(text)


# --- the file itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "outside", "large"])
def test_the_configuration_is_a_file_of_the_workspace(tmp_path: Path, kind: str) -> None:
    """Nothing is waited for, and no memory filled."""
    root = tmp_path / "workspace"
    root.mkdir()
    path = root / "div-opendata.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "outside":
        (tmp_path / "other.toml").write_text(CONFIGURATION, encoding="utf-8")
        path.symlink_to(tmp_path / "other.toml")
    else:
        path.write_text(CONFIGURATION + "# remark\n" * 12_000, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "div_opendata", "validate", str(root), "--lang", "en"],
        capture_output=True,
        encoding="utf-8",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20)),
        timeout=30,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(str(path))
    assert "Traceback" not in done.stderr


def test_a_link_inside_the_workspace_is_followed(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    (workspace.root / "div-opendata.toml").rename(workspace.root / "settings.toml")
    (workspace.root / "div-opendata.toml").symlink_to("settings.toml")
    assert open_workspace(workspace.root).configuration == workspace.configuration


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("codelists/action_field.csv", 2),
        ("withdrawn.csv", 3),
        (".div-opendata/portals/preview/last/sessions/datapackage.json", 3),
    ],
)
def test_other_files_are_files_too(make_workspace: MakeWorkspace, name: str, status: int) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/zero")
    done = run("status", workspace.root)
    assert done.returncode == status
    assert done.stderr.startswith(str(path))


# --- anything at any key --------------------------------------------------------------------------

SETTINGS: dict[str, Any] = {
    "publisher": {
        "name": "Stadt Probe",
        "uri": "https://www.probe.example/",
        "type": "LocalAuthority",
        "contact": "Büro für Proben",
        "mailbox": "proben@probe.example",
    },
    "release": {
        "license": "cc-by/4.0",
        "attribution": "Stadt Probe",
        "municipality_key": "05999000",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "uri_base": "https://daten.probe.example/id/",
        "contributor_ids": ["http://dcat-ap.de/def/contributors/openNRW"],
        "period_start": "2023",
        "notice": {"de": "Vorläufig.", "en": "Preliminary."},
        "sources": [{"title": "Proben", "path": "https://www.probe.example/div"}],
    },
    "site": {
        "imprint_url": "https://www.probe.example/impressum",
        "privacy_url": "https://www.probe.example/datenschutz",
        "accessibility_url": "https://www.probe.example/barrierefreiheit",
    },
    "portals": {
        "preview": {"kind": "folder", "path": "portal", "base_url": "http://127.0.0.1:8000/"},
        "city": {
            "kind": "ckan",
            "url": "https://daten.probe.example/",
            "organization": "stadt-probe",
            "prefix": "div",
            "token_file": "private/token",
            "formats": "auto",
        },
    },
}


def keys(table: Any) -> Iterator[tuple[str | int, ...]]:
    """The path of every key and item."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        yield (key,)
        if isinstance(value, dict | list):
            yield from ((key, *rest) for rest in keys(value))


LETTERS = st.characters(exclude_categories=["Cs"])
NEAR = st.builds(  # what resembles an address, a mailbox, a path
    "".join,
    st.lists(
        st.sampled_from(
            [
                *("https://", "http://", "//", "[", "]", ":", "@", "/", ".", "..", "a", "ß", "-"),
                *("probe.example", "%", "%00", "?", "#", "\0", "\n", " ", "\u200b", "{", "|", '"'),
                *("x" * 300, "8000", "99999", "proc", "2023", "-02-30", "Europe/", "\u202e", "<b>"),
            ]
        ),
        max_size=8,
    ),
)
VALUES = st.one_of(
    NEAR,
    st.text(LETTERS, max_size=40),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.just(datetime(2026, 1, 1, 12, 0, tzinfo=UTC)),
    st.just(date(2026, 1, 1)),
    st.just(time(12, 0)),
    st.lists(NEAR, max_size=2),
    st.dictionaries(NEAR, NEAR, max_size=2),
)


def toml(value: Any) -> str:
    """A value as TOML writes it, tables inline."""
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value).replace("\x7f", "\\u007f")


@pytest.fixture
def once(make_workspace: MakeWorkspace) -> Path:
    return make_workspace({"records/sessions.csv": str(RECORDS["records/sessions.csv"])}).root


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(list(keys(SETTINGS))), value=VALUES, name=NEAR | st.none())
def test_anything_at_any_key(
    once: Path, path: tuple[str | int, ...], value: Any, name: str | None
) -> None:
    """A value, or a key beside it, that somebody has put there by mistake: `validate` and
    `assemble` work or say what is wrong."""
    document = copy.deepcopy(SETTINGS)
    home: Any = document
    for key in path[:-1]:
        home = home[key]
    home[path[-1] if name is None or isinstance(home, list) else name] = value
    (once / "div-opendata.toml").write_text(
        "\n".join(f"{key} = {toml(table)}" for key, table in document.items()), encoding="utf-8"
    )
    status = cli.run(["validate", str(once)])
    assert status in {0, 2}
    if status == 0:
        assert cli.run(["assemble", str(once)]) == 0
        for portal in open_workspace(once).configuration.portals:
            with suppress(Problem):  # there is no token
                open_portal(open_workspace(once), portal, {})
