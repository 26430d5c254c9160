"""Serves a CKAN on 127.0.0.1; runs in CKAN's environment: serve.py INI PORT."""

import sys
from logging.config import fileConfig

import waitress
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

ini, port = sys.argv[1:]
fileConfig(ini, disable_existing_loggers=False)
waitress.serve(
    make_app(CKANConfigLoader(ini).get_config()),
    listen=f"127.0.0.1:{port}",
    threads=8,
    connection_limit=1000,  # of clients that keep theirs open; beyond it nobody is answered
    asyncore_use_poll=True,
    max_request_body_size=4 << 30,
    channel_timeout=600,
)
