import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS grants (
    number INTEGER PRIMARY KEY, deliveryId TEXT NOT NULL UNIQUE, accountId TEXT NOT NULL, rewardName TEXT NOT NULL, type TEXT NOT NULL,
    amount INTEGER NOT NULL, itemCode TEXT, at TEXT NOT NULL, position TEXT NOT NULL, messages INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS items (
    accountId TEXT NOT NULL, rewardName TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (accountId, rewardName));`;

/** What the players hold, in a SQLite file. A grant that was acknowledged survives a power failure. */
export class Ledger {
  #database;
  #statements;
  #waiting = [];

  constructor(file) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#database = new Database(file);
    for (const sql of ['busy_timeout = 5000', 'journal_mode = WAL', 'synchronous = FULL']) this.#database.exec(`PRAGMA ${sql}`);
    this.#database.exec(SCHEMA);
    this.#statements = {
      repeat: this.#database.prepare('UPDATE grants SET messages = messages + 1 WHERE deliveryId = ? RETURNING number'),
      insert: this.#database.prepare(
        `INSERT INTO grants (deliveryId, accountId, rewardName, type, amount, itemCode, at, position, messages)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING number`,
      ),
      add: this.#database.prepare(
        `INSERT INTO items (accountId, rewardName, amount) VALUES (?, ?, ?)
         ON CONFLICT (accountId, rewardName) DO UPDATE SET amount = amount + excluded.amount`,
      ),
    };
  }

  /**
   * Grants a reward once for each delivery: the id and the items are written in one transaction, which several messages share.
   * @param {(accountId: string) => boolean} isFull asked only for a delivery that is not held yet
   * @returns {Promise<string | null>} the reference of the grant; null if the inventory is full
   */
  grant(deliveryId, at, data, isFull) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ deliveryId, at, data, isFull, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit() {
    const grants = this.#waiting.splice(0);
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const references = grants.map((grant) => this.#apply(grant));
      this.#database.exec('COMMIT');
      grants.forEach(({ resolve }, index) => resolve(references[index]));
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      for (const { reject } of grants) reject(error);
    }
  }

  #apply({ deliveryId, at, data: { accountId, rewardName, type, amount, itemCode, position }, isFull }) {
    const { repeat, insert, add } = this.#statements;
    const [held] = repeat.all(deliveryId);
    if (held) return referenceOf(held);
    if (isFull(accountId)) return null;
    const [row] = insert.all(deliveryId, accountId, rewardName, type, amount, itemCode ?? null, at, position);
    add.run(accountId, rewardName, amount);
    return referenceOf(row);
  }

  /** Yields a JSON line for each grant, in the order in which they arrived. */
  *lines() {
    const page = this.#database.prepare('SELECT * FROM grants WHERE number > ? ORDER BY number LIMIT 1000');
    for (let last = 0; ;) {
      const rows = page.all(last);
      if (rows.length === 0) return;
      for (const { number, messages, ...grant } of rows) {
        last = number;
        // The id is unique, so each grant was applied once, however many messages arrived for it.
        yield `${JSON.stringify({ ...grant, times: 1, messages })}\n`;
      }
    }
  }

  close() {
    this.#database.close();
  }
}

const referenceOf = ({ number }) => `grant-${number}`;
