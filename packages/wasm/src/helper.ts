/** Takes part in calls of other threads, by an instance of its own in their memory. */
import { Gate } from "./gate.js";
import type { Exports, OpenCall } from "./instance.js";
import { keptBytes } from "./machine.js";
import { crashedHelper } from "./status.js";

export interface Help {
  /** Names the memory of the call among all that the helper is sent to. */
  readonly team: string;
  readonly call: OpenCall;
  /** The thread that the helper is, from 1 on. */
  readonly thread: number;
}

export class Helper {
  private known: { readonly team: string; readonly exports: Exports } | undefined;

  constructor(private readonly module: WebAssembly.Module) {}

  help({ team, call, thread }: Help): void {
    const gate = new Gate(call.memory, call.gate);
    if (!gate.enter(call.generation)) return;
    try {
      if (this.known?.team !== team) this.known = { team, exports: this.join(call.memory) };
      const { exports } = this.known;
      exports.__stack_pointer!.value = call.scratch + thread * call.stride;
      exports.work(thread);
    } catch {
      gate.end(crashedHelper);
      this.known = undefined;
    } finally {
      gate.exit();
    }
    if (call.memory.buffer.byteLength > keptBytes) this.known = undefined;
  }

  private join(memory: WebAssembly.Memory): Exports {
    const host = { report: () => undefined };
    return new WebAssembly.Instance(this.module, { host, env: { memory } }).exports as unknown as Exports;
  }
}
