"""Others at work on our datasets, in any order, and publications in between: in the end what is
shown is what was released, or somebody else's; ids stay, nothing is there twice, and what is
withdrawn is gone.

The sequences follow from the name of the test alone. `--sequences 100` tries more of them.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from div_opendata.base.errors import Problem
from div_opendata.publish.withdraw import carry_out, checklist
from div_opendata.publish.withdrawal import Request, find
from div_opendata.workspace.settings import open_workspace
from support.ckan import Facts, named, show
from support.editors import DEEDS, Deed, Others
from support.places import MONDAY, TUESDAY, CkanPlace, release
from support.real_ckan import Instance, Site
from support.withdrawing import WEDNESDAY, in_dataset, leak
from support.workspaces import RECORDS, ckan_files

pytestmark = [pytest.mark.ckan, pytest.mark.slow, pytest.mark.usefixtures("no_gate", "smallest")]

PACKAGES = ("sessions", "visions")
WORD = "Quastelhuber"
RUNS = 5
"""Publications after which nothing may be left to do: one that is told what is in its way, one
that puts right what it sees, one what `verify` has found, and what a loader has done in between."""

Step = tuple[Deed, str] | None
"""What somebody does to the dataset of a package; None where the office publishes a change."""
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.none() | st.tuples(st.sampled_from(DEEDS), st.sampled_from(PACKAGES)), min_size=2, max_size=6
)


class City:
    """An office that publishes, and the others on its portal."""

    def __init__(self, ckan: Instance, folder: Path, site: Site) -> None:
        prefix = ckan.prefix()
        root = folder / prefix
        for name, content in ckan_files(ckan, RECORDS, prefix, site).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(content), encoding="utf-8")
        self.place = CkanPlace(open_workspace(root), ckan, prefix, site)
        leak(self.place, WORD)
        self.participants = 42
        self.place.release(MONDAY)
        names = {package: f"{prefix}-{package}" for package in PACKAGES} | {"div": prefix}
        shown = {package: show(self.place.stranger, name) for package, name in names.items()}
        self.ids = {package: str(item["id"]) for package, item in shown.items()}
        self.resources = {
            package: {name: str(item["id"]) for name, item in named(dataset).items()}
            for package, dataset in shown.items()
        }
        tables = {package: self.resources[package][package] for package in PACKAGES}
        self.others = Others(self.place, self.ids, tables)

    def edit(self) -> None:
        """Another number in the records."""
        new = self.participants + 1
        self.place.edit("sessions", f",held,{self.participants}", f",held,{new}")
        self.participants = new

    def publish(self) -> bool:
        """Publish, and have those who run the portal do what is asked of them; whether anything
        was left to do."""
        try:
            plan, _ = release(self.place.root, TUESDAY, self.place.open)
        except (Problem, AssertionError):
            self._ask_admins()
            return True
        return plan.changes

    def _ask_admins(self) -> None:
        """Have what is in the trash restored."""
        for identity in self.ids.values():
            if show(self.others.admin, identity)["state"] == "deleted":
                change = {"id": identity, "state": "active"}
                self.others.admin.call("package_patch", change)

    def settle(self) -> None:
        """Publish until nothing is left to do, and everything is verified."""
        for _ in range(RUNS):
            if not self.publish() and not self.place.failed():
                return
        raise AssertionError(f"not settled: {self.place.failed()}")

    def check(self) -> None:
        """What is shown is what was released, or somebody else's."""
        expected = self.place.expected()
        shown = {package: show(self.place.stranger, id_) for package, id_ in self.ids.items()}
        query = {"fq": f"title:* AND name:{self.place.prefix}*", "rows": 100}
        found = self.others.admin.call("package_search", {**query, "include_private": True})
        assert {item["id"] for item in found["results"]} == set(self.ids.values())
        for package, dataset in shown.items():
            ours = named(dataset)
            assert {name: item["id"] for name, item in ours.items()} == self.resources[package]
            ids = [item["id"] for item in dataset["resources"]]
            assert len(ids) == len(set(ids))
            assert set(ids) - set(self.resources[package].values()) <= self.others.theirs
            for item in ours.values():
                path = item["url"].rpartition("/")[2]
                name = path if path == "div.zip" else f"{package}/{path}"
                content = self.place.stranger.session.get(item["url"], timeout=60).content
                assert content == expected[name], name
        for package in PACKAGES:
            self._check_table(package, expected[f"{package}/{package}.csv"])

    def _check_table(self, package: str, content: bytes) -> None:
        """The table has the rows of the file, and the labels of the schema."""
        query = {"resource_id": self.resources[package][package], "limit": 1000}
        answer: Facts = self.place.stranger.call("datastore_search", query)
        wanted = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        rows = [{name: _text(value) for name, value in row.items()} for row in answer["records"]]
        for row in rows:
            del row["_id"]
        assert sorted(rows, key=str) == sorted(wanted, key=str)
        labels = {field.get("info", {}).get("label") for field in answer["fields"][1:]}
        assert "Spalte" not in labels
        assert None not in labels

    def withdraw(self) -> str:
        """Withdraw the visions; what is said in the end."""
        publisher = self.place.publisher()
        request = Request("visions")
        with publisher.workspace.exclusively(), publisher.portal.exclusively():
            withdrawal = find(publisher, request)
            checks = carry_out(publisher, withdrawal, WEDNESDAY, "ein Name", _quiet)
        assert [check for check in checks if not check.passed] == []
        said = checklist(publisher, request, withdrawal.copies)
        return "\n".join(message.text("en") for message in said)

    def left(self) -> set[str]:
        """The resources in which anybody finds the word."""
        found = set()
        for identity in self.ids.values():
            assert not {
                place
                for place in in_dataset(self.others.admin, identity, WORD)
                if place.rpartition(" ")[2] not in self.others.theirs
            }
            for item in show(self.others.admin, identity)["resources"]:
                if WORD.encode() in self.others.admin.session.get(item["url"], timeout=60).content:
                    found.add(str(item["id"]))
        return found


def _quiet(*_: object) -> None:
    """For progress."""


def _text(value: object) -> str:
    """A cell of the DataStore as a CSV has it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("site", ["plain", "city"])
def test_whoever_else_works_there(
    ckan: Instance, tmp_path: Path, site: Site, request: pytest.FixtureRequest
) -> None:
    examples = int(request.config.getoption("--sequences")) // (1 if site == "plain" else 2)

    # a sequence has six steps at most, and takes seconds: it need not be made smaller
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
    )
    @given(steps=STEPS)
    def run(steps: list[Step]) -> None:
        city = City(ckan, tmp_path, site)
        for step in steps:
            if step is None:
                city.edit()
                city.publish()
            else:
                deed, package = step
                deed(city.others, package)
        city.settle()
        city.check()
        said = city.withdraw()
        left = city.left()
        assert left <= city.others.theirs
        for identity in left:
            assert identity in said

    run()
