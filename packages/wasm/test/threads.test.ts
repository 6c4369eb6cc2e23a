import type { Calls } from "@sig/core";
import { Description, descriptionLength, Status, operationsOf } from "@sig/kernels";
import { beforeAll, describe, expect, it } from "vitest";
import { Gate } from "../src/gate.js";
import { Helper } from "../src/helper.js";
import { createWasm, init } from "../src/index.js";
import type { Kernels, OpenCall } from "../src/instance.js";
import { Machine } from "../src/machine.js";
import { kernelsNow, kernelsSoon } from "../src/module.js";
import { crashedHelper } from "../src/status.js";
import { startThread } from "../src/thread.js";
import { coefficientsCall, quietly } from "./calls.js";

/** Of many tasks in every phase. */
const largeCall = (): Calls["sigCoef"] => ({ ...coefficientsCall(200, 300), threads: 3 });
const expected = largeCall();
createWasm().operations.sigCoef!.run(expected);
const bytes = ({ out }: Calls["sigCoef"]): Buffer => Buffer.from(out.buffer, out.byteOffset, out.byteLength);

let kernels: Kernels;
beforeAll(async () => {
  expect(kernelsNow().shared, "what computed the expected values").toBe(false);
  kernels = await kernelsSoon();
  expect(kernels.shared).toBe(true);
});

/** A machine in shared memory that runs the large call with the helpers that `recruit` brings. */
function machineWith(recruit: (call: OpenCall) => void): { run(): { status: Status; call: Calls["sigCoef"] } } {
  const machine = new Machine(kernels, { report: () => undefined, recruit });
  const description = new Description(new Float64Array(descriptionLength));
  let status: Status = Status.ok;
  const host = {
    description,
    run: () => void (status = machine.run(description, { threads: 3, withReports: false })),
    start: () => Promise.reject(new Error("not here")),
  };
  const { sigCoef } = operationsOf(host);
  return {
    run() {
      const call = largeCall();
      sigCoef!.run(call);
      return { status, call };
    },
  };
}

function runWith(recruit: (call: OpenCall) => void): void {
  const { status, call } = machineWith(recruit).run();
  expect(status).toBe(Status.ok);
  expect(bytes(call).equals(bytes(expected))).toBe(true);
}

/** Places of native/host.cpp. */
const wordsOf = ({ memory, gate }: OpenCall): Int32Array => new Int32Array(memory.buffer, gate);
const generationPlace = 4;
const insidePlace = 5;
const leavePlace = 7;

describe("the bits are those of one thread", () => {
  it("where nobody comes to help", () => runWith((call) => expect(call.helpers).toBe(2)));

  it("where helpers do everything", () => {
    const helper = new Helper(kernels.module);
    runWith((call) => {
      for (const thread of [2, 1]) helper.help({ team: "a", call, thread });
    });
  });

  it("where a helper is dismissed after its first task", () => {
    const helper = new Helper(kernels.module);
    runWith((call) => {
      wordsOf(call)[leavePlace + 1] = 1;
      helper.help({ team: "a", call, thread: 1 });
    });
  });

  it("where a helper comes too late", () => {
    const helper = new Helper(kernels.module);
    const late: OpenCall[] = [];
    const machine = machineWith((call) => {
      for (const before of late) helper.help({ team: "a", call: before, thread: 1 });
      late.push(call);
    });
    for (let i = 0; i < 3; i++) expect(bytes(machine.run().call).equals(bytes(expected))).toBe(true);
    expect(late.map((call) => call.generation - late[0]!.generation)).toEqual([0, 2, 4]);
    expect(wordsOf(late[0]!)[generationPlace]).toBe(late[2]!.generation + 1);
    expect(wordsOf(late[0]!)[insidePlace]).toBe(0);
  });

  it("where a worker helps", () => {
    const worker = startThread({ heard: () => undefined, failed: () => undefined });
    worker.post({ kind: "kernels", kernels });
    runWith((call) => {
      worker.post({ kind: "help", help: { team: "a", call, thread: 1 } });
      expect(Atomics.wait(wordsOf(call), insidePlace, 0, 20_000)).not.toBe("timed-out");
    });
    worker.end();
  });
});

it("a call is open to helpers until it ends", () => {
  const calls: OpenCall[] = [];
  const entered = (call: OpenCall): boolean => {
    const gate = new Gate(call.memory, call.gate);
    const can = gate.enter(call.generation);
    expect(wordsOf(call)[insidePlace]).toBe(can ? 1 : 0);
    if (can) gate.exit();
    return can;
  };
  const machine = machineWith((call) => {
    expect(calls.map(entered), "those before").toEqual(calls.map(() => false));
    expect(entered(call)).toBe(true);
    calls.push(call);
  });
  for (let i = 0; i < 3; i++) machine.run();
  expect(calls.map(entered)).toEqual([false, false, false]);
});

it("a helper that crashes ends the call, and the next one works", () => {
  const helper = new Helper(kernels.module);
  let crash = true;
  const machine = machineWith((call) => {
    helper.help({ team: "a", call: crash ? { ...call, scratch: 2 ** 32 - 2 ** 20 } : call, thread: 1 });
  });
  const crashing = machine.run();
  expect(crashing.status).toBe(crashedHelper);
  crash = false;
  const { status, call } = machine.run();
  expect(status).toBe(Status.ok);
  expect(bytes(call).equals(bytes(expected))).toBe(true);
});

describe("a backend of three workers", () => {
  const wasm = createWasm({ workers: 3 });
  const sigCoef = wasm.operations.sigCoef!;

  it("says so", async () => {
    await init();
    expect(wasm.capabilities.threads).toBe(3);
    expect(wasm.info()).toMatchObject({ threads: "shared memory" });
  });

  it("computes the same bits at once and as a promise, several calls at a time", async () => {
    const calls = Array.from({ length: 5 }, largeCall);
    const promises = calls.map((call) => sigCoef.start(call, quietly));
    const now = largeCall();
    sigCoef.run(now);
    await Promise.all(promises);
    for (const call of [now, ...calls]) expect(bytes(call).equals(bytes(expected))).toBe(true);
  });

  it("lets small calls pass a large one that all of its workers compute", async () => {
    const controller = new AbortController();
    const large = { ...coefficientsCall(4000, 75, 6), threads: 3 };
    let ended = false;
    const stopped = sigCoef.start(large, { signal: controller.signal, onProgress: () => undefined }).finally(() => (ended = true));
    const small = Array.from({ length: 6 }, () => coefficientsCall(1, 10));
    for (const call of small) {
      await sigCoef.start(call, quietly);
      expect(ended).toBe(false);
    }
    controller.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    const after = largeCall();
    await sigCoef.start(after, quietly);
    expect(bytes(after).equals(bytes(expected))).toBe(true);
  });
});
