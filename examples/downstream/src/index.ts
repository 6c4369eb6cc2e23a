// A library for others: it speaks @sig/core's types and leaves the choice of a backend to its users.
import type { Backend, Dtype, OperationName, Tensor } from "@sig/core";

/** Mean of the rows of a batch of signatures: the expected signature. */
export function meanRow(rows: Tensor): Tensor {
  const [count = 0, length = 0] = rows.shape;
  const data = rows.dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0; i < count * length; i++) data[i % length] = data[i % length]! + rows.data[i]! / count;
  return { data, shape: [length], dtype: rows.dtype };
}

/** Whether a backend computes an operation in a precision. */
export function computes(backend: Backend, operation: OperationName, dtype: Dtype): boolean {
  const dtypes = backend.operations[operation]?.dtypes ?? backend.capabilities.dtypes;
  return backend.operations[operation] !== undefined && dtypes.includes(dtype);
}
