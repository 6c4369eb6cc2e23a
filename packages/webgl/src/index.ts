/** The WebGL2 backend of the library: float32 on the graphics processor, in pages and their workers. */
import type { BackendEntry } from "@sig/core";
import { createWebgl, webglProblem } from "./backend.js";

export { createWebgl, webglTable } from "./backend.js";

/** How the backend is registered; `@sig/webgl/register` does it. */
export const webglEntry: BackendEntry = { name: "webgl", priority: 75, dtypes: ["float32"], create: createWebgl };

/** Whether the backend works here, and if not why. Makes the graphics context, which the first call would make. */
export function isAvailable(): { readonly available: true } | { readonly available: false; readonly reason: string } {
  const reason = webglProblem();
  return reason === undefined ? { available: true } : { available: false, reason };
}
