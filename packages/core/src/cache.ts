/** Prepared tables in memory: the ones used last, within a bound in bytes. */
import type { Table } from "./backend.js";
import { liveBackends } from "./registry.js";
import { shared } from "./state.js";

/** Bytes that all tables together may keep; the one used last is kept in any case. */
export const CACHE_BYTES = 2 ** 29;

interface Cache {
  /** By key, the one used last at the end. */
  readonly tables: Map<string, Table>;
  latest: Table | undefined;
  bytes: number;
}

let found: Cache | undefined;
const cache = (): Cache => (found ??= shared<Cache>("tables", () => ({ tables: new Map(), latest: undefined, bytes: 0 })));

const bytesOf = (table: Table): number => table.arrays.reduce((sum, array) => sum + array.byteLength, 0);

/** The table under the key, which becomes the one used last. */
export function recall(key: string): Table | undefined {
  const state = cache();
  if (state.latest?.key === key) return state.latest;
  const table = state.tables.get(key);
  if (table === undefined) return undefined;
  state.tables.delete(key);
  state.tables.set(key, table);
  state.latest = table;
  return table;
}

/** Keeps a table, unless one of its key was kept meanwhile; returns the one kept. Backends forget the tables that give way. */
export function keep(table: Table): Table {
  const known = recall(table.key);
  if (known !== undefined) return known;
  const state = cache();
  state.tables.set(table.key, table);
  state.latest = table;
  state.bytes += bytesOf(table);
  for (const [key, old] of state.tables) {
    if (state.bytes <= CACHE_BYTES || old === table) break;
    state.tables.delete(key);
    state.bytes -= bytesOf(old);
    for (const backend of liveBackends()) backend.forget(key);
  }
  return table;
}

/** Drops all tables, those that backends keep included. */
export function forgetTables(): void {
  const state = cache();
  state.tables.clear();
  state.latest = undefined;
  state.bytes = 0;
  for (const backend of liveBackends()) backend.forget();
}
