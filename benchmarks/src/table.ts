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

/** A Markdown table of all rows, headed by the machine, the date and the backend. */
export function table(measurements: readonly Measurement[], backend: Readonly<Record<string, string | number>>): string {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
  const facts = Object.entries(backend).map(([name, value]) => `${name} ${value}`);
  const lines = measurements.map(({ row, serial, parallel }) => {
    const options = Object.entries(row.options).map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
    const name = [row.python, ...options.filter((text) => !row.shape.includes("lead-lag") || !text.includes("_"))].join(", ");
    return `| ${name} | ${row.shape} | ${row.dtype} | ${milliseconds(serial.ours)} | ${ratio(serial)} | ${ratio(parallel)} |`;
  });
  const pairs = measurements.flatMap(({ serial, parallel }) => [serial, parallel]);
  const means = [measurements.map(({ serial }) => serial), measurements.map(({ parallel }) => parallel)].map(geometricMean);
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}; @sig/cpu: ${facts.join(", ")}. Minima over alternating turns; a ratio above 1 means that we are faster than pysiglib 4.0.0.`,
    "",
    "| operation | shape | dtype | ours, 1 thread, ms | ratio, 1 thread | ratio, all threads |",
    "|---|---|---|---:|---:|---:|",
    ...lines,
    "",
    pairs.every(({ theirs }) => Number.isFinite(theirs))
      ? `Geometric mean: ${means[0]?.toFixed(2)}x with one thread, ${means[1]?.toFixed(2)}x with all.`
      : "",
    "",
  ].join("\n");
}

function milliseconds(seconds: number): string {
  return (1e3 * seconds).toPrecision(3);
}

function geometricMean(pairs: readonly Pair[]): number {
  return Math.exp(pairs.reduce((sum, { ours, theirs }) => sum + Math.log(theirs / ours), 0) / pairs.length);
}
