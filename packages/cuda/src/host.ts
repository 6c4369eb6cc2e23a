import { SigError } from "@sig/core";
import type { Control } from "@sig/core";
import { Description, descriptionLength, TableNumbers, throwFailure, type Host, type Status } from "@sig/kernels";
import { promise } from "./job.js";
import type { Native } from "./native.js";

/** Place of what the addon reads behind the description (native/addon.cpp): the number of a table or 0. */
const tableField = descriptionLength;

/** Performs described calls by the addon, which reads the description from memory that both sides keep. */
export class CudaHost implements Host {
  readonly description: Description;
  private readonly tables: TableNumbers;

  constructor(private readonly native: Native) {
    this.tables = new TableNumbers(native);
    this.description = new Description(new Float64Array(native.description));
  }

  run(): void {
    const { fields, operands, table } = this.description;
    let status: Status;
    try {
      fields[tableField] = this.tables.of(table);
      status = this.native.run(operands[0]!, operands[1]!, operands[2]!, operands[3]!, operands[4]!, operands[5]!);
    } catch (cause) {
      throw deviceFailed(cause instanceof Error ? cause.message : String(cause), cause);
    } finally {
      this.description.clear();
    }
    throwFailure(status, "cuda");
  }

  async start(control: Control): Promise<void> {
    const { fields, operands, table } = this.description;
    control.signal?.throwIfAborted();
    fields[tableField] = this.tables.of(table);
    const arrays = operands.slice();
    this.description.clear();
    await promise(this.native, arrays, control);
  }

  forget(key: string | undefined): void {
    this.tables.forget(key);
  }
}

export function deviceFailed(message: string, cause?: unknown): SigError {
  return new SigError(`the CUDA device failed: ${message}`, { code: "INTERNAL", cause });
}
