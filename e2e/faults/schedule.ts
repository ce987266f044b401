import { between, pick, randomFrom } from './random';
import type { CrashPoint } from './testing/crash-points';

/** The processes that die and freeze: the command side and the projections twice. */
export const PROCESSES = [
  'auth-service',
  'command-service',
  'second command-service',
  'projections',
  'second projections',
  'query-service',
  'gateway',
] as const;
export type ProcessName = (typeof PROCESSES)[number];

export type Fault = { readonly process: ProcessName; readonly afterMs: number } & (
  | { readonly kind: 'kill'; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly forMs: number }
  | { readonly kind: 'disk-full'; readonly forMs: number }
  | { readonly kind: 'crash'; readonly point: CrashPoint; readonly hit: number }
);

/** Which places each kind of service passes. */
const POINTS: Partial<Record<ProcessName, readonly CrashPoint[]>> = {
  'auth-service': ['before-commit', 'after-commit', 'published', 'scrubbing'],
  'command-service': ['before-commit', 'after-commit', 'handled'],
  'second command-service': ['before-commit', 'after-commit', 'handled'],
  projections: ['before-commit', 'after-commit', 'documents-written'],
  'second projections': ['before-commit', 'after-commit', 'documents-written'],
};
const WITH_POINTS = Object.keys(POINTS) as ProcessName[];
const FAULTS = 14;

/** The faults of a seed, always the same. */
export const scheduleOf = (seed: number): readonly Fault[] => {
  const random = randomFrom(seed);
  return Array.from({ length: FAULTS }, (): Fault => {
    const afterMs = between(random, 100, 900);
    const roll = random();
    if (roll < 0.25) return { kind: 'kill', process: pick(random, PROCESSES), afterMs, downMs: between(random, 0, 800) };
    const process = pick(random, WITH_POINTS);
    if (roll < 0.4) return { kind: 'freeze', process, afterMs, forMs: between(random, 200, 7_000) };
    if (roll < 0.55) return { kind: 'disk-full', process, afterMs, forMs: between(random, 200, 1_500) };
    const point = pick(random, POINTS[process] ?? []);
    return { kind: 'crash', process, afterMs, point, hit: point === 'scrubbing' ? 1 : between(random, 1, 20) };
  });
};
