import type { Control } from "@sig/core";
import { Description, descriptionLength, type Host, type Status } from "@sig/kernels";
import { Machine } from "./machine.js";
import { kernelsNow } from "./module.js";
import { promise } from "./promise.js";
import { crashed, throwFailure } from "./status.js";
import { forgetTables, invite, release } from "./workers.js";

/** Performs described calls: at once on an instance of its own, promised ones on workers. */
export class WasmHost implements Host {
  readonly description = new Description(new Float64Array(descriptionLength));
  private machine: Machine | undefined;

  /** `workers`: how many of them there may be at a time. */
  constructor(private readonly workers: number) {}

  run(): void {
    const { description, workers } = this;
    let status: Status;
    try {
      status = this.current().run(description, { threads: workers, withReports: false });
    } catch (error) {
      throw error instanceof WebAssembly.RuntimeError ? crashed(error) : error;
    } finally {
      release(undefined);
      description.clear();
    }
    throwFailure(status);
  }

  start(control: Control): Promise<void> {
    const { fields, operands, inputs, outputs, table } = this.description;
    const job = { fields: fields.slice(), operands: operands.slice(), inputs, outputs, table };
    this.description.clear();
    return promise(job, this.workers, control);
  }

  forget(key: string | undefined): void {
    this.machine?.forget(key);
    forgetTables(key);
  }

  private current(): Machine {
    const kernels = kernelsNow();
    if (this.machine?.kernels !== kernels)
      this.machine = new Machine(kernels, {
        report: () => undefined,
        // The calling thread is one of those that compute.
        recruit: (call) => invite(call, { kernels, limit: this.workers - 1, leader: undefined }),
      });
    return this.machine;
  }
}
