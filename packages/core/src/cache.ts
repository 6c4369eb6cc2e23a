/** Prepared tables in memory: the ones used last, within a bound in bytes. */
import type { Table } from "./backend.js";
import { liveBackends } from "./registry.js";
import { shared } from "./state.js";

/** Bytes that all tables together may keep; the one used last is kept in any case. */
export const CACHE_BYTES = 2 ** 29;

interface Cache {
  /** By key, the one used last at the end. */
  readonly tables: Map<string, Table>;
  bytes: number;
}

const cache = (): Cache => shared<Cache>("tables", () => ({ tables: new Map(), bytes: 0 }));

const bytesOf = (table: Table): number => table.arrays.reduce((sum, array) => sum + array.byteLength, 0);

/** The table under the key, which becomes the one used last. */
export function recall(key: string): Table | undefined {
  const { tables } = cache();
  const table = tables.get(key);
  if (table === undefined) return undefined;
  tables.delete(key);
  tables.set(key, table);
  return table;
}

/** Keeps a table, unless one of its key was kept meanwhile; returns the one kept. Backends forget the tables that give way. */
export function keep(table: Table): Table {
  const known = recall(table.key);
  if (known !== undefined) return known;
  const state = cache();
  state.tables.set(table.key, table);
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
  state.bytes = 0;
  for (const backend of liveBackends()) backend.forget();
}
