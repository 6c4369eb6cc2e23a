import { linearSig, sig, sigCombine, sigInverse, sigJoin } from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe, expect } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { coefficient, concatenate, drawWord, level, mapEntries, points, reverse, shuffles } from "../../src/pathTools.js";
import { paths, property } from "../../src/properties.js";
import { levelLengths } from "../../src/reference/algebra.js";
import { cast, itemOf, randomTensor, stack, tensor, zeros } from "../../src/tensors.js";

const tolerance = 1e-11;

/** For rows whose exact value may vanish. */
const expectNear = (actual: Tensor, expected: Tensor): void => expectClose(actual, expected, { tolerance, floor: 1 });

describe("signatures", () => {
  property("Chen: the signature of a concatenation is the product", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const second = randomTensor(random, [5, dimension]);
    expectClose(sig(concatenate(path, second), degree), sigCombine(sig(path, degree), sig(second, degree), dimension, degree), tolerance);
  });

  property("chunks of time multiply up to the whole", paths({ minLength: 3 }), ({ path, dimension, degree, length, random }) => {
    const cut = 1 + Math.floor(random() * (length - 2));
    const chunks = sigCombine(sig(points(path, 0, cut + 1), degree), sig(points(path, cut, length), degree), dimension, degree);
    expectClose(chunks, sig(path, degree), tolerance);
  });

  property("the reversed path has the inverse signature", paths(), ({ path, dimension, degree }) => {
    expectNear(sig(reverse(path), degree), sigInverse(sig(path, degree), dimension, degree));
  });

  property("a path and its way back cancel", paths(), ({ path, degree }) => {
    const there = sig(concatenate(path, reverse(path)), degree);
    expectNear(there, zeros(there.shape));
  });

  property("a tensor times its inverse is one, on either side", paths(), ({ dimension, degree, random }) => {
    const s = randomTensor(random, [levelLengths(dimension, degree, false).reduce((sum, n) => sum + n, 0)]);
    const inverse = sigInverse(s, dimension, degree);
    const scale = 1 + Math.max(...inverse.data.map(Math.abs));
    for (const product of [sigCombine(s, inverse, dimension, degree), sigCombine(inverse, s, dimension, degree)]) {
      expectNear(
        mapEntries(product, (x) => x / scale),
        zeros(s.shape),
      );
    }
    expectClose(sigInverse(inverse, dimension, degree), s, tolerance * scale ** 2);
  });

  property("the product is associative", paths({ maxDegree: 4 }), ({ dimension, degree, random }) => {
    const length = levelLengths(dimension, degree, false).reduce((sum, n) => sum + n, 0);
    const [a, b, c] = [0, 1, 2].map(() => randomTensor(random, [2, length])) as [Tensor, Tensor, Tensor];
    const product = (x: Tensor, y: Tensor): Tensor => sigCombine(x, y, dimension, degree);
    expectClose(product(product(a, b), c), product(a, product(b, c)), tolerance);
  });

  property(
    "shuffle product: <S, u><S, v> is the sum over the shuffles of u and v",
    paths({ minLength: 2 }),
    ({ path, dimension, degree, random }) => {
      if (degree < 2) return;
      const total = 2 + Math.floor(random() * (degree - 1));
      const split = 1 + Math.floor(random() * (total - 1));
      const [u, v] = [drawWord(random, dimension, split), drawWord(random, dimension, total - split)] as const;
      const s = sig(path, degree);
      const terms = shuffles(u, v).map((word) => coefficient(s, word, dimension));
      const sum = terms.reduce((a, b) => a + b, 0);
      const scale = 1 + terms.reduce((a, b) => a + Math.abs(b), 0);
      expect(Math.abs(sum - coefficient(s, u, dimension) * coefficient(s, v, dimension))).toBeLessThan(tolerance * scale);
    },
  );

  property("translation changes nothing", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const shift = randomTensor(random, [dimension]).data;
    expectClose(
      sig(
        mapEntries(path, (x, i) => x + (shift[i % dimension] ?? 0)),
        degree,
      ),
      sig(path, degree),
      tolerance,
    );
  });

  property("neither do points put in between or repeated", paths({ minLength: 2 }), ({ path, dimension, degree, length, random }) => {
    const at = Math.floor(random() * (length - 1));
    const share = random() < 0.3 ? 0 : random();
    const between = Array.from(
      { length: dimension },
      (_, c) => (1 - share) * (path.data[at * dimension + c] ?? NaN) + share * (path.data[(at + 1) * dimension + c] ?? NaN),
    );
    const cut = (at + 1) * dimension;
    const finer = tensor([...path.data.slice(0, cut), ...between, ...path.data.slice(cut)], [length + 1, dimension]);
    expectClose(sig(finer, degree), sig(path, degree), tolerance);
  });

  property("dilation by c multiplies level k by c^k", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const c = 4 * random() - 2;
    const [plain, dilated] = [
      sig(path, degree),
      sig(
        mapEntries(path, (x) => c * x),
        degree,
      ),
    ];
    for (let k = 1; k <= degree; k++)
      expectNear(
        mapEntries(level(dilated, dimension, k), (x) => x / c ** k),
        level(plain, dimension, k),
      );
  });

  property("permuting channels permutes letters", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const turn = Math.floor(random() * dimension);
    const turned = sig(
      mapEntries(path, (_, i) => path.data[i - (i % dimension) + ((i + turn) % dimension)] ?? NaN),
      degree,
    );
    const word = drawWord(random, dimension, degree);
    const plain = coefficient(
      sig(path, degree),
      word.map((letter) => (letter + turn) % dimension),
      dimension,
    );
    expect(Math.abs(coefficient(turned, word, dimension) - plain)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(plain)));
  });

  property("lower degrees are the beginning of higher ones", paths(), ({ path, degree }) => {
    const lower = sig(path, degree - 1);
    expectClose(tensor(sig(path, degree).data.slice(0, lower.data.length), lower.shape), lower, tolerance);
  });

  property(
    "in one dimension the levels are powers of the increment over factorials",
    paths({ maxDimension: 1, minLength: 2 }),
    ({ path, degree, length }) => {
      const increment = (path.data[length - 1] ?? NaN) - (path.data[0] ?? NaN);
      let power = 1;
      sig(path, degree).data.forEach((x, i) => {
        power *= increment / (i + 1);
        expect(Math.abs(x - power)).toBeLessThan(tolerance);
      });
    },
  );

  property(
    "joining a displacement is multiplying by its linear signature, on either side",
    paths({ minLength: 2 }),
    ({ path, dimension, degree, random }) => {
      const s = sig(path, degree);
      const v = randomTensor(random, [dimension]);
      const linear = linearSig(v, dimension, degree);
      expectClose(sigJoin(s, v, dimension, degree), sigCombine(s, linear, dimension, degree), tolerance);
      expectClose(sigJoin(s, v, dimension, degree, { prepend: true }), sigCombine(linear, s, dimension, degree), tolerance);
    },
  );

  property("prepending is appending to the reversed path, reversed", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const v = randomTensor(random, [dimension]);
    const back = mapEntries(v, (x) => -x);
    const appended = sigJoin(sig(reverse(path), degree), back, dimension, degree);
    expectClose(sigJoin(sig(path, degree), v, dimension, degree, { prepend: true }), sigInverse(appended, dimension, degree), tolerance);
  });

  property(
    "the linear signature is that of a straight line, however many points it has",
    paths({ minLength: 2 }),
    ({ dimension, degree, length, random }) => {
      const v = randomTensor(random, [dimension]);
      const line = tensor(
        Array.from({ length: length * dimension }, (_, i) => ((v.data[i % dimension] ?? NaN) * Math.floor(i / dimension)) / (length - 1)),
        [length, dimension],
      );
      expectClose(sig(line, degree), linearSig(v, dimension, degree), tolerance);
    },
  );

  property("stream rows are the signatures of the first 2, 3, … points", paths({ minLength: 2 }), ({ path, degree, length }) => {
    const rows = sig(path, degree, { stream: true });
    expect(rows.shape[0]).toBe(length - 1);
    for (let t = 0; t < length - 1; t++) expectClose(itemOf(rows, 1, t), sig(points(path, 0, t + 2), degree), tolerance);
  });

  property("a batch holds the signatures of its paths", paths({ batch: [2, 3] }), ({ path, degree }) => {
    const all = sig(path, degree);
    const singles = Array.from({ length: 6 }, (_, i) => sig(itemOf(path, 2, i), degree));
    expectClose(all, stack(singles, [2, 3], singles[0]?.shape ?? [], "float64"), tolerance);
  });

  property("the scalar term is a leading 1, and products keep the format", paths(), ({ path, dimension, degree, random }) => {
    const s = sig(path, degree);
    const scalar = sig(path, degree, { scalarTerm: true });
    expectSameBits(scalar, tensor([1, ...s.data], [s.data.length + 1]));
    const v = randomTensor(random, [dimension]);
    const joined = sigJoin(s, v, dimension, degree);
    expectSameBits(sigJoin(tensor([7, ...s.data], scalar.shape), v, dimension, degree), tensor([1, ...joined.data], scalar.shape));
    expectSameBits(sigCombine(s, scalar, dimension, degree), sigCombine(s, s, dimension, degree));
    expectSameBits(sigCombine(scalar, s, dimension, degree), sigCombine(scalar, scalar, dimension, degree));
  });

  property("both evaluation orders agree", paths({ minLength: 2 }), ({ path, degree }) => {
    expectClose(sig(path, degree, { horner: false }), sig(path, degree), tolerance);
  });

  property(
    "a correction row stands for the same row at every segment of every path",
    paths({ minLength: 2, batch: [2] }),
    ({ path, dimension, degree, length, random }) => {
      if (degree < 2) return;
      const row = randomTensor(random, [dimension ** 2]);
      const repeat = (times: number): number[] => Array.from({ length: times }, () => [...row.data]).flat();
      const rows = tensor(repeat(length - 1), [length - 1, dimension ** 2]);
      const all = tensor(repeat(2 * (length - 1)), [2, length - 1, dimension ** 2]);
      const corrected = sig(path, degree, { correction: row });
      expectClose(sig(path, degree, { correction: rows }), corrected, tolerance);
      expectClose(sig(path, degree, { correction: all }), corrected, tolerance);
      expectClose(sig(path, degree, { correction: zeros(row.shape) }), sig(path, degree), tolerance);
    },
  );

  property("float32 agrees with float64 to its own precision", paths({ minLength: 2, maxLength: 30, batch: [3] }), ({ path, degree }) => {
    const rounded = cast(path, "float32");
    const exact = cast(sig(cast(rounded, "float64"), degree), "float32");
    expectClose(sig(rounded, degree), exact, { tolerance: 1e-5, groups: [exact.data.length / 3], floor: 1 });
  });
});
