/**
 * One instance of the kernels and its linear memory: from `__heap_base` on lie the tables, and beyond them the arrays of the call that
 * is being computed. Memory that a call needed and few others will is given back by starting over with a new instance.
 */
import type { Real, Table } from "@sig/core";
import { descriptionLength, Status } from "@sig/kernels";
import type { Job } from "./job.js";
import { TableSpace } from "./tableSpace.js";

/** What native/host.cpp exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<"i32">;
  _initialize(): void;
  frame(): number;
  plan(): Status;
  run(shared: number, scratch: number, withReports: number): Status;
}

const mostOperands = 6;
const mostTables = 12;

/** Places in the frame behind the description, in the order of native/host.cpp. */
const operandPlace = descriptionLength;
const tablePlace = operandPlace + mostOperands;
const lengthPlace = tablePlace + mostTables;
const sharedBytesPlace = lengthPlace + mostTables;
const scratchBytesPlace = sharedBytesPlace + 1;
const frameLength = scratchBytesPlace + 1;

const alignment = 64;
const pageBytes = 65536;
const mostBytes = 65536 * pageBytes;
/** Memory that is kept between calls. */
const keptBytes = 64 * 2 ** 20;

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

export class Machine {
  private instance: Instance | undefined;

  /** `report` hears of progress, as a fraction, in calls that ask for it. */
  constructor(
    private readonly module: WebAssembly.Module,
    private readonly report: (fraction: number) => void = () => undefined,
  ) {}

  /** Performs the job, its outputs included; whatever it throws leaves the machine usable. */
  run(job: Job, withReports = false): Status {
    try {
      let status = this.current().run(job, withReports);
      if (status === Status.outOfMemory && this.current().holdsMoreThan(job.table)) {
        this.instance = undefined;
        status = this.current().run(job, withReports);
      }
      if (this.current().bytes > keptBytes) this.instance = undefined;
      return status;
    } catch (error) {
      this.instance = undefined;
      throw error;
    }
  }

  /** Drops the copy of a table, or of all. */
  forget(key: string | undefined): void {
    if (key === undefined) this.instance = undefined;
    else this.instance?.tables.remove(key);
  }

  private current(): Instance {
    return (this.instance ??= new Instance(this.module, this.report));
  }
}

class Instance {
  readonly tables: TableSpace;
  private readonly exports: Exports;
  private readonly frame: number;
  private float64 = new Float64Array();
  private float32 = new Float32Array();
  private int32 = new Int32Array();

  constructor(module: WebAssembly.Module, report: (fraction: number) => void) {
    const { exports } = new WebAssembly.Instance(module, { host: { report } });
    this.exports = exports as unknown as Exports;
    this.exports._initialize();
    this.tables = new TableSpace(aligned(this.exports.__heap_base.value));
    this.frame = this.exports.frame() / Float64Array.BYTES_PER_ELEMENT;
    this.refresh();
  }

  get bytes(): number {
    return this.float64.byteLength;
  }

  /** Whether tables lie here that a call with `table` does not need. */
  holdsMoreThan(table: Table | undefined): boolean {
    return this.tables.size > (table === undefined ? 0 : 1);
  }

  run({ fields, operands, inputs, outputs, table }: Job, withReports: boolean): Status {
    const frame = new Float64Array(frameLength);
    frame.set(fields.subarray(0, descriptionLength));
    if (table !== undefined && !this.placeTable(table, frame)) return Status.outOfMemory;

    let end = this.tables.end;
    for (let i = 0; i < inputs + outputs; i++) {
      const data = operands[i];
      if (!data) continue;
      frame[operandPlace + i] = end;
      end += aligned(data.byteLength);
    }
    if (!this.reserve(end)) return Status.outOfMemory;
    for (let i = 0; i < inputs; i++) if (operands[i]) this.view(operands[i]!).set(operands[i]!, this.place(operands[i]!, frame, i));
    this.float64.set(frame, this.frame);

    const planned = this.exports.plan();
    if (planned !== Status.ok) return planned;
    const scratch = end + aligned(this.float64[this.frame + sharedBytesPlace]!);
    if (!this.reserve(scratch + this.float64[this.frame + scratchBytesPlace]!)) return Status.outOfMemory;
    const status = this.exports.run(end, scratch, withReports ? 1 : 0);
    if (status !== Status.ok) return status;

    for (let i = inputs; i < inputs + outputs; i++) {
      const data = operands[i];
      if (!data) continue;
      const begin = this.place(data, frame, i);
      data.set(this.view(data).subarray(begin, begin + data.length));
    }
    return Status.ok;
  }

  /** The element at which an operand begins. */
  private place(data: Real, frame: Float64Array, i: number): number {
    return frame[operandPlace + i]! / data.BYTES_PER_ELEMENT;
  }

  private view(data: Real): Float64Array | Float32Array {
    return data instanceof Float64Array ? this.float64 : this.float32;
  }

  /** Finds or copies the arrays of the table and states them in the frame; false where there is no memory for them. */
  private placeTable({ key, arrays }: Table, frame: Float64Array): boolean {
    const known = this.tables.find(key);
    const bytes = arrays.reduce((sum, array) => sum + aligned(array.byteLength), 0);
    const begin = known ?? this.tables.add(key, bytes);
    if (!this.reserve(this.tables.end)) {
      this.tables.remove(key);
      return false;
    }
    let at = begin;
    arrays.forEach((array, i) => {
      if (known === undefined) {
        if (array instanceof Float64Array) this.float64.set(array, at / 8);
        else this.int32.set(array, at / 4);
      }
      frame[tablePlace + i] = at;
      frame[lengthPlace + i] = array.length;
      at += aligned(array.byteLength);
    });
    return true;
  }

  /** Memory up to the address `end`; false where there is none to be had. */
  private reserve(end: number): boolean {
    if (end <= this.bytes) return true;
    if (!(end <= mostBytes)) return false;
    try {
      this.exports.memory.grow(Math.ceil((end - this.bytes) / pageBytes));
    } catch {
      return false;
    }
    this.refresh();
    return true;
  }

  /** Views end with the buffer that growth replaces. */
  private refresh(): void {
    const { buffer } = this.exports.memory;
    this.float64 = new Float64Array(buffer);
    this.float32 = new Float32Array(buffer);
    this.int32 = new Int32Array(buffer);
  }
}
