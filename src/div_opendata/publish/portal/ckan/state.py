"""A dataset of a CKAN as it was last looked at, and how its files and tables are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from div_opendata.assemble.release import BUNDLE_ZIP
from div_opendata.base.errors import Problem
from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import Descriptor
from div_opendata.standard.packages import Package

from .dataset import UNFINISHED, Facts, made_resources, own_resources


class Overtaken(Problem):
    """Somebody else has changed what was about to be changed."""


@dataclass
class State:
    """A dataset of the portal as it was last looked at, and what it must still match before it
    may be changed."""

    package: Package
    name: str
    ids: dict[str, str]
    seen: Facts | None = None
    lock: Facts = field(default_factory=dict)
    reason: Message | None = None
    unseen: bool = False
    """Whether it was published from here, and the account is not shown it."""
    name_back: bool = False
    """Whether it has another name, and gets its own back."""
    made: set[str] = field(default_factory=set)
    """The resources that were made in this run."""
    former: Facts = field(default_factory=dict)
    """The dataset before this run."""
    descriptor: Descriptor | None = None
    """The descriptor that the portal showed before this run."""
    doubts: set[str] = field(default_factory=set)
    """The files that were found not to be as the portal says."""
    wrong_tables: set[str] = field(default_factory=set)
    """The tables that were found not to be as they should."""

    def take(self, seen: Facts) -> None:
        """Look at the dataset anew."""
        self.seen = seen
        self.lock = {"metadata_modified": seen["metadata_modified"]}

    @property
    def facts(self) -> Facts:
        """The dataset, which must be there."""
        if self.seen is None:
            raise LookupError(self.name)
        return self.seen

    @property
    def public(self) -> bool:
        """Whether strangers see it, and it is ours."""
        return self.seen is not None and self.reason is None and not self.seen["private"]

    @property
    def hidden(self) -> bool:
        """Whether strangers saw it once and do not any more."""
        seen = self.seen if self.reason is None else None
        return self.unseen or bool(seen and seen["private"] and seen["version"] != UNFINISHED)

    @property
    def resources(self) -> Mapping[str, Facts]:
        """Our resources that are there, by file."""
        return own_resources(self.seen, self.ids) if self.seen else {}

    @property
    def doubles(self) -> list[tuple[str, Facts]]:
        """Resources that this made for a file that has an older one."""
        return [
            (name, resource)
            for name, identity in (self.ids.items() if self.seen else ())
            for resource in made_resources(self.facts, name, identity)[1:]
        ]

    @property
    def current(self) -> str:
        """The name that the dataset has now."""
        return str(self.facts["name"]) if self.seen else self.name

    @property
    def told(self) -> str:
        """The name in the addresses that readers are told: what it is called, or will be again."""
        return self.name if self.name_back else self.current

    def identity(self, name: str) -> str:
        """The id of a resource: the portal's where it is there, else the one it will get."""
        resource = self.resources.get(name)
        return str(resource["id"]) if resource else self.ids[name]

    def key(self, name: str) -> str:
        """The key under which `package_revise` takes what a resource shall be."""
        return f"update__resources__{self.identity(name)}"

    def is_zip(self, name: str) -> bool:
        """Whether a resource is the bundle's zip."""
        return self.package.bundle and name == self.package.name

    def path_of(self, name: str) -> str:
        """The file name of a resource."""
        if self.is_zip(name):
            return BUNDLE_ZIP
        described = self.descriptor["resources"] if self.descriptor else ()
        paths = {resource["name"]: resource["path"] for resource in described}
        return str(paths.get(name, DESCRIPTOR))

    def name_of(self, path: str) -> str:
        """The resource of a file: as the descriptor says, else what its name begins with."""
        described = self.descriptor["resources"] if self.descriptor else ()
        names = {resource["path"]: str(resource["name"]) for resource in described}
        return names.get(path) or path.rpartition(".")[0]

    def file_name(self, name: str, path: str) -> str:
        """A file as a release names it."""
        return path if self.is_zip(name) else f"{self.package.name}/{path}"

    def table_name(self, name: str) -> str:
        """What the checks of a table in the DataStore begin with."""
        return f"{self.package.name}/{name} (DataStore"

    def overtaken(self) -> Overtaken:
        """What to say where somebody else was faster."""
        return Overtaken(
            Message("Somebody else has just changed {dataset}.", dataset=self.name),
            Message(
                "What they did stays, nothing of yours is lost. Publish again: the plan then shows"
                " what is left to do."
            ),
        )
