import { sleep } from '@rewards/async';
import { PREFIXES, type DeliveryEvent, type ParticipationEvent, type Position, type RecordedEvent } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { deliveryIdOf } from '@rewards/service-kit/deliveries';
import { openEventStore } from '@rewards/service-kit/engines';
import { anyOf, claimRequest } from '../load/claim-requests';
import { runClosedLoop } from '../load/closed-loop';
import { unexpectedOf } from '../load/latencies';
import { LogWatch } from '../load/log-watch';
import { PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { cpuMsOf } from '../load/processes';
import type { ReceiverFigures } from '../load/receiver';
import { ServiceProcess } from '../load/service-process';
import { startSystemOn, type SystemTokens } from '../load/system-on-world';
import { TokenIssuer } from '../load/token-issuer';
import { percentileOf } from '../suite/figures';
import type { Measurements, Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { COMPLETED_PLAYERS, REWARDS, type Ids } from '../world/generate-log';
import { writeLog } from '../world/write-log';
import { COMMAND_SERVICE } from './claims';

const DELIVERY = require.resolve('@rewards/command-service/dist/delivery');
const RECEIVER = require.resolve('../load/receiver');
const ALLOW_PRIVATE = { DELIVERY_ALLOW_PRIVATE: 'on' } as const;
const CONNECTIONS = 64;
const [MOST_PER_SECOND, RECOVERED_PER_SECOND] = [10_000, 1_000];
const MOST_PARKED = 100_000;
const CLAIMS_OF_A_PLAYER = 20;
const DEAD_PER_SECOND = 30;
const DEAD_TIMEOUT_MS = 1_000;
const POLL_INTERVAL_MS = 200;
/** How long the log must not grow before all parked deliveries are resent. */
const QUIET_MS = 100;
/** How long all deliveries may take to arrive after the load. */
const WITHIN_MS = 900_000;
const COUPON = REWARDS[1] as (typeof REWARDS)[number];

/** A receiver in a process of its own. */
class Receiver {
  private constructor(private readonly process: ServiceProcess) {}

  private static async start(): Promise<Receiver> {
    return new Receiver(await ServiceProcess.start(RECEIVER, {}, 'RECEIVER_PORT'));
  }

  urlOf(path: 'rewards' | 'hang'): string {
    return `${this.process.url}/${path}`;
  }

  async post(path: string): Promise<void> {
    await fetch(`${this.process.url}/${path}`, { method: 'POST' });
  }

  async figures(): Promise<ReceiverFigures> {
    return (await (await fetch(`${this.process.url}/figures`)).json()) as ReceiverFigures;
  }

  /** Runs a measurement with a receiver. */
  static async during(measure: (receiver: Receiver) => Promise<void>): Promise<void> {
    const receiver = await Receiver.start();
    try {
      await measure(receiver);
    } finally {
      await receiver.process.stop();
    }
  }
}

interface Api {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const post = async ({ url, headers }: Api, path: string, body: object = {}): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: the answer was ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { readonly data: Readonly<Record<string, unknown>> }).data;
};

/** @returns the id of the endpoint */
const addEndpoint = async (api: Api, url: string, fields: object = {}): Promise<string> =>
  (await post(api, '/delivery-endpoints', { name: 'game', kind: 'WEBHOOK', url, maxPerSecond: MOST_PER_SECOND, ...fields }))
    .id as string;

/** The deliveries of an endpoint in a part of the log. */
interface Followed {
  /** Times from the grant to the answer that delivered it, in ms, ascending. */
  readonly latencies: readonly number[];
  readonly parked: number;
}

/** Follows the log until it has an end for every grant of a type that it has by then, or for so many. */
const follow = async (
  store: EventStore,
  after: Position,
  endpointId: string,
  until: (grants: number, ended: number) => boolean,
): Promise<Followed> => {
  const granted = new Map<string, string>();
  const latencies: number[] = [];
  let [grants, ended, parked] = [0, 0, 0];
  let isCaughtUp = false;
  const timeout = AbortSignal.timeout(WITHIN_MS);
  const delivered = (deliveryId: string, at: string): void => {
    const grantedAt = granted.get(deliveryId);
    if (grantedAt === undefined) return;
    granted.delete(deliveryId);
    latencies.push(Date.parse(at) - Date.parse(grantedAt));
    ended += 1;
  };
  const prefixes = [PREFIXES.participation, PREFIXES.delivery, PREFIXES.deliveries];
  for await (const batch of store.subscribe({ after, prefixes, signal: timeout })) {
    for (const recorded of batch.events) {
      const { type, data } = recorded as RecordedEvent<ParticipationEvent | DeliveryEvent> & (ParticipationEvent | DeliveryEvent);
      if (type === 'RewardClaimed' && data.type !== COUPON.type) {
        grants += 1;
        granted.set(deliveryIdOf('CLAIM', claimIdOf(data), endpointId), data.at);
      } else if (type === 'RewardsDelivered') for (const { deliveryId, at } of data.deliveries) delivered(deliveryId, at);
      else if (type === 'RewardDelivered') delivered(data.deliveryId, data.at);
      else if (type === 'DeliveryParked' && data.endpointId === endpointId) {
        parked += 1;
        ended += 1;
      }
    }
    isCaughtUp ||= batch.caughtUp;
    if (isCaughtUp && until(grants, ended)) return { latencies: latencies.sort((a, b) => a - b), parked };
  }
  throw new Error(`only ${ended} of ${grants} deliveries ended within ${WITHIN_MS / 1_000} s`);
};

const ITEMS = { rewardTypes: ['ITEM'] } as const;
const claimsOf = (tokens: Pick<SystemTokens, 'headersOf'>, ids: Ids, players: number) => () =>
  claimRequest(tokens, ids, [anyOf(players), 0]);

/** Claims through command-service without delivery, and with the delivery process and a receiver beside it, alternating. */
const claimRates = async (bench: Measurements, receiver: Receiver): Promise<void> => {
  const { players, repetitions } = bench.options;
  const tokens = await TokenIssuer.start();
  const [without, having] = [new DataSet(await bench.folder()), new DataSet(await bench.folder())];
  const started: ServiceProcess[] = [];
  const store = openEventStore(having.settings, 'read');
  try {
    for (const data of [without, having])
      await writeLog(data, { players, ...COMPLETED_PLAYERS, now: Date.now() }, bench.progress);
    const start = async (program: string, data: DataSet, port?: string): Promise<ServiceProcess> => {
      const environment = { ...data.environment, ...ALLOW_PRIVATE, AUTH_URL: tokens.url };
      const service = await ServiceProcess.start(program, environment, port);
      started.push(service);
      return service;
    };
    const [alone, beside] = [await start(COMMAND_SERVICE, without), await start(COMMAND_SERVICE, having)];
    const delivery = await start(DELIVERY, having, 'DELIVERY_PORT');
    const api = { url: delivery.url, headers: tokens.staffHeaders(having.ids.account(-1), 'ADMIN') };
    const endpointId = await addEndpoint(api, receiver.urlOf('rewards'));
    const seconds = bench.secondsFor(3 * (repetitions + 1));
    const run = (service: ServiceProcess, data: DataSet) =>
      runClosedLoop({ url: service.url, connections: CONNECTIONS, seconds, next: claimsOf(tokens, data.ids, players) });
    bench.progress('warming up');
    await run(alone, without);
    const warmedUp = await store.head();
    await run(beside, having);
    await follow(store, warmedUp, endpointId, (grants, ended) => grants > 0 && ended >= grants);
    await bench.repeat(async () => {
      const base = await run(alone, without);
      const after = await store.head();
      await receiver.post('reset');
      const cpuBefore = cpuMsOf(delivery.pid);
      const result = await run(beside, having);
      const meanwhile = await receiver.figures();
      await follow(store, after, endpointId, (grants, ended) => grants > 0 && ended >= grants);
      bench.sample('claims without delivery', 'claims/s', base.perSecond);
      bench.sample('claims with delivery', 'claims/s', result.perSecond);
      bench.sample('claims with delivery: cost', '%', 100 * (1 - result.perSecond / base.perSecond));
      bench.sample('deliveries during the claims', 'deliveries/s', meanwhile.total / seconds);
      bench.sample(
        'deliveries: CPU of the delivery process',
        'ms/delivery',
        (cpuMsOf(delivery.pid) - cpuBefore) / result.completed,
      );
      for (const one of [base, result]) if (unexpectedOf(one) > 0) bench.note(`${unexpectedOf(one)} claims were not granted.`);
    });
  } finally {
    for (const service of started) await service.stop();
    await Promise.all([store.close(), tokens.stop()]);
  }
};

/** The time from a claim to its delivery at the peak, alone and beside an endpoint whose receiver never answers. */
const latencies = async (bench: Measurements, receiver: Receiver): Promise<void> => {
  const { players, repetitions } = bench.options;
  const data = new DataSet(await bench.folder());
  await writeLog(data, { players, ...COMPLETED_PLAYERS, now: Date.now() }, bench.progress);
  const { system, tokens } = await startSystemOn({ folder: data.folder, environment: { ...data.environment, ...ALLOW_PRIVATE } });
  const store = openEventStore(data.settings, 'read');
  try {
    const api = { url: system.url, headers: tokens.headersOf(data.ids.account(-1), 'ADMIN') };
    const endpointId = await addEndpoint(api, receiver.urlOf('rewards'), ITEMS);
    const seconds = bench.secondsFor(2.5 * repetitions);
    const next = claimsOf(tokens, data.ids, players);
    const coupon = () => claimRequest(tokens, data.ids, [anyOf(players), 0], { rewardName: COUPON.name, amount: 1 });
    const load = { url: system.url, seconds, warmUpSeconds: 0 };
    const measure = async (name: string, isBesideDead: boolean): Promise<void> => {
      await runOpenLoop({ ...load, perSecond: PEAK_PER_SECOND, seconds: seconds / 5, next });
      const after = await store.head();
      await Promise.all([
        runOpenLoop({ ...load, perSecond: PEAK_PER_SECOND, next }),
        isBesideDead && runOpenLoop({ ...load, perSecond: DEAD_PER_SECOND, next: coupon }),
      ]);
      const { latencies: all } = await follow(store, after, endpointId, (grants, ended) => grants > 0 && ended >= grants);
      bench.sample(`${name}: p50`, 'ms', percentileOf(all, 0.5));
      bench.sample(`${name}: p99`, 'ms', percentileOf(all, 0.99));
    };
    bench.note(
      `Claims at ${PEAK_PER_SECOND}/s through the gateway. The dead endpoint gets ${DEAD_PER_SECOND}/s and never answers.`,
    );
    await bench.repeat(async () => {
      await measure('claim to delivered, alone', false);
      const dead = await addEndpoint(api, receiver.urlOf('hang'), { rewardTypes: [COUPON.type], timeoutMs: DEAD_TIMEOUT_MS });
      await measure('claim to delivered, beside a dead endpoint', true);
      await post(api, `/delivery-endpoints/${dead}/remove`);
    });
  } finally {
    await store.close();
    await system.stop();
  }
};

/** The recovery of parked deliveries by one request, after a receiver that rejected all of them is repaired. */
const recovery = async (bench: Measurements, receiver: Receiver): Promise<void> => {
  const wanted = Math.min(MOST_PARKED, Math.max(...bench.options.sizes));
  const data = new DataSet(await bench.folder());
  const players = Math.ceil(wanted / CLAIMS_OF_A_PLAYER);
  const plan = { players, ...COMPLETED_PLAYERS, claims: CLAIMS_OF_A_PLAYER, now: Date.now() };
  const { head } = await writeLog(data, plan, bench.progress);
  const { system, tokens } = await startSystemOn({ folder: data.folder, environment: { ...data.environment, ...ALLOW_PRIVATE } });
  const store = openEventStore(data.settings, 'read');
  try {
    const api = { url: system.url, headers: tokens.headersOf(data.ids.account(-1), 'ADMIN') };
    const [first] = await store.readStream(`${PREFIXES.rewardEvent}${data.ids.event(0)}`);
    await receiver.post('answer/400');
    const endpointId = await addEndpoint(api, receiver.urlOf('rewards'), { ...ITEMS, from: first?.position });
    bench.progress(`parking ${wanted} deliveries`);
    const granted = players * CLAIMS_OF_A_PLAYER;
    const { parked } = await follow(store, head, endpointId, (_grants, ended) => ended >= granted);
    // A resend of all parked deliveries reads the read model.
    const watch = await LogWatch.open(data);
    await watch.quiet(QUIET_MS);
    await watch.close();
    await receiver.post('answer/204');
    await receiver.post('reset');
    await post(api, `/delivery-endpoints/${endpointId}/change`, { maxPerSecond: RECOVERED_PER_SECOND });
    bench.progress(`recovering ${parked} deliveries`);
    const startedAt = performance.now();
    await post(api, '/deliveries/resend', { endpointId, status: 'PARKED' });
    while ((await receiver.figures()).total < parked) {
      if (performance.now() - startedAt > WITHIN_MS) throw new Error('the parked deliveries were not recovered');
      await sleep(POLL_INTERVAL_MS);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const figures = await receiver.figures();
    bench.sample('parked deliveries recovered', 'deliveries', parked);
    bench.sample('recovery, from the request to the last delivery', 'deliveries/s', parked / seconds);
    bench.sample('recovery, from the first to the last delivery', 'deliveries/s', parked / Math.max(1, figures.seconds));
    bench.sample(`most in any second, of at most ${RECOVERED_PER_SECOND}`, 'deliveries/s', figures.mostInOneSecond);
  } finally {
    await store.close();
    await system.stop();
  }
};

export const delivery: Phase = {
  name: 'delivery',
  purpose: 'what delivery costs claims, how soon a claim is delivered, and how fast parked deliveries are recovered',
  weight: 3,
  async run(bench) {
    for (const measure of [claimRates, latencies, recovery]) await Receiver.during((receiver) => measure(bench, receiver));
  },
};
