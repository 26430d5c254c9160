"""Every file is opened in base/disk.py: what is no file is refused, and errors name the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from support.workspaces import TOP

SOURCE = TOP / "src" / "div_opendata"
OPENING = {"open", "fdopen", "read_bytes", "read_text", "write_bytes", "write_text"}
COPYING = {"copy", "copy2", "copyfile", "copytree", "load_workbook", "file_digest"}
ZIPS = {"ZipFile", "is_zipfile"}
ALLOWED = {
    "base/disk.py": OPENING,
    "base/files.py": {"fdopen"},  # of a draft that it has just made
    "lottery/register.py": {"fdopen"},  # likewise, readable by its owner alone
    "lottery/check_lottery.py": OPENING,  # runs alone at a stranger's, who has no div-opendata
    "publish/portal/ckan/steps/tail.py": {"file_digest"},  # of an open file
}


def opened(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What opens files by their path, and where; a member of an open archive is none, nor what
    click's formatter writes."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id="archive" | "formatter")):
                continue
            case ast.Name(id="read_text" | "write_text"):  # functions of ours
                continue
            case ast.Name(id=name) | ast.Attribute(attr=name):
                pass
            case _:
                continue
        of_a_path = name in ZIPS and not (
            isinstance(node.args[0], ast.Name) and node.args[0].id in {"stream", "zipped"}
        )
        if name in OPENING | COPYING or of_a_path:
            yield name, node.lineno


def test_only_one_module_opens_files() -> None:
    found = {
        f"{path.relative_to(SOURCE).as_posix()}:{line}: {name}"
        for path in SOURCE.rglob("*.py")
        for name, line in opened(ast.parse(path.read_text(encoding="utf-8")))
        if name not in ALLOWED.get(path.relative_to(SOURCE).as_posix(), set())
    }
    assert found == set()


def test_what_opens_files_is_seen() -> None:
    """The test above sees the ways in which files are opened."""
    for text in ("path.open()", "open(path)", "path.read_text()", "ZipFile(path)", "copy(a, b)"):
        assert list(opened(ast.parse(text))), text
    for text in ("archive.open(name)", "read_text(path)", "zipfile.ZipFile(stream)"):
        assert not list(opened(ast.parse(text))), text


def test_every_exception_is_needed() -> None:
    for name, allowed in ALLOWED.items():
        used = {what for what, _ in opened(ast.parse(Path(SOURCE / name).read_text("utf-8")))}
        assert used & allowed, name
