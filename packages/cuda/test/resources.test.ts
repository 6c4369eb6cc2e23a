import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Kernel {
  readonly registers: number;
  readonly stack: number;
  readonly spills: number;
  readonly shared: number;
}

interface Resources {
  readonly bytes: number;
  readonly seconds: number;
  readonly kernels: Readonly<Record<string, Readonly<Record<string, Kernel>>>>;
}

const file = new URL("../build/resources.json", import.meta.url);
const present = existsSync(file);

/** Of an H100: what a processor has, and threads of a block of every kernel here. */
const registersOfProcessor = 65536;
const threadsOfProcessor = 2048;
const blocksOfProcessor = 32;
const threads = 128;

/** Share of a processor's threads that registers leave room for, where working memory in shared memory does not decide. */
function occupancy(registers: number): number {
  const warp = Math.ceil(registers / 8) * 8 * 32;
  const blocks = Math.min(blocksOfProcessor, Math.floor(registersOfProcessor / warp / (threads / 32)));
  return Math.min(1, (blocks * threads) / threadsOfProcessor);
}

function report({ kernels }: Resources): string {
  const architectures = Object.keys(kernels).map(Number);
  const names = Object.keys(kernels["90"]!).sort();
  const lines = names.map((name) => {
    const all = architectures.map((sm) => kernels[sm]![name]!);
    const own = kernels["90"]![name]!;
    const most = (what: (kernel: Kernel) => number): number => Math.max(...all.map(what));
    const share = `${Math.round(100 * occupancy(own.registers))} %`;
    const cells = [
      name,
      own.registers,
      most((k) => k.registers),
      most((k) => k.stack),
      most((k) => k.spills),
      most((k) => k.shared),
      share,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `# What the kernels take of the device

As the assembler of CUDA 13.0 says. The test that holds this file up to date writes it: \`npx vitest run --project cuda -u\`.
Registers of one thread on sm_90 and at most on ${architectures.map((sm) => `sm_${sm}`).join(", ")}; bytes of stack, of spilled registers and of static shared
memory at most on any; share of an H100's threads that the registers leave room for in blocks of ${threads} threads.

<!-- prettier-ignore -->
| kernel | registers | at most | stack | spills | shared | occupancy |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
}

it("the kernels were compiled where everything has to be there", () => {
  if (process.env["SIG_REQUIRE_ALL"] === "1") expect(present).toBe(true);
});

describe.skipIf(!present)("the compiled kernels", () => {
  const resources = (present ? JSON.parse(readFileSync(file, "utf8")) : undefined) as Resources;

  it("take what the committed report says", async () => {
    await expect(report(resources)).toMatchFileSnapshot("../resources.md");
  });

  it("spill no registers where paths are walked", () => {
    for (const kernels of Object.values(resources.kernels))
      for (const [name, { spills }] of Object.entries(kernels))
        if (/^(signature_[1-6]_|signature_backprop|sig_kernel)/.test(name)) expect(spills, name).toBe(0);
  });

  it("are no larger, and take no longer to compile, than the README says", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const stated = (what: string): number => Number(new RegExp(`${what} +\\| at most ([\\d.]+) `).exec(readme)?.[1]);
    expect(resources.bytes / 1e6).toBeLessThan(stated("Compiled kernels"));
    expect(resources.bytes / 1e6).toBeGreaterThan(stated("Compiled kernels") / 8);
    expect(resources.seconds).toBeLessThan(stated("Compiling them"));
  });
});
