/**
 * One instance of the kernels and its linear memory: from `__heap_base` on lie the tables, and beyond them the arrays and the working
 * memory of the call that is being computed.
 */
import type { Real, Table } from "@sig/core";
import { descriptionLength, Status } from "@sig/kernels";
import { Gate } from "./gate.js";
import type { Job } from "./job.js";
import { TableSpace } from "./tableSpace.js";

/** A compiled module: its memory is its own, or shared by the threads of a call. */
export interface Kernels {
  readonly module: WebAssembly.Module;
  readonly shared: boolean;
}

/** What native/host.cpp exports. */
export interface Exports {
  /** Where it is the instance's own. */
  readonly memory?: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<"i32">;
  /** Where memory is shared. */
  readonly __stack_pointer?: WebAssembly.Global<"i32">;
  _initialize(): void;
  frame(): number;
  gate(): number;
  plan(threads: number): Status;
  open(shared: number, scratch: number, stride: number, withReports: number): void;
  work(thread: number): Status;
}

/** A call that helpers may take part in. */
export interface OpenCall {
  readonly memory: WebAssembly.Memory;
  /** Tells the memories of a realm apart. */
  readonly memoryNumber: number;
  readonly gate: number;
  readonly generation: number;
  /** How many can help; they are the threads from 1 on. */
  readonly helpers: number;
  /** The stack of helper i ends where its scratch begins, at `scratch + i * stride`. */
  readonly scratch: number;
  readonly stride: number;
}

/** What the one who runs a call hears on the way. */
export interface Listener {
  /** Progress, as a fraction, in calls that ask for it. */
  report(fraction: number): void;
  /** Brings helpers, who may come late or not at all. */
  recruit(call: OpenCall): void;
}

export interface RunOptions {
  readonly threads: number;
  readonly withReports: boolean;
}

const mostOperands = 6;
const mostTables = 12;

/** Places in the frame behind the description, in the order of native/host.cpp. */
const operandPlace = descriptionLength;
const tablePlace = operandPlace + mostOperands;
const lengthPlace = tablePlace + mostTables;
const sharedBytesPlace = lengthPlace + mostTables;
const scratchBytesPlace = sharedBytesPlace + 1;
const usefulThreadsPlace = scratchBytesPlace + 1;
const frameLength = usefulThreadsPlace + 1;

const alignment = 64;
const pageBytes = 65536;
const mostBytes = 65536 * pageBytes;
/** The stack of a helper. */
const stackBytes = 2 ** 18;

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

let memories = 0;

/** As large as the platform lets it grow. */
function sharedMemory(initial: number): WebAssembly.Memory {
  for (let maximum = 65535; ; maximum >>= 1) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (error) {
      if (maximum <= 4096) throw error;
    }
  }
}

/** Pages that the module with shared memory begins with: its stack and data. */
const firstPages = 64;

export class Instance {
  readonly tables: TableSpace;
  private readonly memory: WebAssembly.Memory;
  private readonly memoryNumber = ++memories;
  private readonly exports: Exports;
  private readonly frame: number;
  private float64 = new Float64Array();
  private float32 = new Float32Array();
  private int32 = new Int32Array();

  constructor(
    private readonly kernels: Kernels,
    private readonly listener: Listener,
  ) {
    const { module, shared } = kernels;
    const memory = shared ? sharedMemory(firstPages) : undefined;
    const host = { report: (fraction: number) => listener.report(fraction) };
    this.exports = new WebAssembly.Instance(module, { host, env: memory ? { memory } : {} }).exports as unknown as Exports;
    this.exports._initialize();
    this.memory = memory ?? this.exports.memory!;
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

  run({ fields, operands, inputs, outputs, table }: Job, options: RunOptions): Status {
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

    const planned = this.exports.plan(this.kernels.shared ? options.threads : 1);
    const status = planned === Status.ok ? this.compute(end, options) : planned;
    if (status !== Status.ok) return status;

    for (let i = inputs; i < inputs + outputs; i++) {
      const data = operands[i];
      if (!data) continue;
      const begin = this.place(data, frame, i);
      data.set(this.view(data).subarray(begin, begin + data.length));
    }
    return Status.ok;
  }

  /** Performs the planned call with working memory from the address `end` on. */
  private compute(end: number, { withReports }: RunOptions): Status {
    const answer = (place: number): number => this.float64[this.frame + place]!;
    const scratch = end + aligned(answer(sharedBytesPlace));
    const stride = aligned(answer(scratchBytesPlace)) + stackBytes;
    let helpers = answer(usefulThreadsPlace) - 1;
    if (!this.reserve(scratch + (helpers + 1) * stride)) helpers = 0;
    if (!this.reserve(scratch + answer(scratchBytesPlace))) return Status.outOfMemory;
    this.exports.open(end, scratch, stride, withReports ? 1 : 0);
    if (helpers === 0) return this.exports.work(0);

    const { memory, memoryNumber } = this;
    const address = this.exports.gate();
    const gate = new Gate(memory, address);
    const generation = gate.open();
    try {
      this.listener.recruit({ memory, memoryNumber, gate: address, generation, helpers, scratch, stride });
      return this.exports.work(0);
    } catch (error) {
      gate.end(Status.stopped);
      throw error;
    } finally {
      gate.close();
    }
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
      this.memory.grow(Math.ceil((end - this.bytes) / pageBytes));
    } catch {
      return false;
    }
    this.refresh();
    return true;
  }

  /** Views end with the buffer that growth replaces. */
  private refresh(): void {
    const { buffer } = this.memory;
    this.float64 = new Float64Array(buffer);
    this.float32 = new Float32Array(buffer);
    this.int32 = new Int32Array(buffer);
  }
}
