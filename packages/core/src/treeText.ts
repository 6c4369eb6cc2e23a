/** Trees and forests for people to read. */
import { readForest } from "./treeInput.js";
import type { Forest, Tree } from "./trees.js";

/** Larger trees are not for reading; the bound keeps recursion short as well. */
const MAX_NODES = 1000;

function read(operation: string, tree: Tree | Forest | null): Forest {
  if (tree === null) return [];
  const tooMany = `must have at most ${MAX_NODES} nodes`;
  return readForest(tree, { operation, argument: "tree" }, { dimension: Infinity, maxNodes: MAX_NODES, tooMany, code: "TOO_LARGE" });
}

const childrenOf = (tree: Tree): Forest => tree.slice(0, -1) as Tree[];
const labelOf = (tree: Tree): string => String(tree[tree.length - 1]);

/**
 * A tree or forest in one line: a leaf is its label, a root with children [children]_label, trees side by side stand next to each other,
 * and the empty tree, null, is ∅.
 *
 * @throws SigTypeError, SigRangeError for what is no tree, and for one of more than 1000 nodes
 * @example formatTree([[0], [[1], 0], 2]) // "[0 [1]_0]_2"
 */
export function formatTree(tree: Tree | Forest | null): string {
  const forest = read("formatTree", tree);
  return forest.length === 0 ? "∅" : forest.map(format).join(" ");
}

function format(tree: Tree): string {
  const children = childrenOf(tree);
  return children.length === 0 ? labelOf(tree) : `[${children.map(format).join(" ")}]_${labelOf(tree)}`;
}

/** Lines of one width; the last one holds the root, at the column `root`. */
interface Drawing {
  readonly lines: readonly string[];
  readonly width: number;
  readonly root: number;
}

/**
 * A tree or forest drawn over several lines: roots at the bottom, children above their parent, and the empty tree, null, as ∅.
 *
 * ```
 *     1
 *     │
 * 0   0
 * └─┬─┘
 *   2
 * ```
 *
 * @throws SigTypeError, SigRangeError for what is no tree, and for one of more than 1000 nodes
 * @example drawTree([[0], [[1], 0], 2]) // the drawing above
 */
export function drawTree(tree: Tree | Forest | null): string {
  const forest = read("drawTree", tree);
  if (forest.length === 0) return "∅";
  const { lines } = sideBySide(forest.map(draw));
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Drawings on a common ground line, three columns apart, with the columns of their roots. */
function sideBySide(drawings: readonly Drawing[]): { lines: string[]; width: number; roots: number[] } {
  const height = Math.max(...drawings.map(({ lines }) => lines.length));
  const lines = new Array<string>(height).fill("");
  const roots: number[] = [];
  let width = 0;
  for (const drawing of drawings) {
    if (width > 0) width += 3;
    roots.push(width + drawing.root);
    drawing.lines.forEach((line, i) => {
      const at = height - drawing.lines.length + i;
      lines[at] = lines[at]!.padEnd(width) + line;
    });
    width += drawing.width;
  }
  return { lines: lines.map((line) => line.padEnd(width)), width, roots };
}

function draw(tree: Tree): Drawing {
  const children = childrenOf(tree);
  const label = labelOf(tree);
  if (children.length === 0) return { lines: [label], width: label.length, root: Math.floor((label.length - 1) / 2) };
  const above = sideBySide(children.map(draw));
  const root = Math.floor((above.roots[0]! + above.roots[above.roots.length - 1]!) / 2);
  const left = Math.floor((label.length - 1) / 2);
  // A label that is wider than what it carries pushes everything to the right.
  const shift = Math.max(0, left - root);
  const width = Math.max(shift + above.width, shift + root - left + label.length);
  const raise = (line: string): string => (" ".repeat(shift) + line).padEnd(width);
  const bottom = (" ".repeat(shift + root - left) + label).padEnd(width);
  return { lines: [...above.lines.map(raise), raise(branches(above.roots, root)), bottom], width, root: shift + root };
}

/** The line that joins the roots of children to their parent below. */
function branches(children: readonly number[], parent: number): string {
  const first = children[0]!;
  const last = children[children.length - 1]!;
  let line = " ".repeat(first);
  for (let column = first; column <= last; column++) {
    const up = children.includes(column);
    const down = column === parent;
    if (first === last) line += "│";
    else if (column === first) line += "└";
    else if (column === last) line += "┘";
    else line += up && down ? "┼" : up ? "┴" : down ? "┬" : "─";
  }
  return line;
}
