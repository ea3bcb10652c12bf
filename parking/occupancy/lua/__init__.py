"""Scripts that run inside the live store, each whole or not at all; found by name beside this file."""

from importlib.resources import files


def source(name: str) -> str:
    """The text of `<name>.lua`."""
    return files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
