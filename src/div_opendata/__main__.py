"""`python -m div_opendata`."""

from .cli.main import main

main()
