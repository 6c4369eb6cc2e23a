/**
 * How a call reaches the addon: its numbers in one array that both sides keep (native/descriptor.hpp), its operands in fixed slots.
 * The family modules fill it in; afterwards `run` or `start` performs the call.
 */
import type {
  BranchedScheme,
  Control,
  Correction,
  Dtype,
  KernelPairs,
  KernelScheme,
  Levels,
  Real,
  StaticKernelForm,
  Table,
} from "@sig/core";
import { getMemoryLimit } from "@sig/core";
import { promise } from "./job.js";
import type { Native } from "./native.js";
import { throwFailure } from "./status.js";

/** `sig_operation` of sig_kernels.h. */
export enum Operation {
  transformPath,
  transformPathBackprop,
  sig,
  sigBackprop,
  sigCombine,
  sigCombineBackprop,
  sigJoin,
  sigJoinBackprop,
  sigInverse,
  sigCoef,
  sigCoefBackprop,
  extractSigCoef,
  extractSigCoefBackprop,
  sigToLogSig,
  sigToLogSigBackprop,
  logSigToSig,
  logSigToSigBackprop,
  logSigCombine,
  logSigCombineBackprop,
  logSigJoin,
  logSigJoinBackprop,
  logSigBch,
  logSigBchBackprop,
  sigKernel,
  sigKernelBackprop,
  incrementKernel,
  incrementKernelBackprop,
  largestIncrement,
  branchedSig,
  branchedSigBackprop,
  branchedSigCombine,
  branchedSigCombineBackprop,
  branchedSigKernel,
  branchedSigKernelBackprop,
  branchedIncrementKernel,
  branchedIncrementKernelBackprop,
  branchedSigToLogSig,
  branchedSigToLogSigBackprop,
  branchedLogSigToSig,
  branchedLogSigToSigBackprop,
  sparseMap,
}

/** `sig_flag` of sig_kernels.h, or-ed. */
export enum Flag {
  none = 0,
  timeAug = 1,
  leadLag = 2,
  prepend = 4,
  stream = 8,
  direct = 16,
  gram = 32,
  triangle = 64,
  grid = 128,
}

/** `sig_static_kernel` of sig_kernels.h. */
const staticKernels: Readonly<Record<StaticKernelForm["name"], number>> = {
  linear: 0,
  rbf: 1,
  polynomial: 2,
  matern12: 3,
  matern32: 4,
  matern52: 5,
  rationalQuadratic: 6,
};

/** Places in the descriptor array. */
enum Field {
  operation,
  dtype,
  flags,
  method,
  batch,
  length,
  dimension,
  degree,
  correctionDegree,
  correctionLayout,
  endTime,
  batchY,
  lengthY,
  dyadicX,
  dyadicY,
  staticKernel,
  staticParameters,
  secondStaticParameter,
  thirdStaticParameter,
  scalars,
  inputs,
  outputs,
  target,
  threads,
  memoryLimit,
  table,
}

/** Bytes that a call may work with even where the ceiling on what it allocates is lower. */
const ownMemory = 2 ** 26;

const mostInputs = 4;
const mostOperands = 6;
const correctionLayouts = { row: 1, segment: 2, batch: 3 };

interface AnyCall {
  readonly dtype: Dtype;
  readonly batch: number;
  readonly threads: number;
}

interface AnyPath {
  readonly length: number;
  readonly dimension: number;
  readonly timeAug: boolean;
  readonly leadLag: boolean;
  readonly endTime?: number;
}

export class Descriptor {
  private readonly fields: Float64Array;
  private readonly operands: (Real | null)[] = new Array<Real | null>(mostOperands).fill(null);
  private readonly tables = new Map<string, number>();
  private inputs = 0;
  private outputs = 0;

  /** `target`: place of the SIMD target in `native.targets`. */
  constructor(
    private readonly native: Native,
    private readonly target: number,
  ) {
    this.fields = new Float64Array(native.descriptor);
  }

  /** The first step: whatever the later ones do not set is zero. */
  begin(operation: Operation, call: AnyCall, flags: number): void {
    const { fields } = this;
    fields.fill(0);
    fields[Field.operation] = operation;
    fields[Field.dtype] = call.dtype === "float64" ? 1 : 0;
    fields[Field.flags] = flags;
    fields[Field.batch] = call.batch;
    fields[Field.target] = this.target;
    fields[Field.threads] = call.threads;
    fields[Field.memoryLimit] = Math.max(getMemoryLimit(), ownMemory);
    this.inputs = 0;
    this.outputs = 0;
  }

