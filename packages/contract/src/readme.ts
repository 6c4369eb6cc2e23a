import { readFileSync } from "node:fs";

/** The ```ts blocks of a Markdown file, in order. */
export function typescriptBlocks(file: URL): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
}
