import { describe, expect, it } from "vitest";
import { registerBackend } from "@sig/api";
import { checkGradients, checkValues } from "../src/conformance.js";
import { operations } from "../src/operations/index.js";
import { titleOf } from "../src/operations/spec.js";
import { reportSkip } from "../src/skips.js";

/** The backend on the emulated device, where this build of the repository has one. */
const backend = await import("@sig/cuda")
  .then(({ createCuda }) => createCuda({ device: "emulated" }))
  .catch((reason: unknown) => {
    reportSkip("contract suite on the emulated CUDA device", reason instanceof Error ? reason.message : String(reason), true);
    return undefined;
  });
if (backend) registerBackend({ name: "cuda-emulated", priority: -1, create: () => backend });

/** Operations whose primitives all run on the device; what the backend lacks, another one would serve unseen. */
const served = operations.filter(({ name }) => backend && name in backend.operations && `${name}Backprop` in backend.operations);

it.runIf(backend)("most of what the backend has is tested here", () => {
  expect(served.map(({ name }) => name)).toEqual(expect.arrayContaining(["transformPath", "sig", "sigCombine", "sigJoin"]));
});

describe.runIf(backend).each(["float64", "float32"] as const)("on the emulated device in %s", (dtype) => {
  describe.each(served.map((op) => [titleOf(op), op] as const))("%s", (_, op) => {
    it("agrees with the reference, at once and in the promise form", async () => {
      await checkValues(op, dtype, "cuda-emulated");
    });

    it(`${op.backprop.name} agrees with the derivative of the reference, likewise`, async () => {
      await checkGradients(op, dtype, "cuda-emulated");
    });
  });
});
