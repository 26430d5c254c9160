"""No request too many: counted in front of a real CKAN, for the complete example."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import Workspace
from div_opendata.workspace.tokens import Token
from support.faults import Proxy, Request
from support.places import MONDAY, edit, release
from support.real_ckan import Instance, Site, no_wait
from support.workspaces import ABOUT

pytestmark = pytest.mark.usefixtures("no_gate")

LOOKS = {"package_show", "xloader_status"}
"""What looks at the loader while it works: how often depends on how fast it is."""

Call = tuple[str, str, str]
"""A request: a dataset, the action or `file`, and the resources that it is about."""


class Counted:
    """The complete example, published to a site of a CKAN through a proxy that counts."""

    def __init__(self, root: Path, instance: Instance, site: Site, proxy: Proxy) -> None:
        self.root = root
        self._instance = instance
        self._loads = site == "city"
        self._proxy = proxy
        self._prefix = instance.prefix()
        self._days = 0
        address = instance.portal(self._prefix, site).replace(
            f'"{instance.url(site)}"', f'"{proxy.address}"'
        )
        (root / "div-opendata.toml").write_text(ABOUT + address, encoding="utf-8")

    def release(self) -> tuple[Plan, Counter[Call]]:
        """Publish; the plan, and all that was requested for it."""
        self._proxy.reset()
        self._days += 1
        now = MONDAY + dt.timedelta(days=self._days)
        plan, _ = release(self.root, now, self._open)
        requests = list(self._proxy.requests)
        assert self._proxy.errors == []
        datasets = self._datasets(plan)
        return plan, Counter(_call(request, datasets) for request in requests)

    def _open(self, workspace: Workspace) -> Publisher:
        token = Token(self._instance.tokens["office"])
        wait = time.sleep if self._loads else no_wait  # the loader needs its time
        api = Api(self._proxy.address, token, (10.0, 120.0), wait)
        return Publisher(workspace, Ckan("city", workspace, api))

    def _datasets(self, plan: Plan) -> Mapping[str, str]:
        """Names for all that the portal shows: `name/id` or `id` of a dataset by its package,
        `id` of a resource by `package/resource`."""
        api = self._instance.api(None)
        known: dict[str, str] = {}
        for item in plan.datasets:
            package = item.dataset.package
            name = self._prefix + package.dataset.removeprefix("div")
            shown = api.read("package_show", {"id": name})
            known |= {name: package.name, shown["id"]: package.name}
            for resource in shown["resources"]:
                known[resource["id"]] = f"{package.name}/{resource['resource_name']}"
        return known


def _call(request: Request, known: Mapping[str, str]) -> Call:
    """What a request was for. Whatever it is about must be known."""
    if request.method == "GET":
        _, _, name, _, identity, _, _ = request.path.split("/")
        package, _, resource = known[identity].partition("/")
        assert known[name] == package
        return package, request.action, resource
    if request.body.startswith(b"{"):
        data: dict[str, Any] = json.loads(request.body)
    else:
        _, _, rest = request.body.partition(b'name="match"\r\n\r\n')
        data = {"match": json.loads(rest.partition(b"\r\n")[0])}
    match = data.get("match") or data.get("package") or {}
    key = data.get("resource_id") or match.get("id") or data.get("id") or data.get("name")
    package, _, resource = known[key].partition("/") if key else ("", "", "")
    files = sorted(known[identity].partition("/")[2] for identity in request.uploads)
    return package, request.action, " ".join(files) or resource


def first(plan: Plan, *, loads: bool) -> Iterator[Call]:
    """All that a first publication requests, but for looks at the loader."""
    for item in plan.datasets:
        package = item.dataset.package
        files = [file.name for file in item.dataset.files]
        yield package.name, "package_show", ""
        yield package.name, "resource_show", "datapackage"  # nobody has renamed it
        yield package.name, "package_create", ""
        yield package.name, "package_revise", " ".join(sorted(files))
        yield package.name, "package_revise", ""  # private no longer
        yield package.name, "package_create_default_resource_views", ""
        for file in item.dataset.files:
            if file.path.endswith((".txt", ".py", ".json")):
                yield package.name, "resource_view_create", file.name
        for name in files:
            yield package.name, "file", name
        for name in () if package.bundle else (*package.tables, "codes"):
            yield package.name, "datastore_create", name
            yield from table(package.name, name, loads=loads)


def table(package: str, name: str, *, loads: bool) -> Iterator[Call]:
    """What the rows of a table take."""
    yield package, "datastore_search", name  # what rows there are
    if loads:
        yield package, "datastore_search", name  # and under what headings
    else:
        yield package, "datastore_upsert", name


def looks(calls: Counter[Call], loaded: Mapping[str, set[str]]) -> Counter[Call]:
    """What of it looks at the loader: only at datasets and files that it was given."""
    found: Counter[Call] = Counter()
    for (package, action, resource), count in calls.items():
        if action == "xloader_status":
            assert resource in loaded[package]
            assert count <= calls[package, "package_show", ""] // 10
            found[package, action, resource] = count
        if action == "package_show" and package in loaded:
            found[package, action, resource] = count - 1  # the first one is the plan's
    assert {package for package, action, _ in found if action == "package_show"} == set(loaded)
    return found


@pytest.mark.parametrize("site", ["plain", "city"])
def test_no_request_too_many(ckan: Instance, musterstadt: Path, site: Site) -> None:
    loads = site == "city"
    with Proxy(ckan.url(site)) as proxy:
        portal = Counted(musterstadt, ckan, site, proxy)

        plan, calls = portal.release()
        packages = {item.dataset.package.name: item.dataset.package for item in plan.datasets}
        tables = {name: set(p.tables) for name, p in packages.items() if not p.bundle}
        assert len(packages) == 9
        assert {len(names) for names in tables.values()} == {1, 2, 3, 5}
        loaded = {name: names | {"codes"} for name, names in tables.items()}
        calls -= looks(calls, loaded if loads else {})
        assert calls == Counter(
            [("", "status_show", ""), ("", "license_list", ""), *first(plan, loads=loads)]
        )

        same = Counter([("", "status_show", ""), *((n, "package_show", "") for n in packages)])
        plan, calls = portal.release()
        assert not plan.changes
        assert calls == same

        edit(musterstadt, "visions", "Auskunft, die alle erreicht", "Auskunft für alle")
        plan, calls = portal.release()
        assert {item.dataset.package.name for item in plan.datasets if item.action != "same"} == {
            "visions",
            "div",
        }
        calls -= looks(calls, {"visions": {"visions"}} if loads else {})
        assert calls == same + Counter(
            [
                ("visions", "package_revise", "datapackage visions"),
                ("visions", "file", "visions"),
                ("visions", "file", "datapackage"),
                ("visions", "datastore_search", "visions"),  # the dictionary, before the file
                *table("visions", "visions", loads=loads),
                ("div", "package_revise", "datapackage div"),
                ("div", "file", "div"),
                ("div", "file", "datapackage"),
            ]
        )

        plan, calls = portal.release()
        assert not plan.changes
        assert calls == same
