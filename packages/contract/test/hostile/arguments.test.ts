import type { Tensor } from "@sig/api";
import { RBFKernel } from "@sig/api";
import { describe, expect, it } from "vitest";
import { promiseByName } from "../../src/operations/driver.js";
import { type Call, calls, invoke, replaced, withOptions } from "../../src/calls.js";
import { expectRefusal, thrownBy } from "../../src/refusals.js";
import { copy, tensor, zeros } from "../../src/tensors.js";

const noTensors: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "a string": "path",
  "a boolean": true,
  "a BigInt": 3n,
  "a symbol": Symbol("path"),
  "a function": () => 0,
  "an empty object": {},
  "an ArrayBuffer": new ArrayBuffer(64),
  "a DataView": new DataView(new ArrayBuffer(64)),
  "an Int32Array": new Int32Array(8),
  "a BigInt64Array": new BigInt64Array(8),
  "integers with a shape": { data: new Uint8Array(4), shape: [2, 2] },
  "a plain array with a shape": { data: [1, 2, 3, 4], shape: [2, 2] },
  "a shape of strings": { data: new Float64Array(4), shape: ["2", "2"] },
  "a promise of a tensor": Promise.resolve(zeros([2, 4, 2])),
  "strings nested in arrays": [[["1", "2"]]],
  "holes in arrays": [[[1, undefined]]],
};

const badTensors: Readonly<Record<string, unknown>> = {
  "a number": 7,
  "a negative size": { data: new Float64Array(4), shape: [-2, -2] },
  "half a row": { data: new Float64Array(3), shape: [1.5, 2] },
  "too little data": { data: new Float64Array(3), shape: [2, 4, 2] },
  "too much data": { data: new Float64Array(99), shape: [2, 4, 2] },
  "strides out of bounds": { data: new Float64Array(16), shape: [2, 4, 2], strides: [8, 2, 2] },
  "an offset out of bounds": { data: new Float64Array(16), shape: [2, 4, 2], strides: [8, 2, 1], offset: 1 },
  "a negative offset": { data: new Float64Array(16), shape: [2, 4, 2], offset: -1 },
  "a shape beyond 2^53": { data: new Float64Array(0), shape: [2 ** 30, 2 ** 30, 4] },
  "ragged rows": [[[1, 2], [3]]],
  "mixed depth": [[[1, 2]], [3]],
};

const flags = [
  "planar",
  "timeAug",
  "leadLag",
  "horner",
  "scalarTerm",
  "prepend",
  "stream",
  "prefixes",
  "returnGrid",
  "normalize",
  "leftDeriv",
  "rightDeriv",
];

/** Values of a kind that an option does not take. */
function wrongKinds(call: Call, option: string): readonly unknown[] {
  if (flags.includes(option)) return [1, 0, null, "true", [], {}];
  if (option === "correction") return ["x", true, new Int8Array(4)];
  if (option === "staticKernel") return [null, "RBFKernel", true, RBFKernel, {}, { increments: () => 0 }];
  if (option === "dyadicOrder") return [null, "1", true, {}, [1, "1"], [null, 1]];
  // Finite differences take no order, of whatever kind.
  if (option === "order") return [];
  if (option === "method" && call.options.includes("dyadicOrder")) return [null, 1, true, [], {}];
  return [null, "1", true, [], {}];
}

const noIntegers: readonly unknown[] = [undefined, null, "2", true, [2], {}, 2n, Symbol("2"), () => 2];
const badIntegers: readonly number[] = [1.5, NaN, Infinity, -Infinity, -1, 2 ** 53, -(2 ** 40)];
const integerArguments = ["dimension", "degree"];

/** Names of the array arguments: any of them may be blamed where two do not fit together. */
const arrayNames = (call: Call): string[] => call.arrays.map((position) => call.positional[position] ?? "");
/** The gram of a batch with itself, which has no second argument. */
const oneBatch = (call: Call): boolean => /kernelGram/i.test(call.name) && call.title.endsWith("of one argument");
const widened = (a: Tensor): Tensor => zeros([...a.shape.slice(0, -1), (a.shape.at(-1) ?? 0) + 5]);

