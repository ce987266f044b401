import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTexts } from './error-texts';
import { explainError } from './errors';

const ANSWERS = join(__dirname, '../../../../command-service/src/delivery/webhook/answers.ts');

/** The sentences in the source of the sender, with a status for each placeholder. */
const stored = [...readFileSync(ANSWERS, 'utf8').matchAll(/(['"`])((?:The|TLS) [^\n]*?\.)\1/g)].map(([, , text = '']) =>
  text.replaceAll('${status}', '503'),
);

describe('the errors of attempts', () => {
  it('are found in the sender', () => {
    expect(stored.length).toBeGreaterThan(12);
  });

  it.each(stored)('are explained: %s', (error) => {
    const known = explainError(error);
    expect(known && errorTexts.en[known.key].replace('{{status}}', known.status)).toBe(error);
  });

  it('are shown as they are if they are unknown', () => {
    expect(explainError('Of the future.')).toBeNull();
  });
});
