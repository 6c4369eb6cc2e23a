/**
 * Times prepareLogSig against pysiglib's prepare_log_sig in alternation, each after clearing its own cache, and prints minima and medians.
 * Needs the built packages and a Python with pysiglib 4.0.0: the benchmark's own in .tools/oracle, or SIG_ORACLE_PYTHON.
 *
 * Method 2 compares like with like (the inverse projection). For method 3 upstream prepares the Lyndon words and projection as well, which
 * here are a table of their own, prepared at their first use; `3+2` is the time for both.
 */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { clearCache, prepareLogSig } from "@sig/api";

const script = `
import sys, time, pysiglib
for line in sys.stdin:
    d, n, method = map(int, line.split())
    pysiglib.clear_cache()
    start = time.perf_counter()
    pysiglib.prepare_log_sig(d, n, method)
    print(1e3 * (time.perf_counter() - start), flush=True)
`;
const python = process.env.SIG_ORACLE_PYTHON ?? fileURLToPath(new URL("../.tools/oracle/bin/python", import.meta.url));
const oracle = spawn(python, ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: oracle.stdout })[Symbol.asyncIterator]();

async function theirs(d, n, method) {
  oracle.stdin.write(`${d} ${n} ${method}\n`);
  return Number((await answers.next()).value);
}

function ours(d, n, methods) {
  clearCache();
  const start = performance.now();
  for (const method of methods) prepareLogSig(d, n, method);
  return performance.now() - start;
}

const summary = (times) => {
  times.sort((a, b) => a - b);
  return { min: times[0], text: `${times[0].toFixed(2)} (${times[times.length >> 1].toFixed(2)})` };
};

const turns = 25;
console.log("milliseconds: minimum (median); ratio of minima, above 1 where we are faster");
for (const [d, n] of [
  [2, 12],
  [3, 8],
  [5, 6],
]) {
  for (const methods of [[2], [3], [3, 2]]) {
    // The first turns warm up both sides.
    for (let turn = 0; turn < 5; turn++) ours(d, n, methods);
    await theirs(d, n, methods[0]);
    const [a, b] = [[], []];
    for (let turn = 0; turn < turns; turn++) {
      a.push(ours(d, n, methods));
      b.push(await theirs(d, n, methods[0]));
    }
    const [our, their] = [summary(a), summary(b)];
    const row = `d=${d} N=${n} method ${methods.join("+")}`.padEnd(24);
    console.log(`${row} ours ${our.text.padEnd(16)} pysiglib ${their.text.padEnd(18)} ratio ${(their.min / our.min).toFixed(1)}`);
  }
}
oracle.stdin.end();
