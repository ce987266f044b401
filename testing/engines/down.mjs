import { readCommandLine } from '../../scripts/lib/command-line.mjs';

readCommandLine('engines:down');
const { enginesDown } = await import('./lib/engines.mjs');
await enginesDown();
