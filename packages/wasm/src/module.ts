/**
 * The compiled modules, one for all instances and workers of a realm. Node compiles the one with its own memory when it is first needed,
 * a browser by `init`; the one for shared memory is loaded and compiled by `init` and by the promise form, where threads can share memory.
 */
import { SigError } from "@sig/core";
import { kernels as ownKernels } from "../generated/kernels.js";
import type { Kernels } from "./instance.js";
import { builtin } from "./node.js";

let own: Kernels | undefined;
let pendingOwn: Promise<Kernels> | undefined;
let shared: Kernels | undefined;
let pendingShared: Promise<Kernels | undefined> | undefined;
let sharedProblem: string | undefined;

/** The smallest module with a vector instruction. */
const vectorProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

interface Realm {
  readonly crossOriginIsolated?: boolean;
  readonly SharedArrayBuffer?: unknown;
  readonly WorkerGlobalScope?: unknown;
}
const realm: Realm = globalThis;

/** Why the kernels cannot run here, if so. */
export function wasmProblem(): string | undefined {
  if (typeof WebAssembly !== "object") return "there is no WebAssembly";
  return WebAssembly.validate(vectorProbe) ? undefined : "WebAssembly has no 128-bit SIMD here";
}

/** Why a call has one thread only, if so. */
export function threadsProblem(): string | undefined {
  if (sharedProblem !== undefined) return sharedProblem;
  if (builtin("node:worker_threads")) return undefined;
  if (realm.crossOriginIsolated !== true) return "the page is not cross-origin isolated";
  return realm.SharedArrayBuffer ? undefined : "there is no SharedArrayBuffer";
}

/** Whether the calling thread may wait for others: all but that of a page. */
export function mayWait(): boolean {
  return builtin("node:worker_threads") !== undefined || realm.WorkerGlobalScope !== undefined;
}

/**
 * The kernels for a synchronous call.
 *
 * @throws SigError (BACKEND_UNAVAILABLE) in a browser before `init` is done.
 */
export function kernelsNow(): Kernels {
  return shared && mayWait() ? shared : (own ??= compileInNode());
}

/** The kernels for a worker, compiled off the calling thread where the host can. */
export async function kernelsSoon(): Promise<Kernels> {
  return (await sharedSoon()) ?? (await ownSoon());
}

/** Compiles whatever calls of this realm can use. */
export async function prepare(): Promise<void> {
  await Promise.all(mayWait() ? [kernelsSoon()] : [ownSoon(), kernelsSoon()]);
}

/** Whether a synchronous call can be made. */
export function isCompiled(): boolean {
  return own !== undefined || (shared !== undefined && mayWait());
}

async function ownSoon(): Promise<Kernels> {
  if (own) return own;
  pendingOwn ??= compile(ownKernels).then((module) => (own = { module, shared: false }));
  return pendingOwn.finally(() => (pendingOwn = undefined));
}

/** Undefined where threads cannot share memory, or the module for it cannot be had. */
async function sharedSoon(): Promise<Kernels | undefined> {
  if (shared || threadsProblem() !== undefined) return shared;
  pendingShared ??= import("../generated/sharedKernels.js")
    .then(({ kernels }) => compile(kernels))
    .then((module) => (shared = { module, shared: true }))
    .catch((error: unknown) => {
      sharedProblem = `the kernels for shared memory could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
      return undefined;
    });
  return pendingShared;
}

function compileInNode(): Kernels {
  const bytes = decompressInNode(ownKernels);
  if (!bytes)
    throw new SigError("the wasm backend is not ready: await init() of @sig/wasm once, or use the promise form, which does so itself", {
      code: "BACKEND_UNAVAILABLE",
    });
  return { module: new WebAssembly.Module(bytes), shared: false };
}

function decompressInNode(kernels: string): Uint8Array<ArrayBuffer> | undefined {
  const zlib = builtin("node:zlib");
  const buffer = builtin("node:buffer");
  return zlib && buffer && zlib.gunzipSync(buffer.Buffer.from(kernels, "base64"));
}

async function compile(kernels: string): Promise<WebAssembly.Module> {
  const inNode = decompressInNode(kernels);
  if (inNode) return WebAssembly.compile(inNode);
  const bytes = Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}
