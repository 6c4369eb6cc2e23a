/** Who leads whom? The area that two sensors sweep out in each window of a live source, and in any interval of what has been seen. */
import { LogSigStream, LogSigWindowStream, type Tensor } from "@sig/api";
import { change, readSensors, samples } from "./source.js";

const windowSize = 50;
const stride = 25;

/** Lyndon brackets of degree 2: both displacements, then the area, which is positive where the first sensor is ahead. */
const areaOf = (logSig: Tensor): number => logSig.data[2] ?? NaN;
const leader = (area: number): string => (area > 0 ? "first" : "second");

const seen = new LogSigStream(2, 2);

/** Passes the points on, and remembers them. */
async function* remembered(source: AsyncIterable<[number, number]>): AsyncGenerator<[number, number]> {
  for await (const point of source) {
    seen.push(point);
    yield point;
  }
}

const windows = new LogSigWindowStream(2, 2, windowSize, { stride });
let right = 0;
let clear = 0;
for await (const window of windows.from(remembered(readSensors(Number(process.argv[2] ?? 1))))) {
  const end = seen.endIndex;
  const start = end - windowSize + 1;
  const area = areaOf(window);
  const bar = "#".repeat(Math.min(40, Math.round(Math.abs(area) / 4)));
  console.log(`${start}..${end}`.padEnd(9), `the ${leader(area)} sensor leads`.padEnd(23), `area ${area.toFixed(1).padStart(6)} ${bar}`);
  if (start < change && end >= change) continue;
  clear++;
  if (leader(area) === (start < change ? "first" : "second")) right++;
}
console.log(
  `${windows.numWindows} windows of ${windowSize} points; of ${clear} that lie on one side of the change, ${right} name the leader`,
);

const [before, after] = [seen.sig(0, change - 1), seen.sig(change, samples - 1)];
console.log(`area up to the change ${areaOf(before).toFixed(1)}, and from there on ${areaOf(after).toFixed(1)}`);

const text = JSON.stringify(seen);
const restored = LogSigStream.fromJSON(JSON.parse(text));
const same = restored.sig(0, samples - 1).data.every((x, i) => Object.is(x, seen.sig(0, samples - 1).data[i]));
console.log(`a snapshot of ${Math.round(text.length / 1024)} KiB brings the stream back, ${same ? "bit for bit" : "changed"}`);

if (right < clear || areaOf(before) <= 0 || areaOf(after) >= 0 || !same) {
  console.error("expected every such window, and both intervals, to name the leader");
  process.exitCode = 1;
}
