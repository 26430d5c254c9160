"""VERIFY: what was sent is read back, and undone where readers get something else."""

from __future__ import annotations

from div_opendata.base.verification import Check

from ..dataset import Wanted
from ..journal import SETTLED
from ..readers import found
from ..site import Site
from ..state import State
from .undo import undo

LOOKS = 3
"""How often a file is read again that is not as it was sent: a cache may be in between."""


def verify(site: Site, state: State, target: Wanted, names: list[str]) -> list[Check]:
    """Read back what was sent; all of it before it becomes public for the first time. Where
    it is not what was sent, the last release's bytes are brought back."""
    verified = list(target.files) if state.facts["private"] else names
    site.journal.note("verify", state.name)
    checks = []
    for name in verified:
        file = target.files[name]
        digest = ""
        for look in range(LOOKS):
            if look:
                site.api.wait(float(look))  # a cache in between may need a moment
            digest = found(site, state, name, file.path)
            if digest == file.sha256:
                break
        checks.append(Check(state.file_name(name, file.path), file.sha256, digest))
    if all(check.passed for check in checks):
        site.journal.note(SETTLED, state.name, known=["files"])
    else:
        wrong = {name: target.files[name].sha256 for name in verified}
        site.journal.note("upload", state.name, files=wrong)
        undo(site, state, target, names)
    return checks
