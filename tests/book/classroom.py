"""A class opens lab 1 at the same time and runs its first figure: how long does it take?

Usage: python tests/book/classroom.py [readers] [seconds between two of them]

It takes the built book with all of Python (`make live-wheels`, then `make book`), serves it from
one static server, and opens it in that many contexts of one Chromium, each with its own storage,
its own cache and its own Python. A class has thirty computers and one server. Here all share the
processors of this machine, so the times are those of the crowd; the readers start one after the
other. It is run by hand, not by the tests.
"""

import asyncio
import os
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from conftest import QuietHandler, serving
from places import ROOT
from playwright.async_api import async_playwright

import chromium
from chapter import Chapter

SITE = ROOT / "build" / "_build" / "html"
LAB = next((ROOT / "course" / "labs").glob("lab1-*.ipynb"))
TIMEOUT = 20 * 60 * 1000  # milliseconds


class CountingHandler(QuietHandler):
    """A static server that counts what it has sent."""

    sent = requests = 0
    lock = threading.Lock()

    def copyfile(self, source, outputfile):
        with self.lock:
            CountingHandler.requests += 1
            CountingHandler.sent += os.fstat(source.fileno()).st_size
        super().copyfile(source, outputfile)


async def read(browser, address: str, wait: float) -> tuple[float, float]:
    """Open the lab and run its first figure; return the seconds until each is there."""
    await asyncio.sleep(wait)
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(TIMEOUT)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    start = time.perf_counter()
    await page.goto(f"{address}course/labs/{LAB.stem}.html", wait_until="load")
    opened = time.perf_counter() - start
    cell = page.locator("div.cell").nth(Chapter(LAB).figures[0].cell - 1)
    await cell.get_by_role("button", name="Run").click()
    await cell.locator(".live-note").get_by_text("your result").wait_for()
    await cell.locator(".cell_output img[src^='data:image/png']").wait_for()
    drawn = time.perf_counter() - start - opened
    if errors:
        raise RuntimeError(f"the page has failed: {errors}")
    print(f"opened in {opened:.1f} s, figure after {drawn:.0f} s", flush=True)
    return opened, drawn  # its context stays open, as in a class


def memory() -> int:
    """Return the memory of all processes of Chromium, in MB; what they share is counted once."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=" in (process / "cmdline").read_bytes():
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += next(int(it.split()[1]) for it in lines if it.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # it has ended, or is not ours
    return total // 1024


async def run(readers: int, between: float) -> None:
    with serving(SITE, CountingHandler) as address:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium.path(), args=["--no-sandbox"]
            )
            before, start = memory(), time.perf_counter()
            waits = [between * number for number in range(readers)]
            found = await asyncio.gather(*(read(browser, address, it) for it in waits))
            took, used = time.perf_counter() - start, memory() - before
            await browser.close()
    print(
        f"{readers} readers, one every {between:.0f} s, {os.cpu_count()} processors: {took:.0f} s"
    )
    for name, times in zip(("page open", "first figure"), zip(*found, strict=True), strict=True):
        print(
            f"{name}: median {statistics.median(times):.1f} s, "
            f"from {min(times):.1f} to {max(times):.1f} s"
        )
    sent = CountingHandler.sent / readers / 1e6
    print(f"for each: {CountingHandler.requests / readers:.0f} files, {sent:.0f} MB sent")
    print(f"for each: {used / readers:.0f} MB of memory in the browser")


if __name__ == "__main__":
    numbers = [float(it) for it in sys.argv[1:]]
    asyncio.run(run(int(numbers[0]) if numbers else 30, numbers[1] if numbers[1:] else 10))
