/** Tables of the Backend contract: what their arrays hold. */

/** Prepared integers of the algebra, made once by core and shared by all calls; `key` identifies their content. */
export interface Table {
  readonly key: string;
  /** In the order that the operation documents. */
  readonly arrays: readonly (Int32Array | Float64Array)[];
}

/**
 * The trie of the requested words, `arrays = [parent, letter, outputs]`, all Int32Array. Node 0 is the empty word; node n > 0
 * appends `letter[n]` to node `parent[n] < n`. Column c of the result is the coefficient of node `outputs[c]`.
 */
export type WordTrie = Table;

/**
 * Lyndon basis of (dimension, degree), `arrays = [lyndon, start, column, value, termStart, termIndex, termValue]`.
 * - `lyndon` (Int32, m): place of each Lyndon word in a row without scalar slot; words by length, then lexicographic.
 * - `start`, `column` (Int32), `value` (Float64): the inverse projection P^-1 without its unit diagonal, row by row:
 *   bracket_i = word_i + sum over start[i] <= e < start[i+1] of value[e] * word_{column[e]}, and column[e] < i.
 *   Rows of a word appear in order, so both may be updated in place from the last row to the first.
 * - `termStart`, `termIndex` (Int32), `termValue` (Float64): expansion of bracket i: sum of termValue[e] at row place termIndex[e].
 *   Empty where the operation only projects.
 */
export type LyndonBasis = Table;

/**
 * Baker-Campbell-Hausdorff in Lyndon bracket coordinates,
 * `arrays = [left, right, count0, count1, beta, levelStart, groupStart, pairLeft, pairRight, pairStart, entry, constant]`.
 * - Nodes are the Lyndon words in two letters that the series needs: node 0 is the first argument, node 1 the second, node n > 1 the
 *   bracket [left[n], right[n]] of earlier nodes, holding `count0[n]` and `count1[n]` letters of each (Int32).
 *   The result is the sum of `beta[n]` (Float64) times node n.
 * - `levelStart` (Int32, degree + 1): coordinates of level k are levelStart[k - 1] .. levelStart[k] - 1.
 * - Structure constants are grouped by the levels p <= q of a pair: group (p, q) is g = (p - 1) * degree + (q - 1), its pairs are
 *   groupStart[g] .. groupStart[g + 1] - 1 (empty where p > q or p + q > degree). Pair e stands for coordinates i = pairLeft[e]
 *   of level p and j = pairRight[e] of level q, i < j, and adds (x_i y_j - x_j y_i) * constant[f] to coordinate entry[f] of [x, y]
 *   for each f in pairStart[e] .. pairStart[e + 1] - 1.
 */
export type BchTable = Table;

/**
 * How the values of a branched signature integrate each other, `arrays = [levelStart, left, right, start, element, label]`, all Int32Array.
 * - Nodes are values: 0 is the unit, 1 .. m are the elements of a row, the rest products of two earlier nodes: node m + 1 + i is that of
 *   nodes left[i] and right[i]. Products stand by their number of tree nodes, which is the sum of those of their factors.
 * - `levelStart` (degree + 1): elements with n tree nodes have the places levelStart[n - 1] .. levelStart[n] - 1.
 * - Along a path x, node a adds the integral of its value against dx_l to element[e], l = label[e], for start[a] <= e < start[a+1]. Labels
 *   from dimension' on are entries of the correction of a segment, c_0 first, which changes evenly in the course of the segment.
 */
export type TreeIntegrals = Table;

/**
 * The cuts by which branched signatures multiply, `arrays = [levelStart, left, right, start, single, node, group, count]`, all
 * Int32Array.
 * - Levels and nodes as in `TreeIntegrals`: the unit, elements, and products of `left` and `right`.
 * - Element g * dimension + l differs from the others of group g in the label l of its root alone. Besides the cut that takes everything and
 *   the one that takes nothing, cut t of the group, start[g] <= t < start[g+1], takes node[t], leaves element group[t] * dimension + l,
 *   and counts count[t] times. Cuts that take one element, and no product, come first: up to single[g].
 */
export type TreeCuts = Table;

/**
 * A sparse matrix, `arrays = [start, column, value]` (Int32, Int32, Float64): number i of a result is the sum of value[e] times number
 * column[e] of the row over start[i] <= e < start[i+1].
 */
export type SparseMap = Table;
