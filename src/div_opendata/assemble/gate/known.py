"""What the standard itself says, and what is on every page: texts that are nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from div_opendata.base.disk import read_file, read_text
from div_opendata.base.i18n import LOCALE
from div_opendata.standard.descriptor import Descriptor, package_descriptor
from div_opendata.standard.packages import Standard
from div_opendata.workspace.settings import licenses

from ..metadata.facts import OWN_TEXTS
from ..metadata.vocabulary import NAMES
from .documents import strings
from .folding import folded, words

SITE = Path(__file__).parents[1] / "site"


@dataclass(frozen=True)
class Known:
    """What is known before any record is read; each part is made when it is first asked for."""

    standard: Standard

    @cached_property
    def descriptors(self) -> Mapping[str, Descriptor]:
        """What the standard says of each package."""
        return {
            package.name: package_descriptor(package, self.standard)
            for package in self.standard.packages.values()
        }

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every text of it."""
        described = (t for document in self.descriptors.values() for _, t in strings(document))
        labels = [*OWN_TEXTS.values()]
        labels += [(t.title, t.description) for t in (self.standard.catalog, self.standard.series)]
        return frozenset(described) | {
            *(text for pair in labels for label in pair for text in label.both()),
            *(name for names in NAMES.values() for name in names.values()),
            *(item.catalog_title for item in licenses().values()),
        }

    def says(self, passage: str) -> bool:
        """Whether a passage is in them: what looks like contact data there is none."""
        return passage in self._joined

    @cached_property
    def _joined(self) -> str:
        return "\n".join(sorted(self.texts))

    def uncommon(self, text: str) -> str:
        """The words of a text that are not of all pages: only among them are surnames."""
        return " ".join(word for word in words(folded(text)) if word not in self._vocabulary)

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """The words of the standard's own texts and of the pages' templates, in both languages."""
        texts = [*self.texts]
        texts += [read_text(path) for path in SITE.rglob("*.html")]
        texts += [read_file(path).decode("utf-8", "replace") for path in LOCALE.rglob("*.mo")]
        return frozenset(word for text in texts for word in words(folded(text)))
