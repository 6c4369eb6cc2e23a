// Writes tables.hpp, the algebra tables of the native tests: node --conditions=@sig/source is not needed, core must be built.
import { writeFileSync } from "node:fs";
import { bchTable, lyndonBasis } from "../../core/dist/index.js";

const sizes = [
  [1, 3],
  [2, 1],
  [2, 5],
  [3, 4],
  [5, 3],
];
const lines = [
  "// Lyndon bases and BCH tables of small algebras, in the layout of packages/core/src/backend.ts. Written by make_tables.mjs.",
  "#pragma once",
  "",
  "#include <cstdint>",
  "",
  '#include "sig_kernels.h"',
  "",
  "namespace tables {",
  "",
];

function array(name, values) {
  const type = values instanceof Int32Array ? "int32_t" : "double";
  const numbers = [...values].map((value) => (type === "double" && Number.isInteger(value) ? `${value}.0` : `${value}`));
  let text = `static const ${type} ${name}[] = {`;
  let line = "";
  for (const number of numbers.length > 0 ? numbers : ["0"]) {
    if (line.length + number.length > 130) {
      text += `\n    ${line.trimEnd()}`;
      line = "";
    }
    line += `${number}, `;
  }
  lines.push(`${text}\n    ${line.slice(0, -2)}};`);
  return `{${name}, ${values.length}}`;
}

function list(kind, make) {
  const entries = [];
  for (const [dimension, degree] of sizes) {
    const parts = make(dimension, degree).arrays.map((values, i) => array(`${kind}_${dimension}_${degree}_${i}`, values));
    entries.push(`    {${dimension}, ${degree}, {${parts.join(", ")}}},`);
  }
  lines.push("", `static const Entry ${kind}[] = {`, ...entries, "};", "");
}

lines.push("struct Entry {", "  int64_t dimension, degree;", "  sig_table arrays[12];", "};", "");
list("lyndon", (dimension, degree) => lyndonBasis(dimension, degree, { expansion: true }));
list("bch", (dimension, degree) => bchTable(dimension, degree));
lines.push("}  // namespace tables", "");
writeFileSync(new URL("tables.hpp", import.meta.url), lines.join("\n"));
