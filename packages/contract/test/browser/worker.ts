/** Checks every operation of WebAssembly inside a worker of a page. */
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import { operations } from "../../src/operations/index.js";
import { reportOn } from "./report.js";

await init();
await reportOn(operations, "float64", "wasm");
