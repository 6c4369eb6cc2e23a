/** Snapshots of streams: plain JSON, with numbers as base64 of their bytes, so that no bit is lost. */
import { describe, rangeError, readOptions, typeError, type Dtype, type Place, type Real } from "@sig/core";
import type { PointFormat } from "./streamPoints.js";

/** What `toJSON` of a stream gives and `fromJSON` takes: plain data for `JSON.stringify`, or for structured clone. */
export interface StreamSnapshot {
  readonly stream: string;
  readonly version: 1;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  readonly state: unknown;
}

const JOB_DEFAULTS = Object.freeze({ nJobs: 1 });

export function makeSnapshot(stream: string, parameters: StreamSnapshot["parameters"], state: unknown): StreamSnapshot {
  return { stream, version: 1, parameters, state };
}

/** The arguments of constructors as a snapshot claims them to be: each class takes its own, and its constructor checks them. */
interface ClaimedParameters {
  readonly dimension: number;
  readonly degree: number;
  readonly windowSize: number;
  readonly stride: number;
  readonly scalarTerm: boolean;
  readonly planar: boolean;
  /** Typed as the one that the streams of any kind of log-signature take. */
  readonly method: 2;
}

/** What a snapshot of the class `stream` holds. `options` are those of `fromJSON`. */
export function openSnapshot(stream: string, snapshot: unknown, options: unknown) {
  const operation = `${stream}.fromJSON`;
  const { nJobs } = readOptions(operation, options, JOB_DEFAULTS);
  const place = { operation, argument: "snapshot" };
  const fields = new SnapshotFields(snapshot, place, "");
  if (fields.get("stream") !== stream)
    throw rangeError(place, `must be of a ${stream}, got ${describe(fields.get("stream"))} in its field "stream"`);
  if (fields.get("version") !== 1) throw rangeError(place, `must have version 1, got ${describe(fields.get("version"))}`);
  fields.object("parameters");
  return { parameters: fields.get("parameters") as ClaimedParameters, nJobs, state: fields.object("state") };
}

/** An object inside a snapshot, whose fields are checked as they are read. */
export class SnapshotFields {
  constructor(
    private readonly value: unknown,
    readonly place: Place,
    private readonly path: string,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw typeError(place, `must have an object${path && ` as its ${path}`}, got ${describe(value)}`);
  }

  get(name: string): unknown {
    return (this.value as Readonly<Record<string, unknown>>)[name];
  }

  object(name: string): SnapshotFields {
    return new SnapshotFields(this.get(name), this.place, this.nameOf(name));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined && this.get(name) !== null;
  }

  objects(name: string): SnapshotFields[] {
    return this.list(name).map((item, i) => new SnapshotFields(item, this.place, `${this.nameOf(name)}[${i}]`));
  }

  /** An integer from `min` on. */
  integer(name: string, min = 0): number {
    return this.checked(this.get(name), name, min);
  }

  /** A list of integers from 0 on. */
  integers(name: string): number[] {
    return this.list(name).map((item) => this.checked(item, name, 0));
  }

  private list(name: string): readonly unknown[] {
    const value = this.get(name);
    if (!Array.isArray(value)) throw typeError(this.place, `must have an array as its ${this.nameOf(name)}, got ${describe(value)}`);
    return Array.from(value as readonly unknown[]);
  }

  private checked(value: unknown, name: string, min: number): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    const problem = `must have an integer of at least ${min} in its ${this.nameOf(name)}, got ${describe(value)}`;
    throw typeof value === "number" ? rangeError(this.place, problem) : typeError(this.place, problem);
  }

  /** `length` numbers of a dtype. */
  numbers(name: string, dtype: Dtype, length: number): Real {
    return this.decoded(this.get(name), name, dtype, length);
  }

  /** A list of such. */
  numbersOfEach(name: string, dtype: Dtype, length: number): Real[] {
    return this.list(name).map((item) => this.decoded(item, name, dtype, length));
  }

  private decoded(text: unknown, name: string, dtype: Dtype, length: number): Real {
    if (typeof text !== "string") throw typeError(this.place, `must have a string as its ${this.nameOf(name)}, got ${describe(text)}`);
    const kind = dtype === "float32" ? Float32Array : Float64Array;
    const bytes = length * kind.BYTES_PER_ELEMENT;
    const decoded = text.length === 4 * Math.ceil(bytes / 3) ? decodeBase64(text) : undefined;
    if (decoded?.length !== bytes) throw rangeError(this.place, `must have ${length} numbers in base64 as its ${this.nameOf(name)}`);
    return new kind(decoded.buffer);
  }

  /** The format of the points of a stream of `dimension` channels. */
  format(dimension: number): PointFormat {
    const dtype = this.get("dtype");
    if (dtype !== "float32" && dtype !== "float64")
      throw rangeError(this.place, `must have "float32" or "float64" as its ${this.nameOf("dtype")}, got ${describe(dtype)}`);
    const batchShape = this.integers("batchShape");
    const batch = batchShape.reduce((product, size) => product * size, 1);
    if (batchShape.length > 63 || !Number.isSafeInteger(batch * dimension))
      throw rangeError(this.place, `has an impossible ${this.nameOf("batchShape")}`, "INVALID_SHAPE");
    return { dtype, batchShape, batch, dimension };
  }

  /** The error for fields that do not belong together. */
  inconsistent(what: string): Error {
    return rangeError(this.place, `has ${this.nameOf(what)} that do not fit the rest`);
  }

  private nameOf(field: string): string {
    return this.path === "" ? field : `${this.path}.${field}`;
  }
}

/** Bytes per call of `btoa`: a multiple of 3, so that only the last piece is padded. */
const pieceBytes = 3 * 4096;

export function encodeNumbers(data: Real): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  return text;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
