interface Block {
  readonly key: string;
  readonly begin: number;
  readonly end: number;
}

/** Which part of linear memory holds which table: each takes the lowest gap that is large enough. */
export class TableSpace {
  /** In the order of their places. */
  private readonly blocks: Block[] = [];

  constructor(private readonly base: number) {}

  /** Where free memory without end begins. */
  get end(): number {
    return this.blocks.at(-1)?.end ?? this.base;
  }

  get size(): number {
    return this.blocks.length;
  }

  find(key: string): number | undefined {
    return this.blocks.find((block) => block.key === key)?.begin;
  }

  add(key: string, bytes: number): number {
    let begin = this.base;
    let place = 0;
    for (; place < this.blocks.length && this.blocks[place]!.begin - begin < bytes; place++) begin = this.blocks[place]!.end;
    this.blocks.splice(place, 0, { key, begin, end: begin + bytes });
    return begin;
  }

  remove(key: string): void {
    const place = this.blocks.findIndex((block) => block.key === key);
    if (place >= 0) this.blocks.splice(place, 1);
  }
}
