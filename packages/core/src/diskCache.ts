/**
 * Prepared tables on disk, in Node and only on request. One file holds one table:
 *   8 bytes "SIGTABLE"; Uint32: byte order mark, format version, dimension, degree, number of arrays, then element size and length of each;
 *   the arrays one after the other; 32 bytes SHA-256 of all before.
 * Integers are in the order of the machine. What cannot be read (missing, damaged, another version or machine) is computed again.
 */
import type { Table } from "./backend.js";
import { describe, SigError, SigRangeError, SigTypeError } from "./errors.js";
import { builtin, environment, shared } from "./state.js";
import type { Steps } from "./steps.js";

type Arrays = Table["arrays"];

interface Stats {
  readonly size: number;
  isDirectory(): boolean;
}

/** What is used of Node's modules. */
interface Node {
  readonly fs: {
    statSync(path: string, options: { throwIfNoEntry: false }): Stats | undefined;
    fstatSync(handle: number): Stats;
    openSync(path: string, flags: string): number;
    closeSync(handle: number): void;
    readSync(handle: number, target: Uint8Array): number;
    writeFileSync(handle: number, data: Uint8Array): void;
    mkdirSync(path: string, options: { recursive: true }): unknown;
    renameSync(from: string, to: string): void;
    rmSync(path: string, options: { force: true }): void;
    rmdirSync(path: string): void;
    readdirSync(path: string): string[];
    existsSync(path: string): boolean;
  };
  readonly path: { resolve(path: string): string; join(...parts: string[]): string };
  readonly os: { homedir(): string; platform(): string };
  readonly crypto: { createHash(name: string): { update(data: Uint8Array): unknown; digest(): Uint8Array }; randomUUID(): string };
}

const VERSION = 1;
const ORDER = 0x01020304;
const MAGIC = "SIGTABLE";
const FOLDER = "sig-tables";
const SUFFIX = ".sigtable";
/** Bytes hashed and written in one step. */
const CHUNK = 2 ** 20;

const settings = (): { directory: string | undefined } =>
  shared<{ directory: string | undefined }>("diskCache", () => ({ directory: undefined }));

function nodeModules(operation: string, argument: string): Node {
  const [fs, path, crypto, os] = ["fs", "path", "crypto", "os"].map((name) => builtin(`node:${name}`));
  if (fs === undefined || path === undefined || crypto === undefined || os === undefined) {
    const message = `${operation}: ${argument}: the disk cache needs the file system of Node, which is not there`;
    throw new SigError(message, { code: "DISK_CACHE", operation, argument });
  }
  return { fs, path, crypto, os } as Node;
}

/**
 * Names the directory in whose subfolder `sig-tables` prepared tables are looked for from now on, and written where `useDisk` asks for it.
 * Without a call of this function, `useDisk` uses the user's cache directory, and nothing else touches the disk. Node only.
 *
 * @param dir an existing directory; a relative path is resolved at once
 * @throws SigTypeError, SigRangeError where it is no existing directory, SigError (`DISK_CACHE`) where there is no file system
 */
export function setCacheDir(dir: string): void {
  const operation = "setCacheDir";
  if (typeof dir !== "string") {
    throw new SigTypeError(`setCacheDir: dir must be a string, got ${describe(dir)}`, { code: "INVALID_TYPE", operation, argument: "dir" });
  }
  const { fs, path } = nodeModules(operation, "dir");
  const directory = path.resolve(dir);
  const found = fs.statSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) {
    const problem = found === undefined ? "does not exist" : "is not a directory";
    throw new SigRangeError(`setCacheDir: dir ${problem}: ${directory}`, { code: "INVALID_VALUE", operation, argument: "dir" });
  }
  settings().directory = directory;
}

/** Whether tables are looked for on disk without being asked. */
export const hasCacheDir = (): boolean => settings().directory !== undefined;

function folder({ path, os }: Node): string {
  const { directory } = settings();
  if (directory !== undefined) return path.join(directory, FOLDER);
  const home = os.homedir();
  const platform = os.platform();
  if (platform === "win32") return path.join(environment("LOCALAPPDATA") ?? path.join(home, "AppData", "Local"), FOLDER);
  return platform === "darwin"
    ? path.join(home, "Library", "Caches", FOLDER)
    : path.join(environment("XDG_CACHE_HOME") ?? path.join(home, ".cache"), FOLDER);
}

const fileOf = (node: Node, kind: string, dimension: number, degree: number): string =>
  node.path.join(folder(node), `${kind}-${dimension}-${degree}${SUFFIX}`);

