"""`python -m div_opendata`."""

from .cli import main

main()
