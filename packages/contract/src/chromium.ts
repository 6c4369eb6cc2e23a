import { existsSync } from "node:fs";

/** The Chromium that runs the suite's pages: `SIG_CHROMIUM`, or where systems install it. */
export function findChromium(): string | undefined {
  const places = [process.env["SIG_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"];
  return places.find((place) => place && existsSync(place));
}
