import { isErasureFailpoint, isListingFailpoint, OUTAGES, type ArmedFailpoint, type Failpoint, type Outage } from './failpoints';
import { between, pick, randomFrom, shuffled, type Random } from './random';

/**
 * The processes that faults are injected into. command-service, projections and delivery have two instances each; the receiver is the
 * inventory of a game.
 */
export const PROCESSES = [
  'auth-service',
  'command-service',
  'second command-service',
  'projections',
  'second projections',
  'query-service',
  'gateway',
  'delivery',
  'second delivery',
  'receiver',
] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** The services that contain failpoints. */
export type FailpointService = 'auth-service' | 'command-service' | 'projections' | 'delivery';

/** How the receiver misbehaves, as its control API has it. */
export const RECEIVER_FAULTS = {
  /** It applies each message, and resets the connection. */
  'lost answers': { loseAnswers: true },
  /** It applies each message after the time limit of the endpoint. */
  late: { delayMs: 1_000 },
  failing: { status: 503 },
  throttling: { status: 429, headers: { 'retry-after': '1' } },
  rejecting: { status: 400 },
  gone: { status: 410 },
  full: { full: ['*'] },
} as const;
export type ReceiverFault = keyof typeof RECEIVER_FAULTS;

export type Fault = { readonly afterMs: number } & (
  | { readonly kind: 'kill'; readonly process: ProcessName; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly process: ProcessName; readonly forMs: number }
  /** An outage of one engine for one process. If `killed`, the process is killed before the outage ends. */
  | {
      readonly kind: 'outage';
      readonly process: ProcessName;
      readonly outage: Outage;
      readonly forMs: number;
      readonly killed: boolean;
    }
  | { readonly kind: 'receiver'; readonly fault: ReceiverFault; readonly forMs: number }
  /** An armed failpoint, which any process of the service can trigger. */
  | { readonly kind: 'failpoint'; readonly service: FailpointService; readonly armed: ArmedFailpoint; readonly forMs: number }
);

/** A sequence of faults that are injected one after the other. */
interface Track {
  readonly processes: readonly ProcessName[];
  /** The outages that each process can have. */
  readonly outages: readonly (readonly [ProcessName, Outage])[];
  /** Outages that every seed includes, and whether the process is killed during the outage. */
  readonly requiredOutages: readonly (readonly [outage: Outage, killed: boolean])[];
  readonly failpoints: Readonly<Partial<Record<FailpointService, readonly Failpoint[]>>>;
  /** Failpoints that every seed arms once. */
  readonly requiredFailpoints: readonly (readonly [FailpointService, ArmedFailpoint['kind'], Failpoint])[];
  /** Faults of the receiver that every seed includes, and that random faults choose from. */
  readonly receiverFaults: readonly ReceiverFault[];
  /** Number of additional random faults. */
  readonly randomFaults: number;
}

/** Longer than a lease, so that another instance has taken over when the process resumes. */
const LONG_FREEZE_MS = 6_500;
const LONG_FREEZES: ReadonlySet<Failpoint> = new Set(['writing documents', 'recording']);
const COMMAND_SERVICES = ['command-service', 'second command-service'] as const;
const DELIVERIES = ['delivery', 'second delivery'] as const;

/** The tracks run in parallel, so at most one fault of each track is active. */
const TRACKS: readonly Track[] = [
  {
    processes: ['auth-service', ...COMMAND_SERVICES],
    outages: [
      ['auth-service', 'disk'],
      ['auth-service', 'documents'],
      ['auth-service', 'bus'],
      ...COMMAND_SERVICES.flatMap((name) => [[name, 'disk'] as const, [name, 'events'] as const]),
    ],
    requiredOutages: [
      ['disk', false],
      ['events', false],
      ['events', true],
      ['bus', true],
    ],
    failpoints: {
      'auth-service': ['committing', 'committed', 'replacing', 'replaced', 'publishing', 'published'],
      'command-service': ['committing', 'committed', 'appending', 'appended', 'documents written', 'handling', 'handled'],
    },
    requiredFailpoints: [
      ['command-service', 'crash', 'committing'],
      ['command-service', 'crash', 'handling'],
      ['command-service', 'crash', 'handled'],
      ['command-service', 'crash', 'documents written'],
      ['auth-service', 'crash', 'publishing'],
      ['auth-service', 'crash', 'published'],
      ['auth-service', 'crash', 'erased'],
      ['auth-service', 'crash', 'scrubbing'],
    ],
    receiverFaults: [],
    randomFaults: 2,
  },
  {
    processes: ['projections', 'second projections', 'query-service', 'gateway'],
    outages: (['projections', 'second projections'] as const).flatMap((name) => [
      [name, 'disk'] as const,
      [name, 'documents'] as const,
    ]),
    requiredOutages: [['documents', true]],
    failpoints: { projections: ['committing', 'committed', 'replacing', 'replaced', 'writing documents', 'documents written'] },
    requiredFailpoints: [
      ['projections', 'crash', 'writing documents'],
      ['projections', 'crash', 'documents written'],
      ['projections', 'freeze', 'writing documents'],
      ['projections', 'end thread', 'committing'],
      ['projections', 'end thread', 'documents written'],
    ],
    receiverFaults: [],
    randomFaults: 3,
  },
  {
    processes: [...DELIVERIES, 'receiver'],
    outages: DELIVERIES.flatMap((name) => (['disk', 'events', 'documents'] as const).map((outage) => [name, outage] as const)),
    requiredOutages: [
      ['events', false],
      ['documents', true],
    ],
    failpoints: {
      delivery: ['committing', 'committed', 'recording', 'recorded', 'writing documents', 'documents written'],
    },
    requiredFailpoints: [
      ['delivery', 'crash', 'listing'],
      ['delivery', 'crash', 'listed'],
      ['delivery', 'crash', 'recording'],
      ['delivery', 'crash', 'recorded'],
      ['delivery', 'crash', 'writing documents'],
      ['delivery', 'crash', 'documents written'],
      ['delivery', 'freeze', 'recording'],
    ],
    receiverFaults: Object.keys(RECEIVER_FAULTS) as ReceiverFault[],
    randomFaults: 3,
  },
];

