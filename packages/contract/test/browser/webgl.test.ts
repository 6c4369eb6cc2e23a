import { explain } from "@sig/api";
import "@sig/webgl/register";
import { describe, expect, it } from "vitest";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { operations } from "../../src/operations/index.js";
import type { Sample } from "../../src/operations/sample.js";
import { titleOf } from "../../src/operations/spec.js";

const served = ["transformPath", "sig", "sigCombine", "sigJoin", "linearSig", "sigToLogSig", "logSig", "sigKernel", "sigKernelGram"];

/** What the backend leaves to others. */
const isDeclined = ({ correction, kernel, options }: Sample): boolean =>
  correction !== undefined || options.method === 3 || (kernel !== undefined && "order" in kernel.scheme);

const entries = operations
  .filter(({ name }) => served.includes(name))
  .map((op) => [titleOf(op), { ...op, samples: op.samples.filter((sample) => !isDeclined(sample)) }] as const);

it("is available", () => {
  const { backends } = explain({ operation: "sig", dtype: "float32" });
  expect(backends[0]).toMatchObject({ name: "webgl", available: true });
});

describe("in float32", () => {
  it.each(entries)("%s", async (_, op) => {
    await checkValues(op, "float32", "webgl");
  });
  it.each(entries)("backprop of %s", async (_, op) => {
    await checkGradients(op, "float32", "webgl");
  });
});
