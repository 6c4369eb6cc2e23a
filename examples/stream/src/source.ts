/** Two sensors that are read while they run: the second repeats the first a few samples later, until they change roles. */

export const samples = 400;
/** The sample at which the other sensor takes the lead. */
export const change = 200;
const delay = 4;
const pause = 4;

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A point [first, second] every few milliseconds. */
export async function* readSensors(seed: number): AsyncGenerator<[number, number]> {
  const random = randomNumbers(seed);
  const noise = (): number => random() + random() + random() - 1.5;
  const signal: number[] = [];
  let velocity = 0;
  for (let t = 0; t < samples; t++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    // A spring that is pushed at random.
    velocity = 0.98 * velocity - 0.05 * (signal.at(-1) ?? 0) + 0.3 * noise();
    signal.push((signal.at(-1) ?? 0) + velocity);
    const ahead = (signal.at(-1) ?? 0) + 0.05 * noise();
    const behind = (signal.at(-1 - delay) ?? 0) + 0.05 * noise();
    yield t < change ? [ahead, behind] : [behind, ahead];
  }
}