/** Returns the fault schedule of a seed, one list for each track. The same seed always gives the same schedule. */
export const scheduleOf = (seed: number): readonly (readonly Fault[])[] => {
  const random = randomFrom(seed);
  return TRACKS.map((track) => {
    const required = [
      ...track.requiredFailpoints.map((failpoint) => failpointFault(random, ...failpoint)),
      ...track.requiredOutages.map(([outage, killed]) => outageFault(random, track, [outage], killed)),
      ...track.receiverFaults.map((fault) => receiverFault(random, fault)),
    ];
    return listingFirst(
      shuffled(random, [...required, ...Array.from({ length: track.randomFaults }, () => randomFault(random, track))]),
    );
  });
};

/** Deliveries are listed only after their endpoint was added, with which its track begins. */
const listingFirst = (faults: readonly Fault[]): readonly Fault[] => {
  const isListing = (fault: Fault): boolean => fault.kind === 'failpoint' && isListingFailpoint(fault.armed.point);
  return [...faults.filter(isListing), ...faults.filter((fault) => !isListing(fault))];
};

const BEFORE_A_WRITE: ReadonlySet<Failpoint> = new Set([
  ...(['appending', 'recording', 'listing', 'replacing', 'writing documents', 'publishing', 'handling'] as const),
]);

const randomDelay = (random: Random): number => between(random, 50, 500);

const randomFault = (random: Random, track: Track): Fault => {
  const { processes, failpoints } = track;
  const afterMs = randomDelay(random);
  const roll = random();
  if (roll < 0.3) return { kind: 'kill', process: pick(random, processes), afterMs, downMs: between(random, 0, 500) };
  if (roll < 0.4) return { kind: 'freeze', process: pick(random, processes), afterMs, forMs: between(random, 200, 2_000) };
  if (roll < 0.55 && track.receiverFaults.length > 0) return receiverFault(random, pick(random, track.receiverFaults));
  if (roll < 0.7) return outageFault(random, track, OUTAGES, random() < 0.5);
  const service = pick(random, Object.keys(failpoints) as FailpointService[]);
  return failpointFault(random, service, random() < 0.8 ? 'crash' : 'freeze', pick(random, failpoints[service] ?? []));
};

const receiverFault = (random: Random, fault: ReceiverFault): Fault => {
  const afterMs = randomDelay(random);
  return { kind: 'receiver', fault, afterMs, forMs: between(random, 300, 1_500) };
};

const outageFault = (random: Random, { outages }: Track, allowed: readonly Outage[], killed: boolean): Fault => {
  const [process, outage] = pick(
    random,
    outages.filter((candidate) => allowed.includes(candidate[1])),
  );
  const afterMs = randomDelay(random);
  return { kind: 'outage', process, outage, afterMs, forMs: between(random, 300, 1_500), killed };
};

const failpointFault = (random: Random, service: FailpointService, kind: ArmedFailpoint['kind'], point: Failpoint): Fault => {
  const hit = isErasureFailpoint(point) || isListingFailpoint(point) ? 1 : between(random, 1, 15);
  const afterMs = randomDelay(random);
  if (kind === 'crash') {
    // A delayed crash gives a wrong acknowledgement, sent before the write, time to reach its client, which detects the loss.
    const lingerMs = BEFORE_A_WRITE.has(point) ? between(random, 150, 400) : 0;
    return { kind: 'failpoint', service, armed: { kind, point, hit, lingerMs }, afterMs, forMs: 0 };
  }
  if (kind === 'end thread') return { kind: 'failpoint', service, armed: { kind, point, hit }, afterMs, forMs: 0 };
  const forMs = LONG_FREEZES.has(point) ? LONG_FREEZE_MS : between(random, 200, 1_500);
  return { kind: 'failpoint', service, armed: { kind, point, hit }, afterMs, forMs };
};
