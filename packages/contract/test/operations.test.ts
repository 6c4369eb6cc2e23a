import { describe, expect, it } from "vitest";
import { checkGradients, checkValues } from "../src/conformance.js";
import { operations } from "../src/operations/index.js";
import { titleOf } from "../src/operations/spec.js";
import { registerTargets } from "../src/targets.js";

const targets = registerTargets();

it("there is a target to test", () => {
  expect(targets.length).toBeGreaterThan(0);
});

describe.each(targets)("on $name", ({ name: backend }) => {
  describe.each(["float64", "float32"] as const)("in %s", (dtype) => {
    describe.each(operations.map((op) => [titleOf(op), op] as const))("%s", (_, op) => {
      it("agrees with the reference, bit for bit the same on any number of threads and in the promise form", async () => {
        await checkValues(op, dtype, backend);
      });

      it(`${op.backprop.name} agrees with the derivative of the reference, likewise`, async () => {
        await checkGradients(op, dtype, backend);
      });
    });
  });
});
