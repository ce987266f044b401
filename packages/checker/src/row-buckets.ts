import { appendFileSync, closeSync, openSync, readSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

const BUCKETS = 64;
/** Number of buckets into which one that is too large is split. */
const SPLIT = 8;
/** A bucket that is still too large after this many splits has only one key, or very few. */
const MAX_SPLITS = 6;
const BUFFERED_CHARACTERS = 65_536;
const CHUNK_BYTES = 262_144;
/** Maximum size of a bucket with more than one key, in characters. */
const MAX_CHARACTERS = 8 * 1_024 * 1_024;

/** A bucket: all rows of some keys, in insertion order. */
export interface Bucket<Row> {
  /** Whether the bucket is larger than the limit, because a single key has that many rows. Do not keep its rows in memory. */
  readonly isLarge: boolean;
  /** Reads the keys and rows, one at a time. Blocks the thread while it reads a part of the file. */
  read(): Iterable<readonly [key: string, row: Row]>;
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
  *buckets(): Generator<Bucket<Row>, void, undefined> {
    for (const root of this.roots) yield* root.leaves();
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

class Node<Row> implements Bucket<Row> {
  private lines: string[] = [];
  private buffered = 0;
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
    this.lines.push(line);
    this.buffered += line.length;
    this.characters += line.length;
    if (this.buffered > BUFFERED_CHARACTERS) this.flush();
  }

  *leaves(): Generator<Bucket<Row>, void, undefined> {
    if (this.isLarge && !this.parts && this.splits < MAX_SPLITS && this.hasTwoKeys()) this.split();
    if (this.parts) for (const part of this.parts) yield* part.leaves();
    else if (this.characters > 0) yield this;
  }

  *read(): Generator<readonly [key: string, row: Row], void, undefined> {
    for (const line of this.readLines()) yield JSON.parse(line) as [string, Row];
  }

  private hasTwoKeys(): boolean {
    let first: string | null = null;
    for (const [key] of this.read()) if ((first ??= key) !== key) return true;
    return false;
  }

  private split(): void {
    const parts = Array.from({ length: SPLIT }, (_, index) => {
      return new Node<Row>(`${this.file}-${index}`, this.splits + 1, this.maxCharacters);
    });
    for (const line of this.readLines()) {
      const [key] = JSON.parse(line) as [string];
      parts[hash(key, this.splits + 1) % SPLIT]?.add(key, `${line}\n`);
    }
    rmSync(this.file, { force: true });
    this.parts = parts;
  }

  private *readLines(): Generator<string, void, undefined> {
    if (this.characters === 0) return;
    this.flush();
    yield* linesOf(this.file);
  }

  private flush(): void {
    if (this.lines.length > 0) appendFileSync(this.file, this.lines.join(''));
    this.lines = [];
    this.buffered = 0;
  }
}

/** FNV-1a over the characters, mixed so that each seed gives another partition. */
const hash = (key: string, seed: number): number => {
  let hashed = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let index = 0; index < key.length; index += 1) hashed = Math.imul(hashed ^ key.charCodeAt(index), 0x01000193);
  return Math.imul(hashed ^ (hashed >>> 15), 0x2c1b3c6d) >>> 8;
};

/** Splits lines only at a line feed: JSON may contain other characters that `node:readline` treats as line ends. */
function* linesOf(file: string): Generator<string, void, undefined> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      const lines = `${rest}${decoder.write(chunk.subarray(0, size))}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(descriptor);
  }
}
