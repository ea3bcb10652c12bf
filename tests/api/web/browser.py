"""A real browser on the page, with eyes: what a visitor sees is asked of the picture, not of the script."""

import base64
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: Final = (1280, 800)
PHONE: Final = (390, 844)
FEWEST_PIXELS: Final = 6
"""Of one colour, to be an icon and not an edge."""
STATES: Final = ("free", "occupied", "unknown", "restricted", "stale")

_TALLY: Final = """
async ({picture, names}) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const sheet = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  const pen = sheet.getContext("2d", {willReadFrequently: true});
  const style = getComputedStyle(document.documentElement);
  const colours = names.map((name) => {
    pen.fillStyle = style.getPropertyValue(`--${name}`);
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  });
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, image.width, image.height).data;
  const tally = Object.fromEntries(names.map((name) => [name, 0]));
  for (let at = 0; at < data.length; at += 4) {
    names.forEach((name, index) => {
      const distance = [0, 1, 2].reduce((sum, part) => sum + Math.abs(colours[index][part] - data[at + part]), 0);
      if (distance < 36) tally[name] += 1;
    });
  }
  return tally;
}
"""
"""How many pixels of a picture have the colour of each state."""


def browser_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def may_do_without() -> bool:
    """Whether the browser tests may be left out: only where there is no browser, and never in continuous integration."""
    return browser_path() is None and os.environ.get("CI") != "true"


@dataclass
class Visit:
    """One open page; `complaints` are errors that the browser's console has shown."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    async def open(self, port: int, path: str = "/") -> None:
        """Go to the page and wait for its list and for the map's labels."""
        await self.page.goto(f"http://127.0.0.1:{port}{path}")
        await self.page.wait_for_selector(".row")
        await self.page.wait_for_selector(".label", state="attached")

    async def show_space(self, zone_id: str, space_id: str) -> None:
        """Open the details of a space and bring it into the middle of the map."""
        await self.page.click(f'.row[data-zone="{zone_id}"]')
        await self.page.click(f'.spaces [data-focus="{space_id}"]')
        await self.page.click('[data-focus="locate"]')

    async def seen_at_middle(self) -> str:
        """The state whose colour the icon in the middle of the map has: the one with the most pixels there."""
        box = await self.page.locator("#map canvas").bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        clip = {"x": middle[0] - 7, "y": middle[1] - 7, "width": 14.0, "height": 14.0}
        picture = base64.b64encode(await self.page.screenshot(clip=clip)).decode()  # type: ignore[arg-type]
        tally = await self.page.evaluate(_TALLY, {"picture": f"data:image/png;base64,{picture}", "names": list(STATES)})
        seen = max(STATES, key=lambda name: tally[name])
        return seen if tally[seen] >= FEWEST_PIXELS else "nothing"

    async def text(self, selector: str) -> str:
        return (await self.page.locator(selector).first.inner_text()).strip()


IN_A_BROWSER: Final = [
    pytest.mark.service,
    pytest.mark.browser,
    pytest.mark.skipif(may_do_without(), reason="no Chromium is installed"),
    # A started browser can be spoken to from one event loop only.
    pytest.mark.asyncio(loop_scope="package"),
]
"""Of a file whose tests open pages; its fixtures run in the same loop."""


@asynccontextmanager
async def started_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(
    browser: Browser,
    size: tuple[int, int] = DESKTOP,
    language: str = "en-GB",
    scheme: str = "light",
    agent: str | None = None,
) -> AsyncIterator[Visit]:
    """A fresh visitor, in Zibo, who shares nothing with others. Movements are off, so that pictures are still."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        timezone_id="Asia/Shanghai",
        user_agent=agent,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    try:
        page = await context.new_page()
        opened = Visit(page)
        page.on("console", opened.note)
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened
    finally:
        await context.close()
