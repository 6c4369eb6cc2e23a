// Writes branched_tables.hpp, the tree tables of the native tests; core must be built.
import { writeFileSync } from "node:fs";
import { readTrees, treeCuts, treeIntegrals, treeSelection, trees, treeToIdx } from "../../core/dist/index.js";

/** Labels, degree, planar, and the channels and degree of a correction. */
const sizes = [
  [1, 1, false],
  [1, 7, false],
  [2, 4, false],
  [3, 3, false],
  [5, 2, false],
  [1, 5, true],
  [2, 3, true],
  [1, 6, false, 1, 6],
  [2, 3, false, 2, 3],
  [3, 3, false, 2, 2],
  [2, 3, true, 2, 3],
  [3, 2, true, 3, 2],
];
const selections = [
  [2, 4, false, [[[[0], [1], 0], 1], [[0], 1], [1]]],
  [
    2,
    3,
    true,
    [
      [[[0], 1], [1]],
      [[0], [0], [1]],
    ],
  ],
];
const lines = [
  "// Tables of small algebras of trees, in the layout of packages/core/src/tables.ts. Written by make_branched_tables.mjs.",
  "#pragma once",
  "",
  "#include <cstdint>",
  "",
  '#include "sig_kernels.h"',
  "",
  "namespace tables {",
  "",
  "struct BranchedEntry {",
  "  int64_t labels, degree;",
  "  bool planar;",
  "  int64_t channels, correction_degree;  // of a correction, or 0",
  "  sig_table integrals[6];",
  "  sig_table cuts[8];",
  "  sig_table places;  // of chosen elements: where a whole row has the numbers of the row; else empty",
  "};",
  "",
];

function array(name, values) {
  let text = `static const int32_t ${name}[] = {`;
  let line = "";
  for (const number of values.length > 0 ? values : [0]) {
    if (line.length > 130) {
      text += `\n    ${line.trimEnd()}`;
      line = "";
    }
    line += `${number}, `;
  }
  lines.push(`${text}\n    ${line.slice(0, -2)}};`);
  return `{${name}, ${values.length}}`;
}

const entries = [];
function entry([labels, degree, planar, channels = 0, correctionDegree = 0], integrals, places) {
  const name = `branched_${entries.length}`;
  const cuts = treeCuts({ dimension: labels, degree, planar }, "make_branched_tables").arrays;
  const list = (kind, arrays) => `{${arrays.map((values, i) => array(`${name}_${kind}_${i}`, values)).join(", ")}}`;
  const text = [list("integrals", integrals), list("cuts", cuts), array(`${name}_places`, places)].join(", ");
  entries.push(`    {${labels}, ${degree}, ${planar}, ${channels}, ${correctionDegree}, ${text}},`);
}

for (const size of sizes) {
  const [dimension, degree, planar, channels, correctionDegree] = size;
  const correction = channels === undefined ? undefined : { dimension: channels, degree: correctionDegree, labels: dimension };
  entry(size, treeIntegrals({ dimension, degree, planar }, correction, "make_branched_tables").arrays, []);
}
for (const [dimension, degree, planar, chosen] of selections) {
  const read = (list) => readTrees(list, dimension, planar, { operation: "make_branched_tables", argument: "trees" });
  const { integrals, length } = treeSelection(read(chosen), dimension, planar);
  // Elements of the row are found by asking for each element of the basis together with the chosen ones.
  const places = new Int32Array(length);
  const basis = trees(dimension, degree, { planar }).slice(1);
  for (const element of basis) {
    const more = treeSelection(read([...chosen, element]), dimension, planar);
    if (more.length !== length) continue;
    places[more.places.arrays[0][chosen.length] - 1] = treeToIdx(element, dimension, degree, { planar });
  }
  entry([dimension, degree, planar], integrals.arrays, places);
}
lines.push("", "static const BranchedEntry branched[] = {", ...entries, "};", "", "}  // namespace tables", "");
writeFileSync(new URL("branched_tables.hpp", import.meta.url), lines.join("\n"));
