/**
 * An immutable map that grows by one entry at a time in constant time. Versions share one table; each sees only the
 * entries that were there when it was made. Growing a version that is no longer the newest copies the table first.
 */
export class AppendOnlyMap<Value> {
  private constructor(
    private readonly table: Map<string, { readonly index: number; readonly value: Value }>,
    readonly size: number,
  ) {}

  static empty<Value>(): AppendOnlyMap<Value> {
    return new AppendOnlyMap<Value>(new Map(), 0);
  }

  get(key: string): Value | undefined {
    const entry = this.table.get(key);
    return entry && entry.index < this.size ? entry.value : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** The map with this entry too; a key that is there keeps its first value. */
  with(key: string, value: Value): AppendOnlyMap<Value> {
    if (this.has(key)) return this;
    const table = this.table.size === this.size ? this.table : new Map([...this.table].slice(0, this.size));
    table.set(key, { index: this.size, value });
    return new AppendOnlyMap(table, this.size + 1);
  }

  /** Values in the order in which they were added. */
  values(): Value[] {
    return [...this.table.values()].slice(0, this.size).map(({ value }) => value);
  }
}
