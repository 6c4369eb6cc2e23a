/** Checks what WebGL2 computes inside a worker of a page. */
import "@sig/webgl/register";
import { reportOn } from "./report.js";
import { served } from "./webglOperations.js";

await reportOn(served, "float32", "webgl");
