/**
 * An immutable map that adds an entry in constant time. All versions share one table, and each version includes only the entries
 * that existed when it was created. Adding to a version that is not the newest copies the table first.
 */
export class AppendOnlyMap<Value> {
  /** Shared by all maps without entries, so never extended itself. */
  private static readonly EMPTY = new AppendOnlyMap<never>(new Map(), 0);

  private constructor(
    private readonly table: Map<string, { readonly index: number; readonly value: Value }>,
    readonly size: number,
  ) {}

  static empty<Value>(): AppendOnlyMap<Value> {
    return AppendOnlyMap.EMPTY;
  }

  get(key: string): Value | undefined {
    const entry = this.table.get(key);
    return entry && entry.index < this.size ? entry.value : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** @returns the map with this entry added; an existing key keeps its first value */
  with(key: string, value: Value): AppendOnlyMap<Value> {
    if (this.has(key)) return this;
    const isNewest = this.size > 0 && this.table.size === this.size;
    const table = isNewest ? this.table : new Map([...this.table].slice(0, this.size));
    table.set(key, { index: this.size, value });
    return new AppendOnlyMap(table, this.size + 1);
  }

  /** @returns the values in insertion order */
  values(): Value[] {
    return [...this.table.values()].slice(0, this.size).map(({ value }) => value);
  }
}
