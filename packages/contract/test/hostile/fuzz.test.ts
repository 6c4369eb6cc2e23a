import fc from "fast-check";
import * as api from "@sig/api";
import { describe } from "vitest";
import { calls, invoke } from "../../src/calls.js";
import { asRefusal } from "../../src/refusals.js";
import { property } from "../../src/properties.js";

/** Runs a call that may work or be refused, but only as errors of the library are. */
function survive(run: () => unknown, label: string): void {
  let thrown: unknown;
  try {
    run();
    return;
  } catch (reason) {
    thrown = reason;
  }
  asRefusal(thrown, label);
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
});

/** Something shaped like a tensor, sound or not. */
const nearlyTensor = fc.record(
  {
    data: fc.oneof(
      fc.float64Array({ maxLength: 30 }),
      fc.float32Array({ maxLength: 30 }),
      fc.array(fc.double(), { maxLength: 10 }),
      anything,
    ),
    shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 4 }), anything),
    strides: fc.oneof(fc.constant(undefined), fc.array(fc.integer({ min: -8, max: 8 }), { maxLength: 4 })),
    offset: fc.oneof(fc.constant(undefined), fc.integer({ min: -3, max: 20 }), anything),
  },
  { requiredKeys: ["data", "shape"] },
);

/** A grid may be refined so far that nobody waits for it: only small orders are drawn where an order is meant. */
const dyadicOrder = fc.oneof(
  fc.integer({ min: -1, max: 4 }),
  fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
  fc.double({ max: 4 }),
  fc.constantFrom(undefined, null, "1", {}),
);
const kernelOptions = fc.record(
  {
    dyadicOrder,
    method: fc.constantFrom("finite_difference", "polynomial", "spline", 2),
    order: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.anything()),
    staticKernel: fc.oneof(
      fc.constantFrom(new api.RBFKernel(1), new api.PolynomialKernel(2.5), new api.Matern12Kernel(0.1)),
      fc.anything(),
    ),
    returnGrid: fc.boolean(),
    normalize: fc.boolean(),
    timeAug: fc.boolean(),
    leadLag: fc.boolean(),
    leftDeriv: fc.boolean(),
    rightDeriv: fc.boolean(),
    maxBatch: fc.oneof(fc.integer({ min: -2, max: 3 }), fc.anything()),
    lam: fc.oneof(fc.double(), fc.anything()),
    health: fc.boolean(),
    onWarning: fc.constantFrom(() => undefined, 1),
  },
  { requiredKeys: ["onWarning"] },
);

const number = fc.oneof(fc.integer({ min: -2, max: 5 }), fc.double(), fc.maxSafeInteger(), anything);
const options = fc.oneof(
  anything,
  kernelOptions,
  fc.dictionary(
    fc.constantFrom(
      "timeAug",
      "leadLag",
      "endTime",
      "scalarTerm",
      "method",
      "stream",
      "prepend",
      "correction",
      "prefixes",
      "nJobs",
      "horner",
      "time_aug",
    ),
    fc.oneof(fc.boolean(), number, nearlyTensor),
  ),
);

// A random degree may ask for any size that is allowed.
api.setMemoryLimit(2 ** 26);

describe("whatever comes, an operation answers or refuses properly", () => {
  for (const call of calls) {
    const spoil = fc.record({
      position: fc.nat({ max: call.positional.length }),
      value: fc.oneof(anything, nearlyTensor, number, options),
    });
    property(`${call.name} with one argument replaced`, spoil, ({ position, value }) => {
      survive(
        () =>
          invoke(
            call,
            call.make().map((parameter, i) => (i === position ? value : parameter)),
          ),
        call.name,
      );
    });

    property(
      `${call.name} with any arguments`,
      fc.array(fc.oneof(anything, nearlyTensor, number, options), { maxLength: 7 }),
      (parameters) => {
        survive(() => invoke(call, parameters), call.name);
      },
    );
  }
});

describe("the same holds for the rest of the surface", () => {
  const functions: Readonly<Record<string, (...parameters: never[]) => unknown>> = {
    words: api.words,
    wordsOfLength: api.wordsOfLength,
    lyndonWords: api.lyndonWords,
    lyndonWordsOfLength: api.lyndonWordsOfLength,
    isLyndon: api.isLyndon,
    wordToIdx: api.wordToIdx,
    idxToWord: api.idxToWord,
    sigLength: api.sigLength,
    logSigLength: api.logSigLength,
    trees: api.trees,
    treesOfOrder: api.treesOfOrder,
    treeToIdx: api.treeToIdx,
    idxToTree: api.idxToTree,
    formatTree: api.formatTree,
    drawTree: api.drawTree,
    branchedSigLength: api.branchedSigLength,
    branchedLogSigLength: api.branchedLogSigLength,
    prepareBranchedSig: api.prepareBranchedSig,
    prepareBranchedLogSig: api.prepareBranchedLogSig,
    prepareBranchedSigCoef: api.prepareBranchedSigCoef,
    estimate: api.estimate,
    explain: api.explain,
  };
  const branchedOperations = fc.constantFrom("branchedSig", "branchedSigCombineBackprop", "branchedLogSig", "branchedSigKernel");
  const sizes = fc.dictionary(
    fc.constantFrom("dimension", "degree", "length", "batch", "planar", "method", "trees", "depth", "dyadicOrder", "leadLag", "dtype"),
    fc.oneof(fc.boolean(), fc.integer({ min: -2, max: 30 }), fc.maxSafeInteger(), fc.constantFrom("float32", "float64"), anything),
  );
  property("estimate of branched operations", fc.tuple(branchedOperations, sizes), ([operation, parameters]) =>
    survive(() => api.estimate(operation as never, parameters as never), "estimate"),
  );

  const small = fc.oneof(anything, fc.integer({ min: -3, max: 4 }), fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 6 }), options);
  for (const [name, run] of Object.entries(functions)) {
    property(name, fc.array(small, { maxLength: 4 }), (parameters) => survive(() => run(...(parameters as never[])), name));
  }
});
