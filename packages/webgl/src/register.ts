/** Registers the WebGL2 backend when imported. */
import { registerBackend } from "@sig/core";
import { webglEntry } from "./index.js";

registerBackend(webglEntry);
