import * as sig from "@sig/api";
import type { Dtype, Tensor } from "@sig/api";
import { walks } from "./inputs.js";
import type { Row } from "./rows.js";

const [D, N] = [3, 4] as const;

interface Stream {
  push(point: Tensor): void;
}

/** The points of a batch of paths, one tensor (batch, D) for each time. */
function pointsOf(dtype: Dtype, batch: number, length: number): Tensor[] {
  const path = walks(dtype, batch * length, 1, D);
  return Array.from({ length }, (_, t) => ({ data: path.data.slice(t * batch * D, (t + 1) * batch * D), shape: [batch, D], dtype }));
}

/** All points pushed one by one, against as many segments joined to one value. */
function pushRow(
  name: string,
  dtype: Dtype,
  batch: number,
  length: number,
  make: (nJobs: number) => Stream,
  join: (value: Tensor, point: Tensor, nJobs: number) => Tensor,
  width: number,
): Row {
  const points = pointsOf(dtype, batch, length);
  const unit = {
    data: dtype === "float64" ? new Float64Array(batch * width) : new Float32Array(batch * width),
    shape: [batch, width],
    dtype,
  };
  return {
    python: `${name}.push`,
    shape: `B${batch} d${D} N${N}, ${length} points`,
    dtype,
    args: [],
    options: {},
    prepare: [],
    ours: (nJobs) => {
      const stream = make(nJobs);
      for (const point of points) stream.push(point);
    },
    against: (nJobs) => {
      let value: Tensor = unit;
      for (const point of points) value = join(value, point, nJobs);
    },
  };
}

export function streamRows(dtype: Dtype): Row[] {
  return (
    [
      [1, 2000],
      [128, 500],
    ] as const
  ).flatMap(([batch, length]) => [
    pushRow(
      "SigStream",
      dtype,
      batch,
      length,
      (nJobs) => new sig.SigStream(D, N, { nJobs }),
      (value, point, nJobs) => sig.sigJoin(value, point, D, N, { nJobs }),
      sig.sigLength(D, N),
    ),
    pushRow(
      "LogSigStream",
      dtype,
      batch,
      length,
      (nJobs) => new sig.LogSigStream(D, N, { nJobs }),
      (value, point, nJobs) => sig.logSigJoin(value, point, D, N, { nJobs }),
      sig.logSigLength(D, N),
    ),
    pushRow(
      "BranchedSigStream",
      dtype,
      batch,
      length,
      (nJobs) => new sig.BranchedSigStream(D, N, { nJobs }),
      (value, point, nJobs) => sig.branchedSigJoin(value, point, D, N, { nJobs }),
      sig.branchedSigLength(D, N),
    ),
  ]);
}