describe.each(calls.map((call) => [call.title, call] as const))("%s", (_, call) => {
  const { name } = call;
  it("takes the valid call that is spoilt below", () => {
    invoke(call, call.make());
  });

  it("refuses what is no tensor, and names the argument", () => {
    for (const position of call.arrays) {
      const argument = call.positional[position] ?? "";
      for (const [kind, value] of Object.entries(noTensors)) {
        // A gram without its second argument is that of the first with itself.
        if (argument === "path2" && kind === "undefined" && /sigKernelGram/i.test(name)) continue;
        const label = `${argument} is ${kind}`;
        expectRefusal(
          thrownBy(() => invoke(call, replaced(call, position, value)), label),
          { kind: "type", operation: name, argument },
          label,
        );
      }
    }
  });

  it("refuses unusable tensors, and names the argument", () => {
    for (const position of call.arrays) {
      const argument = call.positional[position] ?? "";
      const isNumber = (call.make()[position] as Tensor).data.length === 1;
      for (const [kind, value] of Object.entries(badTensors)) {
        if (isNumber && kind === "a number") continue;
        const label = `${argument} is ${kind}`;
        expectRefusal(
          thrownBy(() => invoke(call, replaced(call, position, value)), label),
          { kind: "range", operation: name, argument },
          label,
        );
      }
    }
  });

  it("refuses arrays that do not belong together", () => {
    if (call.arrays.length < 2) return;
    for (const position of call.arrays) {
      const given = call.make()[position] as Tensor;
      const spoilt = {
        float32: tensor(given.data, given.shape, "float32"),
        batch: zeros([3, ...given.shape.slice(1)]),
        unbatched: zeros(given.shape.slice(1)),
        rank: zeros([1, ...given.shape]),
      };
      for (const [what, value] of Object.entries(spoilt)) {
        const free = call.ownBatches && call.positional[position] !== "derivs";
        if (what !== "float32" && (free || value.shape.join() === given.shape.join())) continue;
        const label = `${call.positional[position]} differs in ${what}`;
        const kind = what === "float32" ? "type" : "range";
        expectRefusal(
          thrownBy(() => invoke(call, replaced(call, position, value)), label),
          { kind, operation: name, argument: arrayNames(call) },
          label,
        );
      }
    }
  });

  it("refuses rows of another length", () => {
    for (const position of call.arrays) {
      const argument = call.positional[position] ?? "";
      // The width of a path is its dimension, the length of a row to extract from gives the degree.
      if (argument === "path" || oneBatch(call) || name.startsWith("transformPath") || name === "extractSigCoef") continue;
      const label = `${argument} is too wide`;
      expectRefusal(
        thrownBy(() => invoke(call, replaced(call, position, widened(call.make()[position] as Tensor))), label),
        { kind: "range", operation: name, argument: arrayNames(call) },
        label,
      );
    }
  });

  it("refuses dimensions and degrees that are none, and names them", () => {
    for (const argument of integerArguments.filter((wanted) => call.positional.includes(wanted))) {
      const position = call.positional.indexOf(argument);
      const nothing = argument === "dimension" || call.isLog ? [0] : [];
      for (const [kind, values] of [
        ["type", noIntegers],
        ["range", [...badIntegers, ...nothing]],
      ] as const) {
        for (const value of values) {
          const label = `${argument} is ${String(value)}`;
          expectRefusal(
            thrownBy(() => invoke(call, replaced(call, position, value)), label),
            { kind, operation: name, argument },
            label,
          );
        }
      }
    }
  });

  it("refuses a degree or dimension that its arrays do not have, however large", () => {
    for (const argument of integerArguments.filter((wanted) => call.positional.includes(wanted))) {
      if (name.endsWith("Backprop") || call.positional.includes("path")) continue;
      for (const value of [9, 63, 1000, 2 ** 31, 2 ** 32, 2 ** 52]) {
        const label = `${argument} is ${value}`;
        if (name === "extractSigCoef" || (/^linear/.test(name) && argument === "degree" && value === 9)) continue;
        expectRefusal(
          thrownBy(() => invoke(call, replaced(call, call.positional.indexOf(argument), value)), label),
          { kind: "range", operation: name, argument: [...integerArguments, ...arrayNames(call)] },
          label,
        );
      }
    }
  });

  it("refuses unknown options, with the name that was probably meant", () => {
    for (const known of [...call.options, "nJobs"]) {
      const misspelt = `${known.slice(0, -1)}${known.at(-1) === "x" ? "y" : "x"}`;
      const refusal = expectRefusal(
        thrownBy(() => invoke(call, withOptions(call, { [misspelt]: true })), misspelt),
        { kind: "type", operation: name, argument: misspelt },
        misspelt,
      );
      expect(refusal.code).toBe("UNKNOWN_OPTION");
      expect(refusal.message).toContain(`"${known}"`);
    }
    const upstream = expectRefusal(
      thrownBy(() => invoke(call, withOptions(call, { n_jobs: 1 })), "n_jobs"),
      { kind: "type", operation: name, argument: "n_jobs" },
      "n_jobs",
    );
    expect(upstream.message).toContain(`"nJobs"`);
  });

  it("refuses options of the wrong kind, and takes undefined for the default", () => {
    for (const option of [...call.options, "nJobs"]) {
      for (const value of wrongKinds(call, option)) {
        const label = `${option} is ${JSON.stringify(value)}`;
        expectRefusal(
          thrownBy(() => invoke(call, withOptions(call, { [option]: value })), label),
          { kind: "type", operation: name, argument: option },
          label,
        );
      }
      if (!(option in (call.make().at(-1) as object))) invoke(call, withOptions(call, { [option]: undefined }));
    }
  });

  it("refuses values that no option has", () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      nJobs: [0, -100_000, 1.5, NaN, Infinity],
      method: call.options.includes("dyadicOrder") ? ["", "Polynomial", "finiteDifference", "log_pde"] : [-1, 4, 1.5, NaN],
      endTime: [NaN, Infinity],
      dyadicOrder: [-1, 1.5, NaN, 32, 2 ** 53, [0], [1, 1, 1], [0, -1], [40, 23], [0.5, 0], []],
      maxBatch: [0, -2, 1.5, NaN],
      lam: [NaN, Infinity],
    };
    for (const [option, values] of Object.entries(wrong)) {
      if (option !== "nJobs" && !call.options.includes(option)) continue;
      for (const value of values) {
        const label = `${option} is ${String(value)}`;
        expectRefusal(
          thrownBy(() => invoke(call, withOptions(call, { [option]: value })), label),
          { kind: "range", operation: name, argument: option },
          label,
        );
      }
    }
  });

  it("refuses options that are no object", () => {
    for (const options of [null, 3, "timeAug", true, [1], new Float64Array(2), () => 0]) {
      const label = `options are ${String(options)}`;
      // What is no object may also be taken for a second batch, given without options.
      const expected = oneBatch(call)
        ? { operation: name, argument: ["options", "path2", "dyadicOrder"] }
        : ({ kind: "type", operation: name, argument: "options" } as const);
      expectRefusal(
        thrownBy(() => invoke(call, replaced(call, call.positional.length, options)), label),
        expected,
        label,
      );
    }
  });

  it("refuses in the promise form by rejecting, never by throwing", async () => {
    const spoilt: readonly unknown[][] = [
      [],
      withOptions(call, { nope: 1 }),
      withOptions(call, { nJobs: 0 }),
      ...call.arrays.map((position) => replaced(call, position, "x")),
    ];
    for (const parameters of spoilt) {
      const promise = promiseByName(name, parameters);
      const reason: unknown = await promise.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expectRefusal(reason, { operation: name, argument: [...call.positional, "nope", "nJobs", "dyadicOrder"] }, `promise form of ${name}`);
    }
  });

  it("leaves its arguments as they were", () => {
    const parameters = call.make();
    const before = call.arrays.map((position) => copy(parameters[position] as Tensor));
    invoke(call, parameters);
    call.arrays.forEach((position, i) => expect(parameters[position]).toEqual(before[i]));
  });
});
