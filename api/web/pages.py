"""The pages and the files they load: the map, the page behind a space's code, the attendant's, those of operators.

Every file's address holds a digest of the folder it stands in, so browsers may keep it forever and a new release is
seen at once. A page itself is small, is asked for anew each time, and forbids anything from another origin.
"""

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import FileResponse, HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.web.vendor import VENDOR, is_complete

STATIC: Final = Path(__file__).parent / "static"
MEDIA_TYPES: Final = {".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
SHEETS: Final = {
    "/s/{_space}": ("space", "space"),
    "/attendant": ("attendant", "attendant"),
    "/operator": ("operator", "operator"),
    "/operator/tariffs": ("tariffs", "operator tariffs"),
    "/operator/money": ("operator_money", "operator"),
    "/operator/recovery": ("operator_recovery", "operator"),
    "/operator/rights": ("operator_rights", "operator"),
    "/operator/cases": ("operator_cases", "operator"),
    "/operator/devices": ("operator_devices", "operator"),
    "/operator/terminals": ("operator_terminals", "operator"),
    "/operator/health": ("operator_health", "operator"),
}
"""Pages that share one shell: the path of each, the script that fills it, and the classes of its body. The page behind
any code of a space is the same; its script says when there is no such space."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-cache",
    "Permissions-Policy": "geolocation=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Workers of MapLibre start from a blob; styles that a script sets on an element are not inline styles."""

router = APIRouter(include_in_schema=False)


class ImmutableFiles(StaticFiles):
    """Files under an address that names their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        if response.status_code == 200:  # noqa: PLR2004 - the HTTP status
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        media_type = MEDIA_TYPES.get(Path(path).suffix)
        if media_type is not None:
            response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
        return response


def folder_digest(folder: Path) -> str:
    """Return twelve hexadecimal digits that change with any file of `folder`."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _served_digest(folder: Path) -> str:
    """What a release serves does not change while its process runs, however many applications that makes."""
    return folder_digest(folder)


def mount(app: FastAPI) -> None:
    """Serve the page's files; without the browser libraries the page is told so and shows its list alone."""
    assets = f"/assets/{_served_digest(STATIC)}"
    app.mount(assets, ImmutableFiles(directory=STATIC), name="assets")
    vendor = ""
    if is_complete():
        vendor = f"/vendor/{_served_digest(VENDOR)}"
        app.mount(vendor, ImmutableFiles(directory=VENDOR), name="vendor")
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    app.state.map_page = page.replace("{assets}", assets).replace("{vendor}", vendor)
    shell = (STATIC / "sheet.html").read_text(encoding="utf-8")
    shell = shell.replace("{assets}", assets).replace("{vendor}", vendor)
    app.state.sheets = {
        name: shell.replace("{name}", name).replace("{classes}", classes) for name, classes in SHEETS.values()
    }


@router.get("/", response_class=HTMLResponse)
@router.get("/map", response_class=HTMLResponse)
async def map_page(request: Request) -> HTMLResponse:
    """Answer the page; it finds its data at `/v1` of the same origin."""
    return HTMLResponse(request.app.state.map_page, headers=HEADERS)


@router.get("/attendant_worker.js")
async def attendant_worker() -> FileResponse:
    """Answer the program that opens the attendant's page without a network; a browser asks for it at this address only."""
    return FileResponse(STATIC / "attendant_worker.js", media_type="text/javascript", headers=HEADERS)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Answer browsers that ask for the old name; the page names its own icon."""
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


def _sheet(name: str) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(request.app.state.sheets[name], headers=HEADERS)

    return page


for _path, (_name, _) in SHEETS.items():
    router.add_api_route(_path, _sheet(_name), response_class=HTMLResponse)
