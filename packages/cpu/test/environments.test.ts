import { afterAll, describe, expect, it } from "vitest";
import { program, removePrograms, runProgram } from "./program.js";

const endless = "createCpu().operations.sigCoef.start(longCall(2), quietly)";

describe("environments of Node", () => {
  afterAll(removePrograms);

  it("end by process.exit at once, whatever is being computed", async () => {
    const file = await program("exit", `void ${endless}; setTimeout(() => { console.log(Date.now()); process.exit(7); }, 50);`);
    const { code, output, time } = await runProgram(file);
    expect(code).toBe(7);
    expect(time - Number(output)).toBeLessThan(200);
  });

  it("stay alive while a promise is pending, and no longer", async () => {
    const call = `coefficientsCall(100, 100, 2)`;
    const file = await program("alive", `createCpu().operations.sigCoef.start(${call}, quietly).then(() => console.log("done"));`);
    expect(await runProgram(file)).toMatchObject({ code: 0, output: "done\n" });
  });

  it("load, use and leave the addon in four worker threads at a time", async () => {
    const file = await program(
      "workers",
      `if (isMainThread) {
        const worker = (terminated) => new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url));
          worker.on("error", reject);
          worker.on("message", () => { if (terminated) void worker.terminate(); });
          worker.on("exit", resolve);
        });
        for (let round = 0; round < 5; round++) await Promise.all([0, 1, 2, 3].map((i) => worker((round + i) % 2 === 0)));
        console.log("done");
      } else {
        const { sigCoef } = createCpu().operations;
        const one = coefficientsCall(20, 20, 1), two = coefficientsCall(20, 20, 2);
        sigCoef.run(one);
        await sigCoef.start(two, quietly);
        if (one.out.some((value, i) => value !== two.out[i])) throw new Error("results differ");
        parentPort.postMessage("ready");
        for (let i = 0; i < 20; i++) await sigCoef.start(two, quietly);
      }`,
    );
    expect(await runProgram(file)).toMatchObject({ code: 0, output: "done\n" });
  });

  it("end by worker.terminate in the middle of long calls", async () => {
    const file = await program(
      "terminate",
      `if (isMainThread) {
        for (let round = 0; round < 3; round++) {
          await Promise.all([0, 1, 2, 3].map(async () => {
            const worker = new Worker(new URL(import.meta.url));
            await new Promise((resolve) => worker.once("message", resolve));
            await worker.terminate();
          }));
        }
        console.log("done");
      } else {
        void ${endless};
        void ${endless};
        parentPort.postMessage("started");
      }`,
    );
    expect(await runProgram(file)).toMatchObject({ code: 0, output: "done\n" });
  });

  it("end by process.exit of the main thread while workers compute", async () => {
    const file = await program(
      "exit-with-workers",
      `if (isMainThread) {
        let started = 0;
        for (let i = 0; i < 4; i++) new Worker(new URL(import.meta.url)).once("message", () => {
          if (++started < 4) return;
          console.log(Date.now());
          process.exit(3);
        });
      } else {
        void ${endless};
        parentPort.postMessage("started");
      }`,
    );
    const { code, output, time } = await runProgram(file);
    expect(code).toBe(3);
    expect(time - Number(output)).toBeLessThan(500);
  });
});
