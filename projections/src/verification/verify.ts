/** Checks the books once and says what was found: exit code 0 when they are right, 1 when they are not, 2 when it could not finish. */
import { START } from '@rewards/contracts';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { verify, type VerificationReport } from './verification';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

const tell = ({ ok, position, checked, findings }: VerificationReport): void => {
  for (const { rule, stream, revision, message } of findings) {
    say(`${rule} ${stream}${revision === null ? '' : `@${revision}`}: ${message}`);
  }
  const { documents, findings: found, ...log } = checked;
  say(`The log up to ${position}: ${listed(log)}.`);
  say(`Documents compared: ${listed(documents)}.`);
  if (position === START) say('The log is empty: is DATA_DIR the right one?');
  say(ok ? 'The books are right.' : `The books are wrong: ${found} findings.`);
};

const main = async (): Promise<number> => {
  const settings = readSettings();
  const events = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'read');
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort(new Error(`stopped by ${signal}`)));
  try {
    const engines = { events, views, checkpoints: new Checkpoints(views) };
    const report = await verify(PROJECTIONS, engines, { signal: ended.signal });
    tell(report);
    return report.ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`Could not finish: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  } finally {
    await Promise.all([events.close(), views.close()]);
  }
};

void main().then((code) => (process.exitCode = code));
