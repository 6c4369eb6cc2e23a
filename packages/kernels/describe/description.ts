/**
 * One call of the kernels in numbers: the fields that include/sig_description.hpp reads back, the operands in fixed slots, and the table.
 * The modules of the families fill it in; the host of the kernels then gives addresses to the operands and the table.
 */
import type {
  BranchedScheme,
  Calls,
  Correction,
  Dtype,
  KernelPairs,
  KernelScheme,
  Levels,
  OperationName,
  Real,
  StaticKernelForm,
  Table,
} from "@sig/core";
import { getMemoryLimit } from "@sig/core";

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

/** Places in the array of fields. */
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
  threads,
  memoryLimit,
  fields,
}

/** Numbers of a description; a host may keep more of its own behind them. */
export const descriptionLength: number = Field.fields;

/** Bytes that a call may work with even where the ceiling on what it allocates is lower. */
const ownMemory = 2 ** 26;

const mostInputs = 4;
const mostOutputs = 2;
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

/** Writes one call into a description. */
export type Describe<K extends OperationName> = (to: Description, call: Calls[K]) => void;

export class Description {
  /** Inputs, then outputs; null where there is nothing. */
  readonly operands: (Real | null)[] = new Array<Real | null>(mostInputs + mostOutputs).fill(null);
  table: Table | undefined;
  /** How many of the operands are inputs, and how many outputs. */
  inputs = 0;
  outputs = 0;

  /** `fields`: at least `descriptionLength` numbers, in memory of the host's choice. */
  constructor(readonly fields: Float64Array) {}

  /** The first step: whatever the later ones do not set is zero. */
  begin(operation: Operation, call: AnyCall, flags: number): void {
    const { fields } = this;
    fields.fill(0, 0, Field.fields);
    fields[Field.operation] = operation;
    fields[Field.dtype] = call.dtype === "float64" ? 1 : 0;
    fields[Field.flags] = flags;
    fields[Field.batch] = call.batch;
    fields[Field.threads] = call.threads;
    fields[Field.memoryLimit] = Math.max(getMemoryLimit(), ownMemory);
    this.table = undefined;
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

  /** An input slot; empty where there is nothing. */
  input(data: Real | undefined): void {
    this.operands[this.inputs++] = data ?? null;
    this.fields[Field.inputs] = this.inputs;
  }

  /** An output slot, after all inputs; empty where the result is not wanted. */
  output(data: Real | undefined): void {
    this.operands[this.inputs + this.outputs++] = data ?? null;
    this.fields[Field.outputs] = this.outputs;
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
    this.input(correction?.data);
    if (correction === undefined) return;
    this.fields[Field.correctionDegree] = correction.degree;
    this.fields[Field.correctionLayout] = correctionLayouts[correction.layout];
  }

  /** Forgets the arrays, so that nothing is kept of a call. */
  clear(): void {
    this.operands.fill(null);
    this.table = undefined;
  }
}
