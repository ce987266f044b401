import { appendFileSync, createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUCKETS = 64;
const BUFFERED_CHARACTERS = 32_768;

/**
 * Sorts rows into temporary files by a hash of their key. All rows of one key are in one bucket, in insertion order. So a log
 * of any length can be processed key by key within the memory of one bucket.
 */
export class RowBuckets<Row> {
  private readonly buffers = Array.from({ length: BUCKETS }, () => '');

  private constructor(private readonly directory: string) {}

  static async create<Row>(): Promise<RowBuckets<Row>> {
    return new RowBuckets(await mkdtemp(join(tmpdir(), 'verification-')));
  }

  add(key: string, row: Row): void {
    const bucket = bucketOf(key);
    this.buffers[bucket] += `${JSON.stringify([key, row])}\n`;
    if ((this.buffers[bucket]?.length ?? 0) > BUFFERED_CHARACTERS) this.flush(bucket);
  }

  /** @returns the numbers of the buckets */
  buckets(): readonly number[] {
    return this.buffers.map((_, bucket) => bucket);
  }

  /** Reads the keys and rows of one bucket, one at a time. */
  async *read(bucket: number): AsyncIterable<readonly [key: string, row: Row]> {
    this.flush(bucket);
    if (!existsSync(this.file(bucket))) return;
    for await (const line of linesOf(this.file(bucket))) yield JSON.parse(line) as [string, Row];
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private flush(bucket: number): void {
    const rows = this.buffers[bucket];
    if (!rows) return;
    appendFileSync(this.file(bucket), rows);
    this.buffers[bucket] = '';
  }

  private file(bucket: number): string {
    return join(this.directory, String(bucket));
  }
}

/** FNV-1a over the characters. */
const bucketOf = (key: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % BUCKETS;
};

/** Splits lines only at a line feed: JSON may contain other characters that `node:readline` treats as line ends. */
async function* linesOf(file: string): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${chunk as string}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
