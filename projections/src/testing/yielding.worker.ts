import { getPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { yieldToOthers } from '../threads/yield-to-others';

yieldToOthers();
parentPort?.postMessage(getPriority());
