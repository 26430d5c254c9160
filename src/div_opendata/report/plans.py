"""What publishing and withdrawing would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from div_opendata.base.formats import size
from div_opendata.base.i18n import Message

from .style import Role, Style, plain

if TYPE_CHECKING:
    from div_opendata.base.language import Language
    from div_opendata.publish.plan import Action, Plan
    from div_opendata.publish.portal.protocol import Change, Portal
    from div_opendata.publish.withdrawal import Withdrawal

_ACTIONS: dict[Action, Message] = {
    "create": Message("new"),
    "update": Message("changed"),
    "same": Message("the same"),
    "blocked": Message("blocked"),
    "hidden": Message("hidden"),
}
_ACTION_ROLES: dict[Action, Role] = {
    "create": "good",
    "update": "warning",
    "same": "quiet",
    "blocked": "error",
    "hidden": "warning",
}
_INDENT = " " * 15
_SHORT = 60  # characters of a value in a plan
_NAMED = 5  # files that a plan names; of more it tells the number


def plan_text(plan: Plan, portal: Portal, language: Language, style: Style = plain) -> str:
    """What publishing would do: dataset by dataset, with what changes and the files to send."""
    head = Message("Portal {name}: {address}", name=portal.name, address=portal.address)
    lines = [style(head.text(language), "place"), *_edited_lines(plan, language)]
    for item in plan.datasets:
        action = style(f"{_ACTIONS[item.action].text(language):<10}", _ACTION_ROLES[item.action])
        dataset = item.dataset
        name = dataset.package.dataset
        version, title = dataset.descriptor["version"], dataset.package.title.text(language)
        lines.append(f"  {action} {name:<14} {version:<8} {title}")
        if item.reason:
            lines.append(f"{_INDENT}{item.reason.text(language)}")
        if item.action == "update" or (item.action == "hidden" and not item.reason):
            lines += _change_lines(item.metadata, language)
        for file in dataset.files:
            if item.resources[file.name] not in {"same", "blocked"}:
                file_action = _ACTIONS[item.resources[file.name]].text(language)
                lines.append(
                    f"{_INDENT}{file_action:<10} {file.path} ({size(file.bytes, language)})"
                )
    lines += _stale_lines(plan, language)
    sent = sum(
        file.bytes
        for item in plan.datasets
        for file in item.dataset.files
        if item.resources[file.name] in {"create", "update"}
    )
    if sent:
        total = Message("To be written: {size}.", size=size(sent, language))
        lines.append(f"  {total.text(language)}")
    return "\n".join(lines)


def _change_lines(changes: Iterable[Change], language: Language) -> Iterator[str]:
    """Each key with its old and its new value."""
    for change in changes:
        old, new = (_short(value) or "–" for value in (change.old, change.new))
        line = Message("{key}: {old} → {new}", key=change.name, old=old, new=new)
        yield f"{_INDENT}{line.text(language)}"


def _edited_lines(plan: Plan, language: Language) -> Iterator[str]:
    """What somebody has changed: what they meant to, and how much a form has dropped besides."""
    edited = [change for change in plan.stale if _is_edit(change)]
    if edited:
        yield "  " + Message("Changed on the portal, and put back:").text(language)
    for _, group in groupby(edited, key=lambda change: change.name.partition(":")[0]):
        changes = list(group)
        meant = [change for change in changes if not change.dropped]
        yield from _change_lines(meant, language)
        if number := len(changes) - len(meant):
            dataset = changes[0].name.partition(":")[0]
            text = (
                Message(
                    "{dataset}: and {number} more that the portal's form drops",
                    dataset=dataset,
                    number=number,
                )
                if meant
                else Message(
                    "{dataset}: {number} values that the portal's form drops",
                    dataset=dataset,
                    number=number,
                )
            )
            yield f"{_INDENT}{text.text(language)}"


def _is_edit(change: Change) -> bool:
    return bool(change.old or change.new)


def _stale_lines(plan: Plan, language: Language) -> Iterator[str]:
    """What is not as it should be although nothing of it has changed here."""
    names = [change.name for change in plan.stale if not _is_edit(change)]
    if len(names) > _NAMED:
        text = Message("Files and pages to be written: {number}.", number=len(names))
        yield f"  {text.text(language)}"
    elif names:
        text = Message("To be put right: {names}.", names=names)
        yield f"  {text.text(language)}"


def _short(text: str) -> str:
    """A value on one line of a plan."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"


def withdrawal_text(
    withdrawal: Withdrawal, portal: Portal, language: Language, style: Style = plain
) -> str:
    """What withdrawing would do."""
    head = Message("Portal {name}: {address}", name=portal.name, address=portal.address)
    lines = [style(head.text(language), "place")]
    texts = [
        *(Message("emptied: {name}", name=name) for name in withdrawal.files),
        *(Message("removed: {name}", name=name) for name in withdrawal.earlier),
        *(copy.message for copy in withdrawal.copies),
        *(
            []
            if withdrawal.files or withdrawal.earlier
            else [Message("The portal has none of it.")]
        ),
        Message(
            "Files that can never be published again: {number}.", number=len(withdrawal.hashes)
        ),
        *(
            [Message("If what is shown now is corrected already: --earlier spares it.")]
            if withdrawal.request.resource and withdrawal.files
            else []
        ),
    ]
    lines += [f"  {text.text(language)}" for text in texts]
    return "\n".join(lines)
