"""`python -m div_opendata`."""

from div_opendata.cli.main import main

main()
