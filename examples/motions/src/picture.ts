import type { Tensor } from "@sig/api";

const WIDTH = 900;
const ROW = 84;
const LEFT = 110;
const TOP = 56;
const NAMES = ["acceleration x", "acceleration y", "acceleration z", "rotation x", "rotation y", "rotation z"];

/**
 * Channels over time as an SVG document. The band behind a channel is shaded by how strongly each sample pulls the score: red raises it,
 * blue lowers it, in proportion to the largest influence of the whole series. Both tensors have shape (length, channels).
 */
export function influencePicture(title: string, series: Tensor, influence: Tensor): string {
  const [length = 0, channels = 0] = series.shape;
  const step = (WIDTH - LEFT - 20) / length;
  const strongest = Math.max(...Array.from(influence.data, Math.abs)) || 1;
  const rows = Array.from({ length: channels }, (_, c) => {
    const top = TOP + c * ROW;
    const values = Array.from({ length }, (_, t) => series.data[t * channels + c] ?? 0);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const bands = values.map((_, t) => {
      const share = (influence.data[t * channels + c] ?? 0) / strongest;
      const colour = share > 0 ? "#d1382c" : "#2c62d1";
      const x = (LEFT + t * step).toFixed(1);
      return `<rect x="${x}" y="${top}" width="${(step + 0.5).toFixed(1)}" height="${ROW - 12}" fill="${colour}" opacity="${Math.abs(share).toFixed(3)}"/>`;
    });
    const points = values.map((value, t) => {
      const y = top + (ROW - 12) * (1 - (value - low) / (high - low || 1));
      return `${(LEFT + (t + 0.5) * step).toFixed(1)},${y.toFixed(1)}`;
    });
    const label = `<text x="${LEFT - 8}" y="${top + ROW / 2}" text-anchor="end">${NAMES[c] ?? `channel ${c}`}</text>`;
    return `${bands.join("")}<polyline points="${points.join(" ")}" fill="none" stroke="#222" stroke-width="1.3"/>${label}`;
  });
  const height = TOP + channels * ROW + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-size="16">${title}</text>`,
    `<text x="${LEFT}" y="42" fill="#666">red: more here raises the score; blue: more here lowers it</text>`,
    ...rows,
    `<text x="${LEFT}" y="${height - 12}" fill="#666">0 s</text>`,
    `<text x="${WIDTH - 20}" y="${height - 12}" fill="#666" text-anchor="end">${(length / 10).toFixed(0)} s</text>`,
    "</svg>",
    "",
  ].join("\n");
}
