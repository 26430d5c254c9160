"""The last station of the data: what readers of a portal get, against what was published."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check
from div_opendata.standard.descriptor import Descriptor

from .portal.compare import compare
from .portal.protocol import Portal


def verify(
    portal: Portal,
    shown: Mapping[str, Descriptor],
    last: Path | None,
    taken_back: Container[str],
    progress: Progress,
) -> list[Check]:
    """Compare what readers get, byte by byte, with the portal's own descriptors (`shown`), with
    what else it says of itself, and with the `last` release, where that is still the newest. Of
    what was withdrawn (`taken_back`) they must get nothing."""
    expected = {
        f"{package}/{resource['path']}": resource["hash"].removeprefix("sha256:")
        for package, descriptor in shown.items()
        for resource in descriptor["resources"]
    }
    expected |= portal.claims()
    if last:
        expected |= portal.released(last)
    visible = {
        name: "–" if digest in taken_back else digest
        for name, digest in expected.items()
        if portal.shows(name)
    }
    checks = [*compare(portal, visible, progress), *portal.audit(progress)]
    portal.distrust({check.name for check in checks if not check.passed})
    return checks
