"""Makes the people of a fresh CKAN, its organisation and its tokens; runs in CKAN's environment:
prepare.py INI FOLDER, with password and people as JSON on standard input; the first is sysadmin.
"""

import json
import sys
from pathlib import Path

from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.plugins.toolkit import get_action

TEN_YEARS = {"expires_in": 3650, "unit": 86400}

ini, folder = sys.argv[1], Path(sys.argv[2])
wanted = json.load(sys.stdin)
sysadmin = wanted["people"][0]
app = make_app(CKANConfigLoader(ini).get_config())


def act(action, **data):
    """What the action answers to somebody who may do everything."""
    return get_action(action)({"ignore_auth": True, "user": sysadmin}, data)


def token(user, name):
    """Make a token that lives for years, and keep it."""
    made = get_action("api_token_create")(
        {"ignore_auth": True, "user": user}, {"user": user, "name": name, **TEN_YEARS}
    )
    (folder / f"{name}.token").write_text(made["token"] + "\n", encoding="utf-8")


with app._wsgi_app.test_request_context():  # noqa: SLF001 - as CKAN's own commands do
    for name in wanted["people"]:
        act(
            "user_create",
            name=name,
            fullname=name.title(),
            email=f"{name}@musterstadt.example",
            password=wanted["password"],
        )
    model.User.get(sysadmin).sysadmin = True
    model.Session.commit()
    act(
        "organization_create",
        name=wanted["organization"],
        title="Stadt Musterstadt",
        users=[{"name": sysadmin, "capacity": "admin"}]
        + [{"name": name, "capacity": "editor"} for name in wanted["editors"]],
    )
    for name, user in wanted["tokens"].items():
        token(user, name)
