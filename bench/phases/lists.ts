import { READ_MODEL_STATES, readModelCollection, sortKey, START, type ClaimView, type ReadModelState } from '@rewards/contracts';
import { toCursor } from '@rewards/query-service/dist/read-models/order';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import { percentileOf } from '../suite/figures';
import type { Phase } from '../suite/phase';
import type { DataSet } from '../world/data-set';
import { emailOf, REWARDS } from '../world/generate-log';

const MOST_READS = 100;
const ROWS = 100;
/** Claims among which the places of the middle and the end are chosen. */
const SAMPLE = 2_000;

/** Places in a list, as the share of the log before the place: the lists begin with the latest row. */
const DEPTHS = [
  ['first page', 1],
  ['middle', 0.5],
  ['deep', 0.02],
] as const;

/** Times and positions of claims, in the order of the log. */
const claimPlaces = async ({ settings }: DataSet): Promise<readonly ClaimView[]> => {
  const views = openDocumentStore(settings, 'views', 'read');
  const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
  const version = (await states.get('claims'))?.document.live.version ?? 1;
  const claims = await views.collection<ClaimView>({ name: readModelCollection('claims', version), indexes: [] });
  const page = await claims.scan(null, SAMPLE);
  await views.close();
  return page.map(({ document }) => document).sort((a, b) => (a.position < b.position ? -1 : 1));
};

const listsOf = ({ ids }: DataSet, player: number, from: string, to: string) => {
  const [accountId, eventId] = [ids.account(player), ids.event(0)];
  const filters: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
    '/claims': [
      {},
      { eventId },
      { email: emailOf(player) },
      { accountId },
      { rewardName: REWARDS[0]?.name ?? '' },
      { rewardName: REWARDS[1]?.name ?? '' },
      { status: 'SUCCESS' },
      { status: 'FAILURE' },
      { reason: 'INSUFFICIENT_REMAINING' },
      { from, to },
      { eventId, status: 'SUCCESS' },
      { eventId, status: 'FAILURE' },
    ],
    '/audit': [{}, { type: 'EventCompleted' }, { accountId }, { eventId }, { actor: 'command-service' }, { from, to }],
    [`/events/${eventId}/participations`]: [{}, { status: 'COMPLETED' }, { status: 'IN_PROGRESS' }, { email: emailOf(player) }],
  };
  return Object.entries(filters).flatMap(([path, each]) =>
    each.map((filter) => ({
      name: `${path.replace(eventId, '{eventId}')} ${Object.keys(filter).join(', ') || 'all'}${filter.status ? ` ${filter.status}` : ''}`,
      url: `${path}?${new URLSearchParams(filter).toString()}`,
      isByTime: !path.endsWith('participations'),
    })),
  );
};

export const lists: Phase = {
  name: 'lists',
  purpose: 'lists of the read models of the realistic log by query-service alone: first page, middle and end',
  weight: 0.7,
  async run(bench) {
    const { data, log } = await bench.world.openFilled(bench.progress);
    const places = await claimPlaces(data);
    const [first, last] = [places[0], places.at(-1)];
    const tokens = await TokenIssuer.start();
    const service = await ServiceProcess.start(
      require.resolve('@rewards/query-service/dist/main'),
      { ...data.environment, AUTH_URL: tokens.url },
      'QUERY_PORT',
    );
    try {
      const headers = tokens.staffHeaders(data.ids.account(0), 'AUDITOR');
      const all = listsOf(data, Math.floor(log.plan.players / 2), first?.at ?? '', last?.at ?? '');
      const deadline = performance.now() + bench.secondsFor(1) * 1_000;
      let worst = 0;
      for (const { name, url, isByTime } of all) {
        for (const [depth, share] of DEPTHS) {
          const times: number[] = [];
          for (let read = 0; read < MOST_READS && (read === 0 || performance.now() < deadline); read += 1) {
            // Each read uses another cursor, so that it does not profit from pages that the last one cached.
            const place = places[Math.floor(places.length * share * (1 - read / MOST_READS / 2))] ?? last;
            const cursor = isByTime ? toCursor(sortKey(place?.at ?? '', place?.position ?? START)) : (place?.position ?? START);
            const startedAt = performance.now();
            const answer = await fetch(`${service.url}${url}&limit=${ROWS}${share === 1 ? '' : `&cursor=${cursor}`}`, {
              headers,
            });
            await answer.arrayBuffer();
            if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
            times.push(performance.now() - startedAt);
          }
          const p99 = percentileOf(
            times.sort((a, b) => a - b),
            0.99,
          );
          worst = Math.max(worst, p99);
          bench.sample(`${name}, ${depth}: p99`, 'ms', p99);
        }
      }
      bench.sample('worst p99', 'ms', worst);
    } finally {
      await service.stop();
      await tokens.stop();
    }
  },
};
