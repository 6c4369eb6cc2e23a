import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isTensor, type Argument, type Row } from "./rows.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const environment = fileURLToPath(new URL("../../.tools/oracle", import.meta.url));

/** pysiglib in a Python process of its own, its virtual environment made at the first use (or named by SIG_ORACLE_PYTHON). */
export class Oracle {
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), "sig-benchmark-"));
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(oraclePython(), [join(here, "oracle.py")], { stdio: ["pipe", "pipe", "inherit"] });
    const output = this.#process.stdout;
    if (output === null) throw new Error("the oracle has no output");
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]();
  }

  /** Hands over the call and returns the seconds of its first run. */
  load(row: Row, jobs: number): Promise<number> {
    const args = row.args.map((argument, i) => this.#encode(argument, i));
    return this.#ask({ function: row.python, args, options: { ...row.options, n_jobs: jobs }, prepare: row.prepare });
  }

  /** Seconds of one call, over `repeats` calls in a row. */
  time(repeats: number): Promise<number> {
    return this.#ask({ repeats });
  }

  close(): void {
    this.#process.stdin?.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #encode(argument: Argument, index: number): unknown {
    if (!isTensor(argument)) return argument;
    const file = join(this.#folder, `${index}.bin`);
    writeFileSync(file, new Uint8Array(argument.data.buffer, argument.data.byteOffset, argument.data.byteLength));
    return { file, shape: argument.shape, dtype: argument.dtype };
  }

  async #ask(request: unknown): Promise<number> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error("the oracle ended early");
    return (JSON.parse(answer.value) as { seconds: number }).seconds;
  }
}

function oraclePython(): string {
  const given = process.env.SIG_ORACLE_PYTHON;
  if (given !== undefined) return given;
  const python = join(environment, "bin", "python");
  if (!existsSync(python)) {
    console.error("installing pysiglib 4.0.0 (with torch, some gigabytes) into .tools/oracle");
    check("python3", ["-m", "venv", environment]);
    check(python, ["-m", "pip", "install", "--quiet", "--requirement", join(here, "requirements.txt")]);
  }
  return python;
}

function check(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}
