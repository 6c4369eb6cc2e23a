/** A backend for tests of the API alone: it records its calls, fills the outputs with a number, and in the promise form takes its time. */
import {
  operationNames,
  registerBackend,
  type Backend,
  type Calls,
  type Control,
  type Implementation,
  type OperationName,
} from "@sig/core";

export interface Recorded {
  readonly operation: OperationName;
  readonly call: Record<string, unknown>;
}

export interface FakeBackend extends Backend {
  readonly calls: Recorded[];
  /** How often a promise-form call reports progress and looks at its signal. */
  ticks: number;
}

const OUTPUTS = ["out", "dLeft", "dRight", "dSig", "dLogSig", "dDisplacement", "dX", "dY"];

export function makeFake(name: string, fill = 7, operations: readonly OperationName[] = operationNames): FakeBackend {
  const calls: Recorded[] = [];
  const fake: FakeBackend = {
    name,
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads: 1, limits: {} },
    operations: Object.fromEntries(operations.map((operation) => [operation, implement(operation)])),
    info: () => ({ backend: name }),
    forget: () => undefined,
    calls,
    ticks: 4,
  };
  return fake;

  function implement<K extends OperationName>(operation: K): Implementation<Calls[K]> {
    const run = (call: Calls[K]): void => {
      const fields = call as unknown as Record<string, unknown>;
      calls.push({ operation, call: fields });
      for (const output of OUTPUTS) {
        const value = fields[output];
        if (value !== undefined)
          ("scalar" in (value as object) ? (value as { data: Float64Array }).data : (value as Float64Array)).fill(fill);
      }
    };
    const start = async (call: Calls[K], { signal, onProgress }: Control): Promise<void> => {
      for (let tick = 1; tick <= fake.ticks; tick++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal?.throwIfAborted();
        onProgress?.(tick / fake.ticks);
      }
      run(call);
    };
    return { run, start };
  }
}

/** Registers a fake and returns it. */
export function installFake(name: string, priority: number, fill?: number, operations?: readonly OperationName[]): FakeBackend {
  const fake = makeFake(name, fill, operations);
  registerBackend({ name, priority, create: () => fake });
  return fake;
}
