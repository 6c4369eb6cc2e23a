import { afterEach, describe, expect, test, vi } from "vitest";
import { discoverInstalled } from "../src/backends.js";

/** Lets `require` behave as `load` says; `resolve` finds the file only from places that `sees` accepts. */
function installed(sees: (place: string) => boolean, load: (file: string) => unknown): void {
  const createRequire = (place: string) =>
    Object.assign(load, {
      resolve: (file: string) => {
        if (!sees(place)) throw new Error(`Cannot find module '${file}'`);
        return file;
      },
    });
  vi.stubGlobal("process", { argv: ["node", "/home/me/main.js"], getBuiltinModule: () => ({ createRequire }) });
}

describe("looking for installed backends", () => {
  const webgl = "it needs WebGL2, which a browser has";
  afterEach(() => vi.unstubAllGlobals());

  test("loads the register module of each", () => {
    const load = vi.fn();
    installed(() => true, load);
    expect(discoverInstalled()).toEqual({ webgl });
    expect(load.mock.calls).toEqual([["@sig/cpu/register"], ["@sig/wasm/register"], ["@sig/cuda/register"]]);
    vi.stubGlobal("WebGL2RenderingContext", vi.fn());
    expect(discoverInstalled()).toEqual({});
    expect(load).toHaveBeenLastCalledWith("@sig/webgl/register");
  });

  test("looks from the main program too", () => {
    const load = vi.fn();
    installed((place) => place === "/home/me/main.js", load);
    expect(discoverInstalled()).toEqual({ webgl });
    expect(load).toHaveBeenCalledTimes(3);
  });

  test("says what is not installed, and what cannot be loaded", () => {
    const load = vi.fn(() => {
      throw new Error("wrong processor");
    });
    installed(() => false, load);
    expect(discoverInstalled()).toEqual({
      cpu: "it is not installed (npm install @sig/cpu)",
      wasm: "it is not installed (npm install @sig/wasm)",
      cuda: "it is not installed (npm install @sig/cuda)",
      webgl,
    });
    installed(() => true, load);
    expect(discoverInstalled()).toEqual({
      cpu: "it is installed but cannot be loaded: wrong processor",
      wasm: "it is installed but cannot be loaded: wrong processor",
      cuda: "it is installed but cannot be loaded: wrong processor",
      webgl,
    });
  });

  test("finds nothing where there is no Node", () => {
    vi.stubGlobal("process", undefined);
    expect(discoverInstalled()).toEqual({});
    vi.stubGlobal("process", { env: {} });
    expect(discoverInstalled()).toEqual({});
  });
});
