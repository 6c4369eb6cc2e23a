import type { Control } from "@sig/core";
import { Description, descriptionLength, TableNumbers, throwFailure, type Host } from "@sig/kernels";
import { promise } from "./job.js";
import type { Native } from "./native.js";

/** Places of what the addon reads behind the description (native/addon.cpp): its SIMD target and the number of a table or 0. */
const targetField = descriptionLength;
const tableField = descriptionLength + 1;

/** Performs described calls by the addon, which reads the description from memory that both sides keep. */
export class AddonHost implements Host {
  readonly description: Description;
  private readonly tables: TableNumbers;

  /** `target`: place of the SIMD target in `native.targets`. */
  constructor(
    private readonly native: Native,
    private readonly target: number,
  ) {
    this.tables = new TableNumbers(native);
    this.description = new Description(new Float64Array(native.description));
  }

  run(): void {
    this.complete();
    const { operands } = this.description;
    const status = this.native.run(operands[0]!, operands[1]!, operands[2]!, operands[3]!, operands[4]!, operands[5]!);
    this.description.clear();
    throwFailure(status, "cpu");
  }

  start(control: Control): Promise<void> {
    this.complete();
    const arrays = this.description.operands.slice();
    this.description.clear();
    return promise(this.native, arrays, control);
  }

  forget(key: string | undefined): void {
    this.tables.forget(key);
  }

  private complete(): void {
    const { fields, table } = this.description;
    fields[targetField] = this.target;
    fields[tableField] = this.tables.of(table);
  }
}
