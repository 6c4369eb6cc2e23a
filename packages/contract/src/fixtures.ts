import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as pysiglib from "@sig/api/pysiglib";
import type { Tensor } from "@sig/api";

/** SIG_FIXTURES names another folder: that of cases made anew by scripts/regenerate.py. */
const other = process.env["SIG_FIXTURES"];
export const folder = other ? pathToFileURL(`${other}/`) : new URL("../fixtures/", import.meta.url);

export interface FixtureCase {
  readonly prepare: readonly (readonly [string, readonly unknown[], Readonly<Record<string, unknown>>])[];
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly expected?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
  readonly note?: string;
}

export interface FixtureFile {
  readonly function: string;
  readonly oracle: string;
  readonly cases: readonly FixtureCase[];
}

/** Every fixture file of a function, in the order of its name; those of streams have a form of their own. */
export function fixtureFiles(): FixtureFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && name !== "streams.json")
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as FixtureFile);
}

const classes = pysiglib as unknown as Readonly<Record<string, (new (...parameters: readonly number[]) => object) | undefined>>;

/** Replaces every `{"$tensor": …}` inside a JSON value by a tensor, and `{"$kernel": [class, arguments]}` by a static kernel. */
export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const { $tensor, $kernel } = value as {
    $tensor?: { dtype: string; shape: number[]; data: (number | string)[] };
    $kernel?: [string, number[]];
  };
  if ($tensor) return decodeTensor($tensor.dtype, $tensor.shape, $tensor.data);
  if ($kernel) return makeKernel(...$kernel);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decode(item)]));
}

function makeKernel(name: string, parameters: readonly number[]): object {
  const StaticKernel = classes[name];
  if (!StaticKernel) throw new Error(`@sig/api/pysiglib has no ${name}`);
  return new StaticKernel(...parameters);
}

/** Integer tensors exist only as input that must be refused. */
function decodeTensor(
  dtype: string,
  shape: readonly number[],
  entries: readonly (number | string)[],
): Tensor | { data: BigInt64Array; shape: readonly number[] } {
  if (dtype === "float64") return { data: Float64Array.from(entries, Number), shape, dtype };
  if (dtype === "float32") return { data: Float32Array.from(entries, Number), shape, dtype };
  if (dtype === "int64") return { data: BigInt64Array.from(entries, BigInt), shape };
  throw new Error(`no such dtype in the fixtures: ${dtype}`);
}

/** Every tensor inside a decoded value. */
export function tensorsIn(value: unknown): Tensor[] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (typeof value !== "object" || value === null) return [];
  if ("data" in value && "shape" in value) return [value as Tensor];
  return Object.values(value).flatMap(tensorsIn);
}
