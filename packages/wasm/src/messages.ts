/** What a worker and its owner tell each other. */
import type { Real, Table } from "@sig/core";
import type { Status } from "@sig/kernels";
import type { Help } from "./helper.js";
import type { Kernels, OpenCall } from "./instance.js";

export type Request =
  | { readonly kind: "kernels"; readonly kernels: Kernels }
  | {
      readonly kind: "run";
      readonly fields: Float64Array;
      readonly float64: boolean;
      readonly inputs: readonly (Real | null)[];
      /** Lengths of the outputs; null where a result is not wanted. */
      readonly outputs: readonly (number | null)[];
      /** A table whose arrays the worker has already comes without them. */
      readonly table: { readonly key: string; readonly arrays: Table["arrays"] | undefined } | undefined;
      readonly threads: number;
      readonly withReports: boolean;
    }
  | { readonly kind: "help"; readonly help: Help }
  | { readonly kind: "forget"; readonly key: string | undefined };

export type Reply =
  | { readonly kind: "progress"; readonly fraction: number }
  | { readonly kind: "open"; readonly call: OpenCall }
  | { readonly kind: "done"; readonly status: Status; readonly outputs: readonly (Real | null)[] }
  | { readonly kind: "crashed"; readonly reason: string };
