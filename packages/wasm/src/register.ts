/** Registers the WebAssembly backend when imported. */
import { registerBackend } from "@sig/core";
import { wasmEntry } from "./index.js";

registerBackend(wasmEntry);
