/** The built-in modules of Node that are used here, found without importing any. */
interface Builtins {
  "node:zlib": { gunzipSync(data: Uint8Array): Uint8Array<ArrayBuffer> };
  "node:buffer": { Buffer: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } };
  "node:worker_threads": {
    readonly parentPort: NodePort | null;
    readonly Worker: new (program: string, options: { eval: true; execArgv: string[]; env: object }) => NodeWorker;
  };
}

export interface NodePort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: "message", listener: (message: unknown) => void): void;
}

export interface NodeWorker extends NodePort {
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

/** Undefined where there is no Node. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}
