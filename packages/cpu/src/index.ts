/** The CPU backend of the library: a native addon with SIMD kernels and threads of its own. */
import type { BackendEntry } from "@sig/core";
import { createCpu } from "./backend.js";

export { createCpu, type CpuSettings } from "./backend.js";

/** How the backend is registered; `@sig/cpu/register` does it. */
export const cpuEntry: BackendEntry = { name: "cpu", priority: 100, create: () => createCpu() };
