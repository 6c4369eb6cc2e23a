import {
  linearLogSig,
  linearSig,
  logSig,
  logSigCombine,
  logSigJoin,
  logSigLength,
  logSigToSig,
  lyndonWords,
  sig,
  sigCombine,
  sigLength,
  sigToLogSig,
  transformPath,
} from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe, expect } from "vitest";
import { expectClose } from "../../src/compare.js";
import { coefficient, drawWord, mapEntries, points, reverse, shuffles } from "../../src/pathTools.js";
import { type PathCase, paths, property } from "../../src/properties.js";
import { itemOf, randomTensor, stack, tensor, zeros } from "../../src/tensors.js";

/** Relative to the larger of 1 and the result. */
const expectNear = (actual: Tensor, expected: Tensor, tolerance = 1e-10): void => expectClose(actual, expected, { tolerance, floor: 1 });

const randomLie = ({ dimension, degree, random }: PathCase): Tensor => randomTensor(random, [logSigLength(dimension, degree)]);
const toSig = (x: Tensor, { dimension, degree }: PathCase): Tensor => logSigToSig(x, dimension, degree, { method: 2 });
const negative = (a: Tensor): Tensor => mapEntries(a, (x) => -x);

describe("log-signatures", () => {
  property("the exponential of the logarithm is the tensor itself", paths(), ({ dimension, degree, random }) => {
    const s = randomTensor(random, [3, sigLength(dimension, degree)]);
    expectNear(logSigToSig(sigToLogSig(s, dimension, degree, { method: 0 }), dimension, degree, { method: 0 }), s);
  });

  for (const method of [0, 1, 2] as const) {
    property(`the logarithm of the exponential is the element itself, method ${method}`, paths(), ({ dimension, degree, random }) => {
      const x = randomTensor(random, [2, method === 0 ? sigLength(dimension, degree) : logSigLength(dimension, degree)]);
      expectNear(sigToLogSig(logSigToSig(x, dimension, degree, { method }), dimension, degree, { method }), x);
    });

    property(`the log-signature of a path determines its signature, method ${method}`, paths(), ({ path, dimension, degree }) => {
      expectNear(logSigToSig(logSig(path, degree, { method }), dimension, degree, { method }), sig(path, degree));
    });
  }

  property(
    "the logarithm of a signature is a Lie element: orthogonal to every shuffle product",
    paths({ minLength: 2 }),
    ({ path, dimension, degree, random }) => {
      if (degree < 2) return;
      const log = logSig(path, degree, { method: 0 });
      const split = 1 + Math.floor(random() * (degree - 1));
      const words = shuffles(drawWord(random, dimension, split), drawWord(random, dimension, degree - split));
      expect(Math.abs(words.reduce((sum, word) => sum + coefficient(log, word, dimension), 0))).toBeLessThan(1e-11 * words.length);
    },
  );

  property("method 1 is method 0 at the Lyndon words", paths(), ({ path, dimension, degree }) => {
    const log = logSig(path, degree, { method: 0 });
    const picked = lyndonWords(dimension, degree).map((word) => coefficient(log, word, dimension));
    expectNear(logSig(path, degree, { method: 1 }), tensor(picked, [picked.length]));
  });

  property("method 3 is method 2", paths({ batch: [3] }), ({ path, degree }) => {
    expectNear(logSig(path, degree, { method: 3 }), logSig(path, degree, { method: 2 }));
  });

  for (const method of [0, 1, 2, 3] as const) {
    property(`the reversed path has the opposite log-signature, method ${method}`, paths(), ({ path, degree }) => {
      expectNear(logSig(reverse(path), degree, { method }), negative(logSig(path, degree, { method })));
    });

    property(
      `stream rows are the log-signatures of the first 2, 3, … points, method ${method}`,
      paths({ minLength: 2 }),
      ({ path, degree, length }) => {
        const rows = logSig(path, degree, { method, stream: true });
        expect(rows.shape[0]).toBe(length - 1);
        for (let t = 0; t < length - 1; t++) expectNear(itemOf(rows, 1, t), logSig(points(path, 0, t + 2), degree, { method }));
      },
    );

    property(
      `flags stand for the transformed path, method ${method}`,
      paths({ minLength: 2, maxDimension: 2, maxDegree: 3 }),
      ({ path, degree, random }) => {
        const flags = { timeAug: random() < 0.5, leadLag: random() < 0.5, endTime: 3 * random() };
        expectNear(logSig(path, degree, { method, ...flags }), logSig(transformPath(path, flags), degree, { method }));
      },
    );

    property(`a straight line has the linear log-signature, method ${method}`, paths(), ({ dimension, degree, random }) => {
      const v = randomTensor(random, [dimension]);
      const line = tensor([...v.data.map(() => 0), ...v.data.map((x) => 0.3 * x), ...v.data], [3, dimension]);
      expectNear(logSig(line, degree, { method }), linearLogSig(v, dimension, degree, { method }));
    });
  }

  property("a batch holds the log-signatures of its paths", paths({ batch: [2, 2] }), ({ path, degree, random }) => {
    const method = Math.floor(4 * random()) as 0 | 1 | 2 | 3;
    const singles = Array.from({ length: 4 }, (_, i) => logSig(itemOf(path, 2, i), degree, { method }));
    expectNear(logSig(path, degree, { method }), stack(singles, [2, 2], singles[0]?.shape ?? [], "float64"));
  });

  property("the scalar term of method 0 is a leading 0", paths(), ({ path, degree }) => {
    const log = logSig(path, degree, { method: 0 });
    expectNear(logSig(path, degree, { method: 0, scalarTerm: true }), tensor([0, ...log.data], [log.data.length + 1]));
  });

  property("dilation by c multiplies the coordinates of level k by c^k", paths({ minLength: 2 }), ({ path, dimension, degree, random }) => {
    const c = 4 * random() - 2;
    const words = lyndonWords(dimension, degree);
    const plain = logSig(path, degree, { method: 2 });
    expectNear(
      logSig(
        mapEntries(path, (x) => c * x),
        degree,
        { method: 2 },
      ),
      mapEntries(plain, (x, i) => x * c ** (words[i]?.length ?? NaN)),
      1e-9,
    );
  });

  property("combining log-signatures is multiplying signatures", paths(), (drawn) => {
    const { dimension, degree } = drawn;
    const [a, b] = [randomLie(drawn), randomLie(drawn)];
    const product = sigCombine(toSig(a, drawn), toSig(b, drawn), dimension, degree);
    expectNear(logSigCombine(a, b, dimension, degree), sigToLogSig(product, dimension, degree, { method: 2 }));
  });

  property("combining is associative, and undone by the opposite", paths({ maxDegree: 4 }), (drawn) => {
    const { dimension, degree } = drawn;
    const [a, b, c] = [randomLie(drawn), randomLie(drawn), randomLie(drawn)];
    const combine = (x: Tensor, y: Tensor): Tensor => logSigCombine(x, y, dimension, degree);
    expectNear(combine(combine(a, b), c), combine(a, combine(b, c)), 1e-9);
    expectNear(combine(a, negative(a)), zeros(a.shape));
    expectNear(combine(combine(a, b), negative(b)), a, 1e-9);
  });

  property("brackets are antisymmetric: swapping and negating both arguments negates the result", paths({ maxDegree: 4 }), (drawn) => {
    const { dimension, degree } = drawn;
    const [a, b] = [randomLie(drawn), randomLie(drawn)];
    expectNear(logSigCombine(negative(b), negative(a), dimension, degree), negative(logSigCombine(a, b, dimension, degree)));
    if (degree !== 2) return;
    const bracket = (x: Tensor, y: Tensor): Tensor =>
      mapEntries(logSigCombine(x, y, dimension, degree), (z, i) => z - (x.data[i] ?? NaN) - (y.data[i] ?? NaN));
    expectNear(bracket(a, b), negative(bracket(b, a)));
  });

  property("joining is combining with the linear log-signature, on either side", paths(), (drawn) => {
    const { dimension, degree, random } = drawn;
    const [x, v] = [randomLie(drawn), randomTensor(random, [dimension])];
    const linear = linearLogSig(v, dimension, degree, { method: 2 });
    expectNear(logSigJoin(x, v, dimension, degree), logSigCombine(x, linear, dimension, degree));
    expectNear(logSigJoin(x, v, dimension, degree, { prepend: true }), logSigCombine(linear, x, dimension, degree));
  });

  property("a path's log-signature joins up segment by segment", paths({ minLength: 2 }), ({ path, dimension, degree, length }) => {
    const step = (t: number): Tensor =>
      tensor(
        path.data.slice(t * dimension, (t + 1) * dimension).map((x, c) => x - (path.data[(t - 1) * dimension + c] ?? NaN)),
        [dimension],
      );
    let joined = linearLogSig(step(1), dimension, degree, { method: 3 });
    for (let t = 2; t < length; t++) joined = logSigJoin(joined, step(t), dimension, degree);
    expectNear(joined, logSig(path, degree, { method: 3 }));
  });

  property("the exponential of a displacement is its linear signature", paths(), ({ dimension, degree, random }) => {
    const v = randomTensor(random, [2, dimension]);
    for (const method of [0, 1, 2] as const) {
      expectNear(
        logSigToSig(linearLogSig(v, dimension, degree, { method }), dimension, degree, { method }),
        linearSig(v, dimension, degree),
      );
    }
  });
});
