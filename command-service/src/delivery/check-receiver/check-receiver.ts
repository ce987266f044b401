import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from '@rewards/contracts';
import { checkReceiver } from './checks';

/** The program of `npm run check:receiver`. scripts/lib/command-line.mjs describes its arguments. */

const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;
const NAME_WIDTH = 32;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ options: { secret: text, account: text, timeout: text }, allowPositionals: true });
  const url = positionals.at(-1) ?? '';
  const { secret = '', account = randomUUID(), timeout = String(DEFAULT_TIMEOUT_MS) } = values;
  const faults = [
    ...(URL.canParse(url) && /^https?:/i.test(url) ? [] : ['<url> must begin with https:// or http://.']),
    ...(SECRET.test(secret) ? [] : ['--secret must be the whsec_… of the endpoint, which is shown when it is added or rotated.']),
    ...(/^[1-9]\d{0,4}$/.test(timeout) && Number(timeout) <= MAX_TIMEOUT_MS
      ? []
      : [`--timeout must be from 1 to ${MAX_TIMEOUT_MS}.`]),
  ];
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n`);
    return 2;
  }
  print(`Messages to ${url} for the account ${account}:`);
  let [passed, failed] = [0, 0];
  for await (const { name, answer, fix } of checkReceiver(url, { secret, accountId: account, timeoutMs: Number(timeout) })) {
    print(`${fix === null ? 'ok   ' : 'FAIL '} ${name.padEnd(NAME_WIDTH)} ${answer}`);
    if (fix !== null) print(`      ${fix}`);
    if (fix === null) passed += 1;
    else failed += 1;
  }
  print(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};

void main().then((code) => {
  process.exitCode = code;
});
