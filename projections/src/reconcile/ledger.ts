import { createReadStream } from 'node:fs';

/** What a game holds of one delivery, as a line of its ledger. */
export interface LedgerLine {
  readonly deliveryId: string;
  readonly accountId: string;
  readonly rewardName: string;
  readonly type: string;
  readonly amount: number;
  readonly itemCode: string | null;
  /** How many times the game has applied the delivery. */
  readonly times: number;
}

/** A ledger that cannot be read. The message names the line. */
export class UnreadableLedger extends Error {}

/** A line is far shorter. Without a limit, a file without line feeds would fill the memory. */
const MAX_LINE = 65_536;
const TEXTS = ['deliveryId', 'accountId', 'rewardName', 'type'] as const;

/**
 * Opens a file when its first part is read: a stream that fails to open before anyone listens ends the process.
 * @throws the errors of the file, to the reader
 */
export async function* partsOf(file: string): AsyncGenerator<string, void, undefined> {
  yield* createReadStream(file, 'utf8') as AsyncIterable<string>;
}

/** Reads a ledger line by line: NDJSON, UTF-8. Skips empty lines. @throws UnreadableLedger */
export async function* readLedger(chunks: AsyncIterable<string>): AsyncGenerator<LedgerLine, void, undefined> {
  let number = 0;
  for await (const line of linesOf(chunks)) {
    number += 1;
    if (line.length > MAX_LINE) throw new UnreadableLedger(`line ${number} has more than ${MAX_LINE} characters`);
    if (line.trim() !== '') yield parse(line, number);
  }
}

const parse = (line: string, number: number): LedgerLine => {
  const reject = (what: string): never => {
    throw new UnreadableLedger(`line ${number} ${what}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return reject('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject('is not a JSON object');
  const held = value as Readonly<Record<string, unknown>>;
  for (const field of TEXTS) if (typeof held[field] !== 'string' || held[field] === '') reject(`has no text in ${field}`);
  const { itemCode = null, times = 1 } = held;
  if (itemCode !== null && typeof itemCode !== 'string') reject('has an itemCode that is neither a text nor null');
  if (!Number.isSafeInteger(held.amount)) reject('has no integer in amount');
  if (!Number.isSafeInteger(times) || (times as number) < 1) reject('has no positive integer in times');
  return { ...(held as unknown as LedgerLine), itemCode: itemCode as string | null, times: times as number };
};

/** Splits lines only at a line feed: JSON may contain other characters that `node:readline` treats as line ends. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > MAX_LINE) break;
  }
  if (rest !== '') yield rest;
}
