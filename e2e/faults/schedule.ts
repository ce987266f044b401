import { isErasing, REFUSALS, type Order, type Point, type Refusal } from './points';
import { between, pick, randomFrom, shuffled, type Random } from './random';

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

export type OrderedService = 'auth-service' | 'command-service' | 'projections';

export type Fault = { readonly afterMs: number } & (
  | { readonly kind: 'kill'; readonly process: ProcessName; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly process: ProcessName; readonly forMs: number }
  /** An engine refuses for a while; `dies`: the process does not live to see it come back. */
  | {
      readonly kind: 'refuse';
      readonly process: ProcessName;
      readonly refusal: Refusal;
      readonly forMs: number;
      readonly dies: boolean;
    }
  /** Whichever process of the service gets there. */
  | { readonly kind: 'order'; readonly service: OrderedService; readonly order: Order; readonly forMs: number }
);

interface Track {
  readonly processes: readonly ProcessName[];
  /** What a process may be refused, */
  readonly refusals: readonly (readonly [ProcessName, Refusal])[];
  /** and what is refused to one of them in every seed, and whether it dies of it. */
  readonly alwaysRefused: readonly (readonly [Refusal, boolean])[];
  readonly points: Readonly<Partial<Record<OrderedService, readonly Point[]>>>;
  /** Once in every seed. */
  readonly always: readonly (readonly [OrderedService, Order['kind'], Point])[];
  /** How many there are besides. */
  readonly more: number;
}

/** Longer than a lease: whoever sleeps so long wakes beside its successor. */
const LONG_SLEEP_MS = 6_500;
const COMMAND_SERVICES = ['command-service', 'second command-service'] as const;

/** Two faults at a time, never two of one track. */
const TRACKS: readonly Track[] = [
  {
    processes: ['auth-service', ...COMMAND_SERVICES],
    refusals: [
      ['auth-service', 'disk'],
      ['auth-service', 'documents'],
      ['auth-service', 'bus'],
      ...COMMAND_SERVICES.flatMap((name) => [[name, 'disk'] as const, [name, 'events'] as const]),
    ],
    alwaysRefused: [
      ['disk', false],
      ['events', false],
      ['events', true],
      ['bus', true],
    ],
    points: {
      'auth-service': ['committing', 'committed', 'replacing', 'replaced', 'publishing', 'published'],
      'command-service': ['committing', 'committed', 'appending', 'appended', 'documents written', 'handling', 'handled'],
    },
    always: [
      ['command-service', 'crash', 'committing'],
      ['command-service', 'crash', 'handling'],
      ['command-service', 'crash', 'handled'],
      ['command-service', 'crash', 'documents written'],
      ['auth-service', 'crash', 'publishing'],
      ['auth-service', 'crash', 'published'],
      ['auth-service', 'crash', 'erased'],
      ['auth-service', 'crash', 'scrubbing'],
    ],
    more: 2,
  },
  {
    processes: ['projections', 'second projections', 'query-service', 'gateway'],
    refusals: (['projections', 'second projections'] as const).flatMap((name) => [
      [name, 'disk'] as const,
      [name, 'documents'] as const,
    ]),
    alwaysRefused: [['documents', true]],
    points: { projections: ['committing', 'committed', 'replacing', 'replaced', 'writing documents', 'documents written'] },
    always: [
      ['projections', 'crash', 'writing documents'],
      ['projections', 'crash', 'documents written'],
      ['projections', 'freeze', 'writing documents'],
    ],
    more: 3,
  },
];

/** The faults of a seed, always the same, by tracks. */
export const scheduleOf = (seed: number): readonly (readonly Fault[])[] => {
  const random = randomFrom(seed);
  return TRACKS.map((track) => {
    const always = [
      ...track.always.map((order) => orderFault(random, ...order)),
      ...track.alwaysRefused.map(([refusal, dies]) => refuseFault(random, track, [refusal], dies)),
    ];
    return shuffled(random, [...always, ...Array.from({ length: track.more }, () => anyFault(random, track))]);
  });
};

const BEFORE_A_WRITE: ReadonlySet<Point> = new Set(['appending', 'replacing', 'writing documents', 'publishing', 'handling']);

const soon = (random: Random): number => between(random, 50, 500);

const anyFault = (random: Random, track: Track): Fault => {
  const { processes, points } = track;
  const afterMs = soon(random);
  const roll = random();
  if (roll < 0.3) return { kind: 'kill', process: pick(random, processes), afterMs, downMs: between(random, 0, 500) };
  if (roll < 0.4) return { kind: 'freeze', process: pick(random, processes), afterMs, forMs: between(random, 200, 2_000) };
  if (roll < 0.7) return refuseFault(random, track, REFUSALS, random() < 0.5);
  const service = pick(random, Object.keys(points) as OrderedService[]);
  return orderFault(random, service, random() < 0.8 ? 'crash' : 'freeze', pick(random, points[service] ?? []));
};

const refuseFault = (random: Random, { refusals }: Track, among: readonly Refusal[], dies: boolean): Fault => {
  const [process, refusal] = pick(
    random,
    refusals.filter((one) => among.includes(one[1])),
  );
  const afterMs = soon(random);
  return { kind: 'refuse', process, refusal, afterMs, forMs: between(random, 300, 1_500), dies };
};

const orderFault = (random: Random, service: OrderedService, kind: Order['kind'], point: Point): Fault => {
  const hit = isErasing(point) ? 1 : between(random, 1, 15);
  const afterMs = soon(random);
  if (kind === 'crash') {
    // Before a write it lingers, so that what others are told ahead of it is kept, and missed afterwards.
    const lingerMs = BEFORE_A_WRITE.has(point) ? between(random, 150, 400) : 0;
    return { kind: 'order', service, order: { kind, point, hit, lingerMs }, afterMs, forMs: 0 };
  }
  const forMs = point === 'writing documents' ? LONG_SLEEP_MS : between(random, 200, 1_500);
  return { kind: 'order', service, order: { kind, point, hit }, afterMs, forMs };
};
