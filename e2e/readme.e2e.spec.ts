import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, System } from './testing/system';

const run = promisify(execFile);

/** Returns the commands of the story. */
const storyOf = (readme: string): string => {
  const [, story = ''] = /```bash\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, readme), 'utf8')) ?? [];
  return story;
};

let system: System;
beforeAll(async () => {
  system = await System.start({ ADMIN_EMAIL: 'somebody@example.com' });
}, 60_000);
afterAll(() => system.stop());

it.each(['README.md', 'README.ko.md'])(
  'the story of %s runs with another port, folder and administrator',
  async (readme) => {
    // An interactive shell, into which readers paste the story, expands `!`.
    expect(storyOf(readme)).not.toContain('!');
    const { PATH } = process.env;
    const env = { PATH, DATA_DIR: system.dataDir, GATEWAY_PORT: String(system.ports.gateway) };
    const { stdout, stderr } = await run('bash', ['--norc', '-eu', '-c', storyOf(readme)], { cwd: system.dataDir, env });
    expect(stderr).toBe('');

    const outputOf = (step: number): string => new RegExp(`\\n${step}\\. .*\\n([\\s\\S]*?)(?:\\n\\n|$)`).exec(stdout)?.[1] ?? '';
    const answersTo = (step: number) => outputOf(step).trim().split('\n').map(parse);
    const answerTo = (step: number): Answer => parse(outputOf(step));
    expect(answerTo(3).code).toBe('CONDITION_NOT_MET');
    expect(answersTo(4).map(({ data }) => data.status)).toEqual(['ELIGIBLE', 'COMPLETED']);
    expect(answerTo(5).data.remaining).toBe(80);
    expect(answerTo(6).data.remaining).toBe(0);
    expect(answerTo(7).code).toBe('INSUFFICIENT_REMAINING');
    expect(answerTo(8).data).toEqual(answerTo(5).data);
    expect(answerTo(9).code).toBe('VALIDATION_FAILED');
    expect(answerTo(10).data.rewards?.map(({ remaining }) => remaining)).toEqual([80, 0, 5]);
    expect(outputOf(11)).toContain('INSUFFICIENT_REMAINING');
    expect(storyOf(readme)).not.toMatch(/\b(sleep|done)\b/);
  },
  60_000,
);

interface Answer {
  readonly code?: string;
  readonly data: Data;
}

const parse = (text: string): Answer => JSON.parse(text) as Answer;

interface Data {
  readonly status?: string;
  readonly remaining?: number;
  readonly rewards?: readonly { readonly remaining: number }[];
}
