/** The compiled module, one for all instances and workers of a realm. Node compiles it when it is first needed, a browser by `init`. */
import { SigError } from "@sig/core";
import { kernels } from "../generated/kernels.js";
import { builtin } from "./node.js";

let compiled: WebAssembly.Module | undefined;
let pending: Promise<WebAssembly.Module> | undefined;

/** The smallest module with a vector instruction. */
const vectorProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** Why the kernels cannot run here, if so. */
export function wasmProblem(): string | undefined {
  if (typeof WebAssembly !== "object") return "there is no WebAssembly";
  return WebAssembly.validate(vectorProbe) ? undefined : "WebAssembly has no 128-bit SIMD here";
}

/** @throws SigError (BACKEND_UNAVAILABLE) in a browser before `init` is done. */
export function moduleNow(): WebAssembly.Module {
  return (compiled ??= compileInNode());
}

/** Compiles off the calling thread where the host can. */
export function moduleSoon(): Promise<WebAssembly.Module> {
  if (compiled) return Promise.resolve(compiled);
  return (pending ??= compile().finally(() => (pending = undefined)));
}

export function isCompiled(): boolean {
  return compiled !== undefined;
}

function compileInNode(): WebAssembly.Module {
  const zlib = builtin("node:zlib");
  const buffer = builtin("node:buffer");
  if (!zlib || !buffer)
    throw new SigError("the wasm backend is not ready: await init() of @sig/wasm once, or use the promise form, which does so itself", {
      code: "BACKEND_UNAVAILABLE",
    });
  return new WebAssembly.Module(zlib.gunzipSync(buffer.Buffer.from(kernels, "base64")));
}

async function compile(): Promise<WebAssembly.Module> {
  if (builtin("node:zlib")) return moduleNow();
  const bytes = Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  compiled = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  return compiled;
}
