/**
 * The text of kernels. A kernel computes one number per thread: its body is GLSL ES 3.00 that returns the value at `i`. Sizes are uniforms and
 * not literals, so one compiled kernel serves every shape, and a path that grows by a point compiles nothing new.
 *
 * gpu.js compiles the text and runs it: as a native function, which its translator passes on as it is. An argument `x` of gpu.js is known
 * there as the sampler `user_x` of size `user_xSize`, and a number `n` as the uniform `user_n`.
 */

export type NumberKind = "int" | "float";

/** What a kernel is made from. */
export interface KernelSource<Arrays extends string = string, Numbers extends string = string> {
  readonly name: string;
  /** Arguments that are arrays, read as `left(i)`. */
  readonly arrays: readonly Arrays[];
  /** Arguments that are numbers. */
  readonly numbers: Readonly<Record<Numbers, NumberKind>>;
  /** Functions that the body calls. */
  readonly functions?: string;
  /** Statements that return the number at place `i` of the result. */
  readonly body: string;
}

/** A kernel source as gpu.js takes it. */
export interface KernelText {
  /** The function that gpu.js translates. */
  readonly entry: string;
  /** The native function that it calls. */
  readonly native: string;
  readonly argumentTypes: readonly string[];
}

/** The name of the number that every kernel has: the length of its result, which may end within its texture. */
export const TOTAL = "total";

/** No more textures than these and the one that is written to are sure to be had; with too many gpu.js answers with another kernel's result. */
export const MOST_ARRAYS = 7;

export function kernelText({ name, arrays, numbers, functions = "", body }: KernelSource): KernelText {
  if (arrays.length > MOST_ARRAYS)
    throw new RangeError(`kernel ${name} has ${arrays.length} arrays, and at most ${MOST_ARRAYS} are sure to be had`);
  const kinds: [string, NumberKind][] = [...Object.entries(numbers), [TOTAL, "int"]];
  const names = kinds.map(([name]) => name);
  const readers = arrays.map(
    (name) => `float ${name}(int i) { return texelFetch(user_${name}, ivec2(i % user_${name}Size.x, i / user_${name}Size.x), 0).r; }`,
  );
  const native = [
    ...names.map((name) => `#define ${name} user_${name}`),
    ...readers,
    functions.trim(),
    `float valueAt(int i) {\n${body.trim()}\n}`,
    "float compute() {",
    "  int i = int(gl_FragCoord.y) * uTexSize.x + int(gl_FragCoord.x);",
    `  return i < ${TOTAL} ? valueAt(i) : 0.0;`,
    "}",
    ...names.map((name) => `#undef ${name}`),
    "",
  ].join("\n");
  return {
    entry: `function(${[...arrays, ...names].join(", ")}) { return compute(); }`,
    native,
    argumentTypes: [...arrays.map(() => "ArrayTexture(1)"), ...kinds.map(([, kind]) => (kind === "int" ? "Integer" : "Float"))],
  };
}
