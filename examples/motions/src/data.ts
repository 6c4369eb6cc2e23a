import { readFileSync } from "node:fs";
import type { Tensor } from "@sig/api";

/** Equally long series of one file, `values` of shape (count, length, channels), and the class of each. */
export interface Series {
  readonly values: Float64Array;
  readonly count: number;
  readonly length: number;
  readonly channels: number;
  readonly labels: readonly string[];
}

/** Reads a file of the UEA archive: header lines begin with # or @, then one series a line, its channels joined by colons. */
export function readSeries(file: URL): Series {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("@"));
  const labels: string[] = [];
  const rows = lines.map((line) => {
    const fields = line.split(":");
    labels.push(fields.pop() ?? "");
    return fields.map((field) => field.split(",").map(Number));
  });
  const channels = rows[0]?.length ?? 0;
  const length = rows[0]?.[0]?.length ?? 0;
  const values = new Float64Array(rows.length * length * channels);
  rows.forEach((row, i) => {
    row.forEach((channel, c) => {
      channel.forEach((value, t) => (values[(i * length + t) * channels + c] = value));
    });
  });
  return { values, count: rows.length, length, channels, labels };
}

/** A zero base point, then the running sum of the samples, each changed by `change` first. Shape (count, length + 1, channels). */
export function runningSums(series: Series, change: (value: number, channel: number) => number): Tensor {
  const { count, length, channels } = series;
  const data = new Float64Array(count * (length + 1) * channels);
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < length; t++) {
      const from = (i * (length + 1) + t) * channels;
      for (let c = 0; c < channels; c++) {
        const value = series.values[(i * length + t) * channels + c] ?? 0;
        data[from + channels + c] = (data[from + c] ?? 0) + change(value, c);
      }
    }
  }
  return { data, shape: [count, length + 1, channels], dtype: "float64" };
}
