"""The `parking` command: a table of commands, each loaded only when it is called."""

from api.cli.root import main

__all__ = ["main"]
