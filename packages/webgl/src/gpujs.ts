/** gpu.js, loaded without a trace in the globals of the page. */
import { restorePageGlobals } from "./pageGlobals.js";
import { GPU, WebGL2Kernel } from "gpu.js";

restorePageGlobals();

export { GPU, WebGL2Kernel };
