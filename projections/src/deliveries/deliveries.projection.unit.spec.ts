import { formatPosition, sortKey, START, type DeliveryView, type Position } from '@rewards/contracts';
import {
  deliveredAtOnce,
  earlierDeliveries,
  factsOfDelivery,
  factsOfEndpoint,
} from '@rewards/contracts/testing/sample-deliveries';
import { ELIXIR, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { deliveryDocumentId, deliveryIdOf } from '@rewards/service-kit/deliveries';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { given } from '../testing/given';
import { deliveriesProjection } from './deliveries.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const [first, second] = ['00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000e2'] as const;
const at = '2026-11-06T00:00:00.000Z';
const story = factsOfParticipation(eventId, accountId);
const [added, addedSecond] = [factsOfEndpoint(first).added(), factsOfEndpoint(second).added()];

/** A granted claim of 20 elixirs, with the id and the content of its document. */
const grant = (requestId: string, endpointId: string = first) => {
  const claimId = claimIdOf({ eventId, accountId, requestId });
  const deliveryId = deliveryIdOf('CLAIM', claimId, endpointId);
  const source = { claimId, kind: 'CLAIM', accountId, eventId, rewardName: ELIXIR.name, type: 'ITEM', amount: 20, at } as const;
  return {
    deliveryId,
    accountId,
    source,
    claimed: story.claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId }),
    facts: factsOfDelivery({ deliveryId, endpointId, accountId }),
    shows: (place: number | Position, change: Partial<DeliveryView> = {}) => {
      const position = typeof place === 'number' ? formatPosition(place) : place;
      const view: DeliveryView = {
        ...{ ...source, deliveryId, endpointId, status: 'PENDING', statusAt: at, attempts: 0, nextAttemptAt: null },
        ...{ lastError: null, parkedFor: null, deliveredAt: null, reference: null },
        ...{ position, order: sortKey(at, position) },
        ...change,
      };
      return { [deliveryDocumentId(deliveryId, endpointId)]: view };
    },
  };
};

const one = grant('one');
const { failed, parked, delivered, resent, abandoned } = one.facts;
const shown = (facts: readonly Fact[], change: Partial<DeliveryView>) =>
  given(deliveriesProjection, added, one.claimed, ...facts).shows(one.shows(2, change));

