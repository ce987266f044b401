import { enginesDown } from './lib/engines.mjs';

await enginesDown();
