"""`python -m api.cli`: how an installation starts its own processes, with or without an installed script."""

from api.cli.root import main

main()
