// Opens a built page in Chromium, as its visitors get it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright";
import { findChromium } from "./chromium.mjs";

const types = { ".html": "text/html", ".js": "text/javascript" };
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The text of the page's `output` element once it has one; `isolated` lets its threads share memory. Throws what the page throws. */
export async function textOf(folder, isolated) {
  const server = createServer((request, response) => {
    const name = request.url === "/" ? "index.html" : request.url.slice(1);
    readFile(join(folder, name)).then(
      (body) => response.writeHead(200, { "Content-Type": types[extname(name)] ?? "text/plain", ...(isolated ? isolation : {}) }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: findChromium() });
  try {
    const page = await browser.newPage();
    const thrown = new Promise((_, reject) => page.on("pageerror", reject));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const shown = page.waitForFunction("document.querySelector('output')?.textContent", undefined, { timeout: 60_000 });
    return await (await Promise.race([shown, thrown])).jsonValue();
  } finally {
    await browser.close();
    server.close();
  }
}
