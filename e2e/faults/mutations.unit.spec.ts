import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../testing/system';
import { MUTATIONS } from './mutations';

describe('mutations', () => {
  it.each(MUTATIONS)('replaces text that occurs once in $file: $name', ({ file, from }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(from)).toHaveLength(2);
  });
});
