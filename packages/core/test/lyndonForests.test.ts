import { describe, expect, it } from "vitest";
import { branchedLogSigLength, lyndonMap, treeToIdx, trees } from "../src/index.js";

type Map = ReturnType<typeof lyndonMap>;

function apply({ arrays: [start, column, value] }: Map, row: readonly number[]): number[] {
  return Array.from({ length: start!.length - 1 }, (_, i) => {
    let sum = 0;
    for (let e = start![i]!; e < start![i + 1]!; e++) sum += value![e]! * row[column![e]!]!;
    return sum;
  });
}

/** The matrix in full. */
const dense = (map: Map, columns: number): number[][] => {
  const units = Array.from({ length: columns }, (_, k) =>
    apply(
      map,
      Array.from({ length: columns }, (_, i) => (i === k ? 1 : 0)),
    ),
  );
  return Array.from({ length: map.arrays[0]!.length - 1 }, (_, i) => units.map((unit) => unit[i]!));
};

const algebras = [
  [1, 5],
  [2, 4],
  [3, 3],
].map(([dimension, degree]) => ({ dimension: dimension!, degree: degree!, planar: true }));

describe.each(algebras)("Lyndon coordinates of dimension $dimension and degree $degree", (algebra) => {
  const { dimension, degree } = algebra;
  const length = trees(dimension, degree, { planar: true }).length - 1;
  const count = branchedLogSigLength(dimension, degree, { planar: true });
  const random = Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1));

  it("are as many as the length says, and come back from their expansion", () => {
    expect(lyndonMap(algebra, "words", false, "test").arrays[0]).toHaveLength(count + 1);
    const expanded = apply(lyndonMap(algebra, "expansion", false, "test"), random);
    expect(expanded).toHaveLength(length);
    apply(lyndonMap(algebra, "brackets", false, "test"), expanded).forEach((x, i) => expect(x).toBeCloseTo(random[i]!, 12));
  });

  it("have transposed maps", () => {
    for (const which of ["words", "brackets", "expansion"] as const) {
      const columns = which === "expansion" ? count : length;
      const forward = dense(lyndonMap(algebra, which, false, "test"), columns);
      const back = dense(lyndonMap(algebra, which, true, "test"), forward.length);
      expect(back).toEqual(Array.from({ length: columns }, (_, k) => forward.map((line) => line[k]!)));
    }
  });
});

describe("Lyndon forests", () => {
  it("with one label stand at the known places", () => {
    const { arrays } = lyndonMap({ dimension: 1, degree: 4, planar: true }, "words", false, "test");
    expect(Array.from(arrays[1]!)).toEqual([0, 2, 4, 6, 7, 9, 11, 12, 17, 18, 19, 20, 21]);
  });

  it("have brackets: [0][2][1] is [[0], [2]], [1] with the longest Lyndon suffix last", () => {
    const algebra = { dimension: 3, degree: 3, planar: true };
    const places = Array.from(lyndonMap(algebra, "words", false, "test").arrays[1]!);
    const at = (...labels: number[]): number =>
      treeToIdx(
        labels.map((label) => [label] as const),
        3,
        3,
        { planar: true },
      );
    const bracket = (...labels: number[]): number[] => {
      const chosen = places.indexOf(at(...labels));
      return apply(
        lyndonMap(algebra, "expansion", false, "test"),
        places.map((_, i) => (i === chosen ? 1 : 0)),
      );
    };
    const terms = (row: readonly number[]): Record<number, number> => Object.fromEntries([...row.entries()].filter(([, x]) => x !== 0));
    expect(terms(bracket(0, 1))).toEqual({ [at(0, 1)]: 1, [at(1, 0)]: -1 });
    expect(terms(bracket(0, 1, 2))).toEqual({ [at(0, 1, 2)]: 1, [at(0, 2, 1)]: -1, [at(1, 2, 0)]: -1, [at(2, 1, 0)]: 1 });
    expect(terms(bracket(0, 2, 1))).toEqual({ [at(0, 2, 1)]: 1, [at(2, 0, 1)]: -1, [at(1, 0, 2)]: -1, [at(1, 2, 0)]: 1 });
  });
});
