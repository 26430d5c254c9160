"""The pages as people see them: in Chromium, with axe, wide and narrow, light and dark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest

from support.workspaces import copy_example, run, tree_bytes

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["bielefeld", "musterstadt"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder portal of an example, as files."""
    root = copy_example(str(request.param), tmp_path_factory.mktemp("pages"))
    done = run("publish", root, "--yes")
    assert done.returncode == 0, done.stderr
    return root / "portal"


def pages(portal: Path) -> list[str]:
    return sorted(
        name for name in tree_bytes(portal) if name.endswith(".html") and not name.startswith(".")
    )


class Links(HTMLParser):
    """The addresses and ids of a page, and tags that are never closed."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "wbr", "path", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if href := values.get("href") or values.get("src"):
            self.links.append(href)
        if id_ := values.get("id"):
            self.ids.append(id_)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_every_dataset_has_its_pages(portal: Path) -> None:
    found = pages(portal)
    for folder in {path.parent.name for path in portal.glob("*/datapackage.json")}:
        assert f"{folder}/index.html" in found
        assert f"{folder}/index.en.html" in found
    assert "index.html" in found
    assert "index.en.html" in found


def test_pages_are_well_formed_and_links_lead_somewhere(portal: Path) -> None:
    """Within the portal every address is a file; none depends on where the portal is served."""
    files = tree_bytes(portal)
    for name in pages(portal):
        parser = Links()
        text = files[name].decode()
        parser.feed(text)
        assert parser.open == [], name
        assert len(parser.ids) == len(set(parser.ids)), name
        assert re.findall("<script.*", text) == ['<script type="application/ld+json">']  # data
        for href in parser.links:
            address, anchor = urldefrag(href)
            if urlsplit(href).scheme:
                continue
            target = (portal / name).parent / address if address else portal / name
            if target.is_dir():
                target = target / "index.html"
            assert target.is_file(), f"{name}: {href}"
            if anchor:
                assert f'id="{anchor}"' in target.read_text(encoding="utf-8"), f"{name}: {href}"


def test_pages_say_what_people_need(portal: Path) -> None:
    files = tree_bytes(portal)
    for name in pages(portal):
        text = files[name].decode()
        german = not name.endswith(".en.html")
        assert f'<html lang="{"de" if german else "en"}"' in text
        assert 'hreflang="' in text
        assert "Creative Commons" in text
        assert re.search(r"<title>[^<]+</title>", text)
        if portal.parent.name == "musterstadt":
            words = ["erfunden", "Impressum", "Datenschutz", "Barrierefreiheit"]
            words = words if german else ["made up", "Imprint", "Privacy", "Accessibility"]
            assert all(word in text for word in words), name


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium")
    assert executable, "the package chromium is missing (apt-get install chromium)"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_accessible(portal: Path, browser: object, width: int, scheme: str) -> None:
    """WCAG 2.2 AA by axe, nothing that scrolls sideways, nothing fetched from elsewhere. In the
    dark other colours are all that is different."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=True
    )
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    colours = ["color-contrast", "link-in-text-block"]
    only = (
        {"type": "tag", "values": tags}
        if scheme == "light"
        else {"type": "rule", "values": colours}
    )
    for name in pages(portal):
        page.goto((portal / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        options = {"runOnly": only, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        assert [(item["id"], item["nodes"][0]["target"]) for item in found] == [], name
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"
    context.close()
    assert not [url for url in requests if not url.startswith(("file:", "data:"))]
