/** Registers the CUDA backend when imported. */
import { registerBackend } from "@sig/core";
import { cudaEntry } from "./index.js";

registerBackend(cudaEntry);
