import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { logSig, lyndonWords, sig, sigKernel, words } from "@sig/api";
import { type Browser, type Page, chromium } from "playwright";
import { preview, type PreviewServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.mjs";
import { reportSkip } from "../src/skips.js";
import { wasm } from "../src/targets.js";

const root = fileURLToPath(new URL("../../../examples/playground/", import.meta.url));
const reports = fileURLToPath(new URL("../../../build/reports/", import.meta.url));
const executablePath = findChromium();
if (!executablePath) reportSkip("examples/playground", "there is no Chromium", true);

/** Where the mouse goes, in pixels of the board. */
const first = Array.from({ length: 40 }, (_, t) => [100 + 9 * t, 200 - Math.round(120 * Math.sin(t / 6))] as const);
const second = Array.from({ length: 25 }, (_, t) => [500 - 12 * t, 120 + ((t * t) % 90)] as const);

/** The page's own unit: a third of the board's width of 600. */
const points = (stroke: typeof first): number[][] => stroke.map(([x, y]) => [x / 200, (400 - y) / 200]);

describe.skipIf(!executablePath || !wasm)("examples/playground", () => {
  let server: PreviewServer, browser: Browser, page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    server = await preview({ root, logLevel: "silent", preview: { port: 0 } });
    browser = await chromium.launch({ executablePath: executablePath! });
    page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForSelector("#signature li");
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  async function drawOn(stroke: typeof first): Promise<void> {
    const { x, y } = (await page.locator("#board").boundingBox())!;
    // Within its border of one pixel.
    const [start, ...rest] = stroke.map(([right, down]) => [x + 1 + right, y + 1 + down] as const);
    await page.mouse.move(...start!);
    await page.mouse.down();
    for (const place of rest) await page.mouse.move(...place);
    await page.mouse.up();
  }

  const numbersOf = async (list: string): Promise<number[]> => (await page.locator(`#${list} .value`).allTextContents()).map(Number);
  const labelsOf = (list: string): Promise<string[]> => page.locator(`#${list} li span:first-child`).allTextContents();
  const spelt = (list: readonly (readonly number[])[]): string[] => list.map((word) => word.map((letter) => letter + 1).join(" "));

  function expectNear(shown: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
    const largest = Math.max(1, ...Array.from(expected, Math.abs));
    expect(shown).toHaveLength(expected.length);
    for (const [i, value] of shown.entries()) expect(Math.abs(value - expected[i]!), String(i)).toBeLessThan(tolerance * largest);
  }

  it("shows signature and log-signature of what is drawn, with their words", async () => {
    await drawOn(first);
    expect(await labelsOf("signature")).toEqual(spelt(words(2, 3).slice(1)));
    expect(await labelsOf("logSignature")).toEqual(spelt(lyndonWords(2, 3)));
    expectNear(await numbersOf("signature"), sig(points(first), 3).data, 1e-4);
    expectNear(await numbersOf("logSignature"), logSig(points(first), 3, { method: 1 }).data, 1e-4);
    expect(await computedBy()).toEqual(["wasm", "wasm"]);
  });

  it("compares it with a second path", async () => {
    await page.check("input[value=second]");
    await drawOn(second);
    const expected = sigKernel(points(first), points(second), { dyadicOrder: 1, normalize: true }).data[0]!;
    expect(Number(await page.locator("#kernel").textContent())).toBeCloseTo(expected, 5);
    expectNear(await numbersOf("signature"), sig(points(first), 3).data, 1e-4);
  });

  const computedBy = (): Promise<string[]> => page.locator("#timings td:nth-child(2)").allTextContents();

  it("follows the settings", async () => {
    await page.locator("input[name=degree]").fill("5");
    await page.selectOption("select[name=dtype]", "float32");
    expect(await labelsOf("logSignature")).toEqual(spelt(lyndonWords(2, 5)));
    expectNear(await numbersOf("signature"), sig(points(first), 5).data, 1e-4);
    expect(await computedBy()).toEqual(["wasm", "wasm", "wasm"]);
  });

  it("changes the backend while it runs", async () => {
    await page.selectOption("select[name=backend]", "webgl");
    await page.waitForFunction(() => document.querySelector("#timings td:nth-child(2)")?.textContent === "webgl");
    expect(await computedBy()).toEqual(["webgl", "webgl", "webgl"]);
    expectNear(await numbersOf("signature"), sig(points(first), 5).data, 1e-4);
    await page.selectOption("select[name=dtype]", "float64");
    expect(await computedBy()).toEqual(["wasm", "wasm", "wasm"]);
    await page.selectOption("select[name=dtype]", "float32");
    mkdirSync(reports, { recursive: true });
    const image = await page.screenshot({ path: `${reports}playground.png` });
    expect(image.length).toBeGreaterThan(20_000);
    expect(await page.locator("#problem").textContent()).toBe("");
    expect(errors).toEqual([]);
  });
});