describe('read model deliveries', () => {
  it('shows a grant as a pending delivery to the endpoint that accepts it', () => shown([], {}));

  it('shows no grant that no endpoint accepted at that time', () => {
    const { claimed, claimRefused } = story;
    given(
      deliveriesProjection,
      one.claimed,
      factsOfEndpoint(first).added({ rewardTypes: ['ITEM'] }),
      claimed(5, SAUNA, { claimed: 5, remaining: 0 }),
      claimRefused(),
      factsOfEndpoint(first).removed(),
      grant('too-late').claimed,
    ).shows({});
  });

  it('follows the endpoints: the one that names the type, or else the one for all others', () => {
    const [toFirst, toSecond, backToFirst] = [grant('1'), grant('2', second), grant('3')];
    given(
      deliveriesProjection,
      added,
      toFirst.claimed,
      factsOfEndpoint(second).added({ rewardTypes: ['ITEM'] }),
      toSecond.claimed,
      factsOfEndpoint(second).changed({ rewardTypes: ['POINT'] }),
      factsOfEndpoint(first).paused(),
      backToFirst.claimed,
    ).shows({ ...toFirst.shows(2), ...toSecond.shows(4), ...backToFirst.shows(7) });
  });

  it('shows failed attempts', () =>
    shown([failed(), failed({ attempt: 2, nextAttemptAt: '2026-11-06T00:05:06.000Z', error: 'It timed out.' })], {
      ...{ attempts: 2, nextAttemptAt: '2026-11-06T00:05:06.000Z', lastError: 'It timed out.' },
    }));

  it('shows why it is parked, and since when', () =>
    shown([failed(), parked({ attempt: 2, reason: 'INVENTORY_FULL', error: 'full' })], {
      ...{ status: 'PARKED', statusAt: '2026-11-06T00:00:07.000Z', attempts: 2, lastError: 'full', parkedFor: 'INVENTORY_FULL' },
    }));

  it('begins again when it is resent', () =>
    shown([parked(), resent()], { statusAt: '2026-11-06T01:00:00.000Z', lastError: 'The receiver answered 503.' }));

  it('shows that it was given up, and that a success still counts', () => {
    shown([abandoned()], { status: 'ABANDONED', statusAt: '2026-11-06T02:00:00.000Z' });
    const success = delivered({ at: '2026-11-06T03:00:00.000Z', reference: 'mail-7' });
    shown([abandoned(), success], {
      ...{ status: 'DELIVERED', statusAt: '2026-11-06T03:00:00.000Z', deliveredAt: '2026-11-06T03:00:00.000Z' },
      ...{ attempts: 2, reference: 'mail-7' },
    });
  });

  const firstSuccess = { status: 'DELIVERED', attempts: 1, statusAt: '2026-11-06T00:00:01.000Z' } as const;
  const atOnce = { ...firstSuccess, deliveredAt: firstSuccess.statusAt } as const;

  it('shows the deliveries of one event that succeeded at the first attempt', () => {
    const [two, three] = [grant('two'), grant('three')];
    const batch = deliveredAtOnce(first, { ...one, reference: 'mail-1' }, two);
    given(deliveriesProjection, added, one.claimed, two.claimed, three.claimed, batch).shows({
      ...one.shows(2, { ...atOnce, reference: 'mail-1', recordedIn: [formatPosition(5)] }),
      ...two.shows(3, { ...atOnce, recordedIn: [formatPosition(5)] }),
      ...three.shows(4),
    });
  });

  it('keeps the first recorded success, whatever is recorded after it', () => {
    const [batch, again] = [deliveredAtOnce(first, { ...one, reference: 'mail-1' }), deliveredAtOnce(first, one)];
    const state = { ...atOnce, reference: 'mail-1' };
    shown([batch, failed(), parked(), abandoned(), delivered({ reference: 'mail-2' })], {
      ...state,
      recordedIn: [formatPosition(3)],
    });
    shown([batch, again], { ...state, recordedIn: [formatPosition(3), formatPosition(4)] });
    shown([delivered({ reference: 'mail-2' }), batch], {
      ...{ status: 'DELIVERED', attempts: 2, statusAt: '2026-11-06T00:00:08.000Z', deliveredAt: '2026-11-06T00:00:08.000Z' },
      ...{ reference: 'mail-2', recordedIn: [formatPosition(4)] },
    });
  });

  it('is pending again after it was resent although it was delivered', () =>
    shown([deliveredAtOnce(first, { ...one, reference: 'mail-1' }), resent({ reason: 'lost by the game' })], {
      ...{ statusAt: '2026-11-06T01:00:00.000Z', reference: 'mail-1', recordedIn: [formatPosition(3)] },
    }));

  it('shows grants that are older than their endpoint once they are added', () => {
    const [early, late] = [grant('early'), grant('late')];
    const listed = [early, late].map(({ deliveryId, source }) => ({ ...source, deliveryId, position: START }));
    given(deliveriesProjection, early.claimed, late.claimed, added, earlierDeliveries(first, listed), early.facts.failed()).shows(
      {
        ...early.shows(START, {
          ...{ attempts: 1, nextAttemptAt: '2026-11-06T00:00:06.000Z', lastError: 'The receiver answered 503.' },
        }),
        ...late.shows(START),
      },
    );
  });

  it('ignores the outcome of a delivery without a grant', () => {
    given(deliveriesProjection, added, addedSecond, failed(), deliveredAtOnce(first, one), abandoned()).shows({});
  });
});
