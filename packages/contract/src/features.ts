import { type Backend, type Dtype, registerBackend, withBackend } from "@sig/api";
import { backprop, forward, makeArrays, makeDerivs } from "./operations/driver.js";
import type { Operation } from "./operations/spec.js";

/** A backend as far as its table says what it can do. */
export type Able = Pick<Backend, "name" | "capabilities" | "operations">;

type OperationName = keyof Backend["operations"];

const operationsOf = ({ operations }: Able): OperationName[] => Object.keys(operations) as OperationName[];

const dtypes: readonly Dtype[] = ["float64", "float32"];

/** The operations of backends that each public function is made of, seen by calling it. */
export function primitivesOf(operations: readonly Operation[], backend: Backend): ReadonlyMap<string, readonly OperationName[]> {
  let seen = new Set<string>();
  const watched = Object.entries(backend.operations).map(([name, implementation]) => {
    const run = (call: never): void => {
      seen.add(name);
      implementation.run(call);
    };
    return [name, { ...implementation, run }] as const;
  });
  registerBackend({
    name: "watched",
    priority: -1,
    create: () => ({ ...backend, name: "watched", operations: Object.fromEntries(watched) }),
  });
  const found = new Map<string, Set<string>>();
  const watch = <T>(name: string, call: () => T): T => {
    seen = found.get(name) ?? new Set();
    found.set(name, seen);
    return withBackend("watched", call);
  };
  for (const op of operations) {
    for (const s of op.samples) {
      const arrays = makeArrays(op, s, "float64");
      const value = watch(op.name, () => forward(op, s, arrays));
      if (!op.backprop.skip?.(s)) watch(op.backprop.name, () => backprop(op, s, arrays, value, makeDerivs(op, s, "float64")));
    }
  }
  return new Map([...found].map(([name, used]) => [name, operationsOf(backend).filter((operation) => used.has(operation))]));
}

const serves = ({ capabilities, operations }: Able, operation: OperationName, dtype: Dtype): boolean =>
  (operations[operation]?.dtypes ?? (operations[operation] ? capabilities.dtypes : [])).includes(dtype);

/** A Markdown table with its columns aligned. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** FEATURES.md: who computes what, in which dtype. */
export function features(backends: readonly Able[], functions: ReadonlyMap<string, readonly OperationName[]>): string {
  const columns = backends.flatMap((backend) => dtypes.map((dtype) => ({ backend, dtype })));
  const titles = columns.map(({ backend, dtype }) => `${backend.name} ${dtype}`);
  const served = columns.map(
    ({ backend, dtype }) =>
      (operation: OperationName) =>
        serves(backend, operation, dtype),
  );
  const functionRows = [...functions].map(([name, primitives]) => {
    const cells = served.map((can) => (primitives.every(can) ? "yes" : primitives.some(can) ? "in part" : "-"));
    return [name, ...cells, primitives.join(", ")];
  });
  const operationNames = [...new Set(backends.flatMap(operationsOf))];
  const operationRows = operationNames.map((name) => [name, ...served.map((can) => (can(name) ? "yes" : "-"))]);
  return `# Features

Generated from the tables of the backends by a test of \`packages/contract\`; \`vitest run features -u\` writes it again.

A function is made of operations of the Backend contract, which \`explain({ operation, dtype })\` tells the choice for. Where a backend has
only some of them, or not the dtype, the next one serves the others: "in part". Words, trees, lengths and preparation need no backend, and
streams are made of these functions. Every function has a promise form in \`@sig/api/async\`.

## Functions

${table(["function", ...titles, "operations"], functionRows)}

## Operations of the Backend contract

${table(["operation", ...titles], operationRows)}
`;
}
