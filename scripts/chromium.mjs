import { existsSync } from "node:fs";

/** The Chromium that tests open pages in: `SIG_CHROMIUM`, or where systems install it; undefined where there is none. */
export function findChromium() {
  return [process.env.SIG_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((place) => place && existsSync(place));
}
