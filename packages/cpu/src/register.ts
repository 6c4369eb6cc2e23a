/** Registers the CPU backend when imported. */
import { registerBackend } from "@sig/core";
import { cpuEntry } from "./index.js";

registerBackend(cpuEntry);
