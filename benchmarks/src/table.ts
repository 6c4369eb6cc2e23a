import { cpus } from "node:os";
import type { Row } from "./rows.js";

export interface Pair {
  /** Seconds of one call, the least of all turns. */
  readonly ours: number;
  readonly theirs: number;
}

export interface Measurement {
  readonly row: Row;
  readonly serial: Pair;
  readonly parallel: Pair;
}

export function ratio({ ours, theirs }: Pair): string {
  return Number.isFinite(theirs) ? `${(theirs / ours).toFixed(2)}x` : "-";
}

/** A Markdown table, both dtypes of a call in one line, headed by the machine, the date and the backend. */
export function table(measurements: readonly Measurement[], backend: Readonly<Record<string, string | number>>): string {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
  const lines = measurements
    .filter(({ row }) => row.dtype === "float64")
    .map((double) => {
      const single = measurements.find(({ row }) => row.dtype === "float32" && title(row) === title(double.row));
      return `| ${title(double.row)} | ${cells(double)} | ${single ? cells(single) : "- | - | -"} |`;
    });
  const compared = measurements.filter(({ row }) => row.against === undefined);
  const [serial, parallel] = [geometricMean(compared.map((row) => row.serial)), geometricMean(compared.map((row) => row.parallel))];
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}; SIMD target ${backend.target}, pysiglib 4.0.0 (AVX2). Each side through its`,
    "public functions, minima over alternating turns; milliseconds are ours on one thread, ratios pysiglib's time over ours with one thread",
    "(`n_jobs=1`) and with all on both sides (`n_jobs=-1`). A push to a stream is held against our own function that joins a segment.",
    "",
    "| operation | shape | float64, ms | ratio | all threads | float32, ms | ratio | all threads |",
    "|---|---|---:|---:|---:|---:|---:|---:|",
    ...lines,
    "",
    Number.isFinite(serial)
      ? `Geometric mean over all lines and dtypes: ${serial.toFixed(1)}x with one thread, ${parallel.toFixed(1)}x with all.`
      : "",
    "",
  ].join("\n");
}

function title(row: Row): string {
  const options = Object.entries(row.options).flatMap(([name, value]) => (value === true ? [] : `${name} ${optionText(value)}`));
  return `${[row.python, ...options].join(", ")} | ${row.shape}`;
}

function optionText(value: unknown): string {
  const { kernel } = value as { kernel?: [string, readonly number[]] };
  return kernel ? `${kernel[0]}(${kernel[1].join(", ")})` : String(value);
}

function cells({ serial, parallel }: Measurement): string {
  return `${milliseconds(serial.ours)} | ${ratio(serial)} | ${ratio(parallel)}`;
}

function milliseconds(seconds: number): string {
  return (1e3 * seconds).toPrecision(3);
}

function geometricMean(pairs: readonly Pair[]): number {
  return Math.exp(pairs.reduce((sum, { ours, theirs }) => sum + Math.log(theirs / ours), 0) / pairs.length);
}
