/**
 * Times our call and pysiglib's in alternation on the same inputs, both through their public functions, and prints the ratio of the
 * minima. Arguments: `--quick` (two short alternations a row), `--ours` (without pysiglib), `--write` (the table goes into the README),
 * and any other word keeps the rows whose operation contains it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { explain } from "@sig/api";
import { Oracle } from "./oracle.js";
import { rows, type Row } from "./rows.js";
import { ratio, table, type Measurement } from "./table.js";

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith("--")));
const filters = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const quick = flags.has("--quick");
const oracle = flags.has("--ours") ? undefined : new Oracle();

const measurements: Measurement[] = [];
for (const dtype of ["float64", "float32"] as const) {
  for (const row of rows(dtype).filter(({ python }) => filters.length === 0 || filters.some((word) => python.includes(word)))) {
    const measurement: Measurement = { row, serial: await compare(row, 1), parallel: await compare(row, -1) };
    measurements.push(measurement);
    const { serial, parallel } = measurement;
    const text = `${row.python} ${JSON.stringify(row.options)} ${row.shape} ${dtype}`;
    console.log(`${text}: ${(1e3 * serial.ours).toFixed(4)} ms, ${ratio(serial)} with one thread, ${ratio(parallel)} with all`);
  }
}
oracle?.close();

const { choice, backends } = explain();
const report = table(measurements, backends.find(({ name }) => name === choice.backend)?.info ?? {});
console.log(`\n${report}`);
if (flags.has("--write")) writeReadme();

/** Puts the table between the two marks of the repository's README. */
function writeReadme(): void {
  const file = new URL("../../README.md", import.meta.url);
  const [before, , after] = readFileSync(file, "utf8").split(/(?<=<!-- benchmark table -->)|(?=<!-- end of benchmark table -->)/);
  writeFileSync(file, `${before}\n\n${report}\n${after}`);
}

async function compare(row: Row, jobs: number): Promise<{ ours: number; theirs: number }> {
  const { ours: call, against } = row;
  const first = seconds(call, jobs, 1);
  const theirFirst = against ? seconds(against, jobs, 1) : ((await oracle?.load(row, jobs)) ?? Infinity);
  // Each turn takes about 5 ms and is followed by the other side's, until both have had half a second or 40 turns.
  const span = quick ? 0.001 : 0.005;
  const repeats = Math.max(1, Math.round(span / Math.max(seconds(call, jobs, 1), 1e-7)));
  const theirRepeats = Math.max(1, Math.round(span / Math.max(theirFirst, 1e-6)));
  const budget = performance.now() + (quick ? 10 : 1000);
  let [ours, theirs] = [first, theirFirst];
  for (let turn = 0; turn < 40 && (turn < 2 || performance.now() < budget); turn++) {
    ours = Math.min(ours, seconds(call, jobs, repeats));
    if (against) theirs = Math.min(theirs, seconds(against, jobs, theirRepeats));
    else if (oracle) theirs = Math.min(theirs, await oracle.time(theirRepeats));
  }
  return { ours, theirs };
}

function seconds(call: Row["ours"], jobs: number, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call(jobs);
  return (performance.now() - start) / 1000 / repeats;
}
