import { appendFileSync, createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUCKETS = 64;
/** Number of buckets into which one that is too large is split. */
const SPLIT = 8;
/** A bucket that is still too large after this many splits has only one key, or very few. */
const MAX_SPLITS = 6;
const BUFFERED_CHARACTERS = 32_768;
/** Maximum size of a bucket with more than one key, in characters. */
const MAX_CHARACTERS = 8 * 1_024 * 1_024;

/** A bucket: all rows of some keys, in insertion order. */
export interface Bucket<Row> {
  /** Whether the bucket is larger than the limit, because a single key has that many rows. Do not keep its rows in memory. */
  readonly isLarge: boolean;
  /** Reads the keys and rows, one at a time. */
  read(): AsyncIterable<readonly [key: string, row: Row]>;
}

/**
 * Sorts rows into temporary files by a hash of their key, and splits files that grow too large. So a log of any length can be
 * processed key by key in bounded memory. Only a single key can exceed the limit; its bucket says so.
 */
export class RowBuckets<Row> {
  private readonly roots: Node<Row>[];

  private constructor(
    private readonly directory: string,
    maxCharacters: number,
  ) {
    this.roots = Array.from({ length: BUCKETS }, (_, index) => new Node<Row>(join(directory, String(index)), 0, maxCharacters));
  }

  /** @param maxCharacters maximum size of a bucket with more than one key */
  static async create<Row>(maxCharacters = MAX_CHARACTERS): Promise<RowBuckets<Row>> {
    return new RowBuckets(await mkdtemp(join(tmpdir(), 'verification-')), maxCharacters);
  }

  add(key: string, row: Row): void {
    this.roots[hash(key, 0) % BUCKETS]?.add(key, `${JSON.stringify([key, row])}\n`);
  }

  /** Returns one bucket after the other. A row that is added to a returned bucket is read the next time that it is read. */
  async *buckets(): AsyncGenerator<Bucket<Row>, void, undefined> {
    for (const root of this.roots) yield* root.leaves();
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

class Node<Row> implements Bucket<Row> {
  private buffer = '';
  private characters = 0;
  private parts: readonly Node<Row>[] | null = null;

  constructor(
    private readonly file: string,
    private readonly splits: number,
    private readonly maxCharacters: number,
  ) {}

  get isLarge(): boolean {
    return this.characters > this.maxCharacters;
  }

  add(key: string, line: string): void {
    if (this.parts) return this.parts[hash(key, this.splits + 1) % SPLIT]?.add(key, line);
    this.buffer += line;
    this.characters += line.length;
    if (this.buffer.length > BUFFERED_CHARACTERS) this.flush();
  }

  async *leaves(): AsyncGenerator<Bucket<Row>, void, undefined> {
    if (this.isLarge && !this.parts && this.splits < MAX_SPLITS && (await this.hasTwoKeys())) await this.split();
    if (this.parts) for (const part of this.parts) yield* part.leaves();
    else if (this.characters > 0) yield this;
  }

  async *read(): AsyncGenerator<readonly [key: string, row: Row], void, undefined> {
    for await (const line of this.lines()) yield JSON.parse(line) as [string, Row];
  }

  private async hasTwoKeys(): Promise<boolean> {
    let first: string | null = null;
    for await (const [key] of this.read()) if ((first ??= key) !== key) return true;
    return false;
  }

  private async split(): Promise<void> {
    const parts = Array.from({ length: SPLIT }, (_, index) => {
      return new Node<Row>(`${this.file}-${index}`, this.splits + 1, this.maxCharacters);
    });
    for await (const line of this.lines()) {
      const [key] = JSON.parse(line) as [string];
      parts[hash(key, this.splits + 1) % SPLIT]?.add(key, `${line}\n`);
    }
    await rm(this.file, { force: true });
    this.parts = parts;
  }

  private async *lines(): AsyncGenerator<string, void, undefined> {
    if (this.characters === 0) return;
    this.flush();
    yield* linesOf(this.file);
  }

  private flush(): void {
    if (this.buffer) appendFileSync(this.file, this.buffer);
    this.buffer = '';
  }
}

/** FNV-1a over the characters, mixed so that each seed gives another partition. */
const hash = (key: string, seed: number): number => {
  let hashed = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let index = 0; index < key.length; index += 1) hashed = Math.imul(hashed ^ key.charCodeAt(index), 0x01000193);
  return Math.imul(hashed ^ (hashed >>> 15), 0x2c1b3c6d) >>> 8;
};

/** Splits lines only at a line feed: JSON may contain other characters that `node:readline` treats as line ends. */
async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 262_144 })) {
    const lines = `${rest}${chunk as string}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