  path(call: AnyPath): void {
    const { fields } = this;
    fields[Field.length] = call.length;
    fields[Field.dimension] = call.dimension;
    fields[Field.endTime] = call.endTime ?? 0;
    fields[Field.flags]! |= (call.timeAug ? Flag.timeAug : 0) | (call.leadLag ? Flag.leadLag : 0);
  }

  algebra(call: { readonly dimension: number; readonly degree: number }): void {
    this.fields[Field.dimension] = call.dimension;
    this.fields[Field.degree] = call.degree;
  }

  degree(degree: number): void {
    this.fields[Field.degree] = degree;
  }

  method(method: number): void {
    this.fields[Field.method] = method;
  }

  rowLength(length: number): void {
    this.fields[Field.length] = length;
  }

  pairs(call: KernelPairs): void {
    const { fields } = this;
    fields[Field.flags]! |= { pairs: Flag.none, gram: Flag.gram, triangle: Flag.gram | Flag.triangle }[call.pairing];
    fields[Field.batchY] = call.batchY;
    fields[Field.length] = call.length;
    fields[Field.lengthY] = call.lengthY;
    fields[Field.dimension] = call.dimension;
    fields[Field.staticKernel] = staticKernels[call.staticKernel.name];
    fields.set(call.staticKernel.parameters, Field.staticParameters);
  }

  solver({ solver, grid }: KernelScheme): void {
    const { fields } = this;
    if (grid) fields[Field.flags]! |= Flag.grid;
    if (solver.method === "polynomial") {
      fields[Field.degree] = solver.order;
    } else {
      fields[Field.dyadicX] = solver.dyadicOrder[0];
      fields[Field.dyadicY] = solver.dyadicOrder[1];
    }
  }

  branchedSolver({ depth, dyadicOrder, grid }: BranchedScheme): void {
    this.solver({ solver: { method: "finiteDifference", dyadicOrder }, grid });
    this.degree(depth);
  }

  increments(call: { readonly length: number; readonly lengthY: number }): void {
    this.fields[Field.length] = call.length;
    this.fields[Field.lengthY] = call.lengthY;
  }

  input(data: Real): void {
    this.operands[this.inputs++] = data;
  }

  /** An input slot, empty where there is nothing. */
  optionalInput(data: Real | undefined): void {
    this.operands[this.inputs++] = data ?? null;
  }

  output(data: Real): void {
    this.operands[this.inputs + this.outputs++] = data;
  }

  /** An output slot, empty where the result is not wanted. */
  optionalOutput(data: Real | undefined): void {
    this.operands[this.inputs + this.outputs++] = data ?? null;
  }

  inputLevels(levels: Levels): void {
    if (levels.scalar) this.fields[Field.scalars]! |= 1 << this.inputs;
    this.input(levels.data);
  }

  outputLevels(levels: Levels): void {
    if (levels.scalar) this.fields[Field.scalars]! |= 1 << (mostInputs + this.outputs);
    this.output(levels.data);
  }

  /** An input slot, empty where there is no correction. */
  correction(correction: Correction | undefined): void {
    this.optionalInput(correction?.data);
    if (correction === undefined) return;
    this.fields[Field.correctionDegree] = correction.degree;
    this.fields[Field.correctionLayout] = correctionLayouts[correction.layout];
  }

  /** Hands the table to the addon at its first use. */
  table(table: Table): void {
    let id = this.tables.get(table.key);
    if (id === undefined) {
      id = this.native.table(table.arrays);
      this.tables.set(table.key, id);
    }
    this.fields[Field.table] = id;
  }

  forget(key: string | undefined): void {
    for (const [known, id] of key === undefined ? [...this.tables] : [[key, this.tables.get(key)] as const]) {
      if (id === undefined) continue;
      this.native.forget(id);
      this.tables.delete(known);
    }
  }

  run(): void {
    this.close();
    const { operands } = this;
    const status = this.native.run(operands[0]!, operands[1]!, operands[2]!, operands[3]!, operands[4]!, operands[5]!);
    operands.fill(null);
    throwFailure(status);
  }

  start(control: Control): Promise<void> {
    this.close();
    const arrays = this.operands.slice();
    this.operands.fill(null);
    return promise(this.native, arrays, control);
  }

  private close(): void {
    this.fields[Field.inputs] = this.inputs;
    this.fields[Field.outputs] = this.outputs;
  }
}
