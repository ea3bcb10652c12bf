"""The page's files: what they forbid, how long they may be kept, and what stands in for a missing map."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.web import pages


@pytest.fixture
async def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(pages.router)
    pages.mount(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/[^"]+)"', page)


async def test_page_forbids_other_origins_when_served(client: httpx.AsyncClient) -> None:
    for path in ("/", "/map", *(path.format(_space="ZD-01-001") for path in pages.SHEETS)):
        answer = await client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-cache"
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", answer.text)


async def test_files_may_be_kept_for_ever_when_their_address_names_their_content(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert len(addresses(page)) >= 5
    for address in addresses(page):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        again = await client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_worker_of_the_attendants_page_is_a_script_that_is_asked_for_anew_when_served(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/attendant_worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


async def test_modules_are_scripts_when_served(client: httpx.AsyncClient) -> None:
    script = next(address for address in addresses((await client.get("/")).text) if address.endswith("app.js"))
    assert (await client.get(script)).headers["content-type"].startswith("text/javascript")
    gone = await client.get(script.replace(script.split("/")[2], "0" * 12))
    assert gone.status_code == 404


async def test_page_knows_that_the_map_is_missing_when_no_library_was_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "is_complete", lambda: False)
    app = FastAPI()
    pages.mount(app)
    assert 'data-vendor=""' in app.state.map_page


def test_digest_moves_when_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = pages.folder_digest(tmp_path)
    (tmp_path / "a.js").write_text("2")
    assert pages.folder_digest(tmp_path) != before
