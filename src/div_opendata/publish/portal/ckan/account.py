"""Who publishes to a CKAN: the token and what is amiss with it, and why the portal says no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from div_opendata.base.errors import Problem
from div_opendata.base.formats import size
from div_opendata.base.i18n import Label, Message
from div_opendata.workspace.settings import LOOPBACK
from div_opendata.workspace.tokens import Token, variable

from ..protocol import Tell
from .answers import Refusal
from .api import Api

WARN_BEFORE = dt.timedelta(days=14)
"""How long before its end a token is spoken of."""

_NEW_TOKEN = Message(
    "Nothing was changed. Make a new token on the portal (your account, API tokens) and put it"
    " where the old one is."
)


@dataclass(frozen=True)
class Account:
    """The account of a portal whose token is sent, and the organisation that it publishes for."""

    portal: str
    api: Api
    organization: str
    tell: Tell
    now: dt.datetime | None
    time_zone: ZoneInfo

    def check(self) -> None:
        """Raise Problem where there is no token, or one that has run out; tell what else is amiss
        with it."""
        if self.api.token is None:
            raise self._without_token()
        self._check_end(self.api.token)
        self._check_way()

    def _check_end(self, token: Token) -> None:
        """Raise Problem where a token has run out; tell where it soon will."""
        end = token.expires()
        if end is None or self.now is None:
            return
        day = end.astimezone(self.time_zone).date()
        if end <= self.now:
            raise Problem(
                Message("The token for {portal} ran out on {day}.", portal=self.portal, day=day),
                _NEW_TOKEN,
            )
        if end - self.now < WARN_BEFORE:
            self.tell(
                Message(
                    "The token for {portal} runs out on {day}. Make a new one before that.",
                    portal=self.portal,
                    day=day,
                )
            )

    def _check_way(self) -> None:
        """Tell where a token would be readable for everybody on its way."""
        parts = urlsplit(self.api.address)
        if parts.scheme == "http" and parts.hostname and parts.hostname not in LOOPBACK:
            self.tell(
                Message(
                    "The token for {portal} is sent unencrypted. Write url with https:// if the"
                    " portal has it.",
                    portal=self.portal,
                )
            )

    @cached_property
    def groups(self) -> set[str]:
        """The groups that the account may put datasets into. Raises Problem."""
        try:
            return {group["name"] for group in self.api.read("group_list_authz", {})}
        except Refusal:
            return set()

    def outside(self, groups: Iterable[str]) -> Problem:
        """What to say of configured groups that the account may not use."""
        remedy = Message(
            "Ask those who run the portal to make the account a member, or take the group out of"
            " groups in the configuration. It is a member of: {names}.",
            names=sorted(self.groups) or "–",
        )
        return Problem(
            Message(
                "The account is no member of {groups}, a group of the configuration, or there is"
                " none of this name.",
                groups=sorted(groups),
            ),
            remedy,
        )

    def _without_token(self) -> Problem:
        """What to say where there is no token."""
        return Problem(
            Message("There is no token for the portal {portal}.", portal=self.portal),
            Message(
                "Make one on the portal (your account, API tokens) and put it into the environment"
                " variable {variable}, or into a file that the configuration names as token_file.",
                variable=variable("TOKEN", self.portal),
            ),
        )

    def forbidden(self, dataset: str) -> Problem:
        """Why the portal does not allow something with a dataset: it tells strangers and bad tokens
        apart from accounts without rights by nothing but a 403."""
        token = self.api.token
        if token is None:
            return self._without_token()
        self._check_end(token)
        organization = self.organization
        try:  # what any account may ask: a 403 means that the token is nobody's
            self.api.read("am_following_group", {"id": organization})
        except Refusal as refusal:
            if refusal.forbidden:
                return Problem(
                    Message("{portal} does not accept the token.", portal=self.api.address),
                    _NEW_TOKEN,
                )
        owner = self._owner(dataset)
        if owner not in {"", organization}:
            return Problem(
                Message(
                    "{dataset} belongs to the organisation {owner} now, not to {organization}.",
                    dataset=dataset,
                    owner=owner,
                    organization=organization,
                ),
                Message(
                    "Have it moved back. If it shall stay there, ask for the role of an editor of"
                    " {owner}, and write that as organization.",
                    owner=owner,
                ),
            )
        permission = {"permission": "create_dataset"}
        allowed = self.api.read("organization_list_for_user", permission)
        names = sorted(item["name"] for item in allowed)
        if organization in names:
            return Problem(
                Message(
                    "{portal} does not allow this account to do that with {dataset}, for the"
                    " organisation {organization}.",
                    portal=self.api.address,
                    dataset=dataset,
                    organization=organization,
                ),
                Message(
                    "Ask those who run the portal for the role of an editor, and whether somebody"
                    " has given the dataset away."
                ),
            )
        return Problem(
            Message(
                "The account may not publish for the organisation {organization} ({dataset}).",
                organization=organization,
                dataset=dataset,
            ),
            Message("It may for: {names}.", names=names)
            if names
            else Message("Ask those who run the portal for the role of an editor there."),
        )

    def _owner(self, dataset: str) -> str:
        """The organisation that has a dataset; nothing where that is not said."""
        try:
            found = self.api.read("package_show", {"id": dataset})
        except Refusal:
            return ""
        return str((found.get("organization") or {}).get("name") or "")

    def refused(self, refusal: Refusal, dataset: str, left: Iterable[str] = ()) -> Problem:
        """What the portal has refused, in one sentence with a remedy."""
        if refusal.forbidden:
            return self.forbidden(dataset)
        left = list(left)
        if refusal.too_large and refusal.files:
            largest, length = max(refusal.files.items(), key=lambda file: file[1])
            problem = Message(
                "{dataset}: {file} has {size}; that is more than the portal takes.",
                dataset=dataset,
                file=largest,
                size=_size(length),
            )
            remedy = Message(
                "Ask those who run the portal to raise ckan.max_resource_size (10 MB where it is"
                " not set) above {size}, and what the web server before it takes in one request"
                " above {all}.",
                size=_size(length),
                all=_size(sum(refusal.files.values())),
            )
        elif refusal.too_large:
            problem = Message(
                "{dataset}: the portal, or a server before it, takes no request of this size.",
                dataset=dataset,
            )
            remedy = Message(
                "Ask those who run the portal to raise what the web server before it takes in one"
                " request (client_max_body_size of nginx; 70 MB is enough)."
            )
        elif "owner_org" in refusal.details:
            problem = Message(
                "The portal has no organisation {organization}.",
                organization=self.organization,
            )
            remedy = Message("Write its name, as in its address, as organization.")
        elif "groups" in refusal.details:
            problem = Message(
                "{dataset}: the portal refuses it because of its groups: {reason}",
                dataset=dataset,
                reason=refusal.text(),
            )
            remedy = Message(
                "Name a group that the account is a member of as groups in the configuration."
            )
        else:
            problem = Message(
                "{dataset}: the portal refuses this: {reason}",
                dataset=dataset,
                reason=refusal.text(),
            )
            remedy = Message("If the reason does not help, ask those who run the portal.")
        if left:
            remedy = Message(
                "{remedy} These files may already be the new ones: {files}. The next `publish`"
                " puts them right.",
                remedy=remedy,
                files=left,
            )
        return Problem(problem, remedy)

    @contextmanager
    def explaining(self, dataset: str) -> Iterator[None]:
        """Turns a refusal into a Problem."""
        try:
            yield
        except Refusal as refusal:
            raise self.refused(refusal, dataset) from None


def _size(number: int) -> Label:
    """A number of bytes as people read it."""
    return Label(de=size(number, "de"), en=size(number, "en"))
