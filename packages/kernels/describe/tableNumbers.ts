import type { Table } from "@sig/core";

/** What keeps copies of tables under numbers from 1 on. */
interface Keeper {
  /** Copies the arrays of a table; returns its number. */
  table(arrays: Table["arrays"]): number;
  forget(table: number): void;
}

/** The numbers under which an addon keeps the tables of calls. */
export class TableNumbers {
  private readonly numbers = new Map<string, number>();

  constructor(private readonly keeper: Keeper) {}

  /** Hands the table over at its first use; 0 stands for none. */
  of(table: Table | undefined): number {
    if (table === undefined) return 0;
    let number = this.numbers.get(table.key);
    if (number === undefined) {
      number = this.keeper.table(table.arrays);
      this.numbers.set(table.key, number);
    }
    return number;
  }

  /** Drops the table of a key, or all. */
  forget(key: string | undefined): void {
    for (const [known, number] of key === undefined ? [...this.numbers] : [[key, this.numbers.get(key)] as const]) {
      if (number === undefined) continue;
      this.keeper.forget(number);
      this.numbers.delete(known);
    }
  }
}