function header(arrays: Arrays, dimension: number, degree: number): Uint8Array {
  const numbers = [ORDER, VERSION, dimension, degree, arrays.length, ...arrays.flatMap((array) => [array.BYTES_PER_ELEMENT, array.length])];
  const bytes = new Uint8Array(8 + 4 * numbers.length);
  for (let i = 0; i < 8; i++) bytes[i] = MAGIC.charCodeAt(i);
  bytes.set(new Uint8Array(Uint32Array.from(numbers).buffer), 8);
  return bytes;
}

/** Writes the table unless its file is there: to a file of its own first, which is then renamed. */
export function* writeTable(kind: string, dimension: number, degree: number, arrays: Arrays, operation: string): Steps<undefined> {
  const node = nodeModules(operation, "useDisk");
  const { fs } = node;
  const file = fileOf(node, kind, dimension, degree);
  if ((yield* readTable(kind, dimension, degree, operation)) !== undefined) return undefined;
  const temporary = `${file}.${node.crypto.randomUUID()}`;
  try {
    fs.mkdirSync(folder(node), { recursive: true });
    const handle = fs.openSync(temporary, "wx");
    try {
      const hash = node.crypto.createHash("sha256");
      for (const part of [header(arrays, dimension, degree), ...arrays]) {
        const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
        for (let place = 0; place < bytes.length; place += CHUNK) {
          const chunk = bytes.subarray(place, place + CHUNK);
          hash.update(chunk);
          fs.writeFileSync(handle, chunk);
          yield;
        }
      }
      fs.writeFileSync(handle, hash.digest());
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (cause) {
    if (fs.existsSync(temporary)) fs.rmSync(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${operation}: the table could not be written to ${file}: ${reason}`;
    throw new SigError(message, { code: "DISK_CACHE", operation, argument: "useDisk", cause });
  }
  return undefined;
}

/** The arrays of a table, or undefined where there is no sound file of it. */
export function* readTable(kind: string, dimension: number, degree: number, operation: string): Steps<Arrays | undefined> {
  const node = nodeModules(operation, "useDisk");
  let handle: number | undefined;
  try {
    handle = node.fs.openSync(fileOf(node, kind, dimension, degree), "r");
    const size = node.fs.fstatSync(handle).size;
    const hash = node.crypto.createHash("sha256");
    const start = read(node, handle, 28);
    hash.update(start);
    const [order, version, d, n, count = 0] = new Uint32Array(start.buffer, 8);
    const magic = String.fromCharCode(...start.subarray(0, 8));
    if (magic !== MAGIC || order !== ORDER || version !== VERSION || d !== dimension || n !== degree || count > 16) return undefined;
    const shapes = read(node, handle, 8 * count);
    hash.update(shapes);
    const shape = new Uint32Array(shapes.buffer);
    let bytes = 28 + 8 * count + 32;
    for (let i = 0; i < count; i++) bytes += shape[2 * i]! * shape[2 * i + 1]!;
    if (bytes !== size) return undefined;
    const arrays: (Int32Array | Float64Array)[] = [];
    for (let i = 0; i < count; i++) {
      const array = shape[2 * i] === 8 ? new Float64Array(shape[2 * i + 1]!) : new Int32Array(shape[2 * i + 1]!);
      const target = new Uint8Array(array.buffer);
      for (let place = 0; place < target.length; place += CHUNK) {
        const chunk = target.subarray(place, place + CHUNK);
        if (node.fs.readSync(handle, chunk) !== chunk.length) return undefined;
        hash.update(chunk);
        yield;
      }
      arrays.push(array);
    }
    const digest = hash.digest();
    return read(node, handle, 32).every((byte, i) => byte === digest[i]) ? arrays : undefined;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) node.fs.closeSync(handle);
  }
}

function read({ fs }: Node, handle: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (fs.readSync(handle, bytes) !== length) throw new RangeError("the file ends early");
  return bytes;
}

/** Removes the files of all tables, and their folder where nothing else is in it. */
export function removeTables(operation: string): void {
  const node = nodeModules(operation, "useDisk");
  const { fs, path } = node;
  const directory = folder(node);
  try {
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      if (name.includes(SUFFIX)) fs.rmSync(path.join(directory, name), { force: true });
    }
    if (fs.existsSync(directory) && fs.readdirSync(directory).length === 0) fs.rmdirSync(directory);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SigError(`${operation}: the tables in ${directory} could not be removed: ${reason}`, {
      code: "DISK_CACHE",
      operation,
      argument: "useDisk",
      cause,
    });
  }
}
