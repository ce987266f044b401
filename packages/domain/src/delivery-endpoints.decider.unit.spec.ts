import { REWARD_TYPES, ROTATION_MS, type DeliveryEndpointEvent, type Position, type RewardType } from '@rewards/contracts';
import { specificationOf } from '@rewards/testing/decisions';
import fc from 'fast-check';
import { fold } from './aggregate';
import {
  addedEndpoints,
  addEndpoint,
  changeEndpoint,
  deliveryEndpoints,
  disableEndpoint,
  endpointFor,
  pauseEndpoint,
  removeEndpoint,
  resumeEndpoint,
  rotateSecret,
  type AddedEndpoint,
  type DeliveryEndpoint,
  type DeliveryEndpoints,
} from './delivery-endpoints.decider';

const given = specificationOf(deliveryEndpoints);
const by = '00000000-0000-4000-8000-00000000000a';
const at = '2026-11-01T00:00:00.000Z';
const later = '2026-11-01T01:00:00.000Z';
const until = new Date(Date.parse(at) + ROTATION_MS).toISOString();

const additionOf = (endpointId: string, changes: Partial<AddedEndpoint> = {}): AddedEndpoint => ({
  endpointId,
  name: 'Mailbox',
  kind: 'WEBHOOK',
  url: 'https://game.example.com/rewards',
  maxPerSecond: 500,
  timeoutMs: 10_000,
  secretId: `secret of ${endpointId}`,
  by,
  at,
  ...changes,
});
const event = <Type extends DeliveryEndpointEvent['type']>(
  type: Type,
  data: Extract<DeliveryEndpointEvent, { readonly type: Type }>['data'],
) => ({ type, data }) as DeliveryEndpointEvent;
const added = (endpointId: string, changes: Partial<AddedEndpoint> = {}) =>
  event('DeliveryEndpointAdded', additionOf(endpointId, changes));
const onA = { endpointId: 'a', by, at: later };
const removed = event('DeliveryEndpointRemoved', onA);
const disabled = event('DeliveryEndpointDisabled', { endpointId: 'a', reason: 'The receiver answered 410.', at: later });
const typesOf = (endpointId: string, ...rewardTypes: RewardType[]) => added(endpointId, { rewardTypes });

describe('adding an endpoint', () => {
  it('is recorded', () =>
    given()
      .when(addEndpoint(additionOf('a')))
      .thenRecorded(added('a')));

  it('is rejected for a type that another endpoint names', () =>
    given(typesOf('a', 'ITEM', 'POINT'))
      .when(addEndpoint(additionOf('b', { rewardTypes: ['COUPON', 'POINT'] })))
      .thenRejected('TYPE_TAKEN', { rewardType: 'POINT', endpointId: 'a' }));

  it('is rejected for a second endpoint for every other type', () =>
    given(typesOf('a', 'ITEM'), added('b'))
      .when(addEndpoint(additionOf('c')))
      .thenRejected('TYPE_TAKEN', { rewardType: null, endpointId: 'b' }));

  it('is allowed for one type beside an endpoint for every other type', () =>
    given(added('a'))
      .when(addEndpoint(additionOf('b', { rewardTypes: ['ITEM'] })))
      .thenRecorded(typesOf('b', 'ITEM')));

  it('frees the types of an endpoint that was removed', () =>
    given(added('a'), removed)
      .when(addEndpoint(additionOf('b')))
      .thenRecorded(added('b')));

  it('changes nothing if the same request is repeated, also after a change or a removal', () => {
    const repeated = addEndpoint(additionOf('a', { at: later, secretId: 'another' }), additionOf('a'));
    given(added('a')).when(repeated).thenNothing();
    given(added('a'), event('DeliveryEndpointChanged', { ...onA, name: 'Other' }))
      .when(repeated)
      .thenNothing();
    given(added('a'), removed).when(repeated).thenNothing();
    given(added('a'))
      .when(addEndpoint(additionOf('a')))
      .thenNothing();
  });

  it.each<Partial<AddedEndpoint>>([
    { name: 'Other' },
    { kind: 'BUS' },
    { url: 'https://other.example.com' },
    { rewardTypes: ['ITEM'] },
    { maxPerSecond: 1 },
    { timeoutMs: 100 },
    { from: '0'.repeat(32) as Position },
  ])('is rejected if its requestId was used for another request: %j', (change) => {
    given(added('a'), removed)
      .when(addEndpoint(additionOf('a', change), additionOf('a')))
      .thenRejected('REQUEST_ID_REUSED');
  });

  it('is remembered as it was requested', () => {
    const facts = [added('a'), event('DeliveryEndpointChanged', { ...onA, name: 'Other' }), removed, added('b')];
    expect([...fold(addedEndpoints, facts)]).toEqual([
      ['a', additionOf('a')],
      ['b', additionOf('b')],
    ]);
  });
});

describe('changing an endpoint', () => {
  it('records only what differs', () => {
    const same = { name: 'Mailbox', maxPerSecond: 500 };
    given(added('a'))
      .when(changeEndpoint({ ...onA, ...same, timeoutMs: 100 }))
      .thenRecorded(event('DeliveryEndpointChanged', { ...onA, timeoutMs: 100 }));
    given(added('a'))
      .when(changeEndpoint({ ...onA, ...same }))
      .thenNothing();
    given(added('a')).when(changeEndpoint(onA)).thenNothing();
  });

  it('ignores a field without a value', () => {
    const withoutValue = { ...onA, name: undefined } as unknown as Parameters<typeof changeEndpoint>[0];
    given(added('a')).when(changeEndpoint(withoutValue)).thenNothing();
  });

  it('gives and takes types', () => {
    given(typesOf('a', 'ITEM'))
      .when(changeEndpoint({ ...onA, rewardTypes: null }))
      .thenRecorded(event('DeliveryEndpointChanged', { ...onA, rewardTypes: null }));
    given(added('a'))
      .when(changeEndpoint({ ...onA, rewardTypes: null }))
      .thenNothing();
    given(added('a'), typesOf('b', 'ITEM'))
      .when(changeEndpoint({ ...onA, rewardTypes: ['ITEM'] }))
      .thenRejected('TYPE_TAKEN', { rewardType: 'ITEM', endpointId: 'b' });
    given(typesOf('a', 'ITEM'), added('b'))
      .when(changeEndpoint({ ...onA, rewardTypes: null }))
      .thenRejected('TYPE_TAKEN', { rewardType: null, endpointId: 'b' });
  });

  it('gives no url to an endpoint of the bus', () =>
    given(added('a', { kind: 'BUS' }))
      .when(changeEndpoint({ ...onA, url: 'https://game.example.com' }))
      .thenRejected('INVALID_FIELDS', { errors: [{ field: 'url', message: 'applies only to WEBHOOK' }] }));
});

describe('the state of an endpoint', () => {
  const paused = event('DeliveryEndpointPaused', onA);
  const resumed = event('DeliveryEndpointResumed', onA);
  const stateOf = (...facts: DeliveryEndpointEvent[]) => {
    const { state, since, reason } = fold(deliveryEndpoints, facts).get('a') ?? {};
    return { state, since, reason };
  };

  it('is ACTIVE, PAUSED or DISABLED', () => {
    expect(stateOf(added('a'))).toEqual({ state: 'ACTIVE', since: at, reason: null });
    expect(stateOf(added('a'), paused)).toEqual({ state: 'PAUSED', since: later, reason: null });
    expect(stateOf(added('a'), disabled)).toEqual({ state: 'DISABLED', since: later, reason: 'The receiver answered 410.' });
    expect(stateOf(added('a'), disabled, resumed)).toEqual({ state: 'ACTIVE', since: later, reason: null });
  });

  it('is paused and resumed once', () => {
    given(added('a')).when(pauseEndpoint(onA)).thenRecorded(paused);
    given(added('a'), paused).when(pauseEndpoint(onA)).thenNothing();
    given(added('a'), paused).when(resumeEndpoint(onA)).thenRecorded(resumed);
    given(added('a')).when(resumeEndpoint(onA)).thenNothing();
    given(added('a'), disabled).when(resumeEndpoint(onA)).thenRecorded(resumed);
  });

  it('does not become PAUSED while it is DISABLED, because the reason would be lost', () =>
    given(added('a'), disabled).when(pauseEndpoint(onA)).thenRejected('ENDPOINT_STATE', { state: 'DISABLED' }));

  it('becomes DISABLED once, also while it is PAUSED', () => {
    const attempted = [...fold(deliveryEndpoints, [added('a')]).values()][0] as DeliveryEndpoint;
    const data = { endpointId: 'a', reason: 'The receiver answered 410.', at: later };
    const disable = disableEndpoint(data, attempted);
    given(added('a')).when(disable).thenRecorded(disabled);
    given(added('a'), paused).when(disable).thenRecorded(disabled);
    given(added('a'), disabled).when(disable).thenNothing();
    given(added('a'), removed).when(disable).thenNothing();
    given(added('a'), paused, resumed).when(disable).thenNothing();
    given(added('a'))
      .when(disableEndpoint(data, { ...attempted, url: 'https://old.example.com' }))
      .thenNothing();
  });

  it('does not change once the endpoint was removed, nor for an unknown one', () => {
    for (const facts of [[], [added('a'), removed]])
      for (const decide of [
        pauseEndpoint(onA),
        resumeEndpoint(onA),
        removeEndpoint(onA),
        changeEndpoint({ ...onA, name: 'Other' }),
        rotateSecret({ ...onA, secretId: 's', isLost: false }),
      ])
        given(...facts)
          .when(decide)
          .thenRejected('NO_SUCH_ENDPOINT');
    expect(fold(deliveryEndpoints, [paused, resumed, disabled, removed]).size).toBe(0);
  });
});

describe('rotating a secret', () => {
  const rotate = (secretId: string, time: string, isLost = false) =>
    rotateSecret({ endpointId: 'a', secretId, by, at: time, isLost });
  const rotated = (secretId: string) => event('DeliverySecretRotated', { endpointId: 'a', secretId, until, by, at });

  it('keeps the previous one for 24 hours', () => {
    given(added('a')).when(rotate('second', at)).thenRecorded(rotated('second'));
    const { secretId, previousSecret } = fold(deliveryEndpoints, [added('a'), rotated('second')]).get('a') ?? {};
    expect({ secretId, previousSecret }).toEqual({
      secretId: 'second',
      previousSecret: { secretId: 'secret of a', until },
    });
  });

  it('is rejected while both sign, unless the current one is lost', () => {
    given(added('a'), rotated('second')).when(rotate('third', later)).thenRejected('ROTATION_RUNNING', { until });
    const again = new Date(Date.parse(later) + ROTATION_MS).toISOString();
    given(added('a'), rotated('second'))
      .when(rotate('third', later, true))
      .thenRecorded(event('DeliverySecretRotated', { endpointId: 'a', secretId: 'third', until: again, by, at: later }));
    const afterwards = new Date(Date.parse(until) + ROTATION_MS).toISOString();
    given(added('a'), rotated('second'))
      .when(rotate('third', until))
      .thenRecorded(event('DeliverySecretRotated', { endpointId: 'a', secretId: 'third', until: afterwards, by, at: until }));
  });

  it('changes nothing if the same request is repeated, and does not bring an old secret back', () => {
    given(added('a'), rotated('second')).when(rotate('second', later)).thenNothing();
    given(added('a'), rotated('second'), rotated('third'))
      .when(rotate('second', later, true))
      .thenRejected('REQUEST_ID_REUSED');
  });

  it('is rejected for an endpoint of the bus, which has none', () =>
    given(added('a', { kind: 'BUS', secretId: undefined }))
      .when(rotate('second', at))
      .thenRejected('ENDPOINT_STATE', { state: 'ACTIVE' }));
});

describe('routing', () => {
  const idFor = (facts: readonly DeliveryEndpointEvent[], type: RewardType) =>
    endpointFor(fold(deliveryEndpoints, facts), type)?.endpointId ?? null;

  it('prefers the endpoint that names the type', () => {
    expect(idFor([], 'ITEM')).toBeNull();
    expect(idFor([typesOf('a', 'POINT')], 'ITEM')).toBeNull();
    expect(idFor([added('others'), typesOf('a', 'ITEM')], 'ITEM')).toBe('a');
    expect(idFor([typesOf('a', 'ITEM'), added('others')], 'ITEM')).toBe('a');
    expect(idFor([typesOf('a', 'ITEM'), added('others')], 'POINT')).toBe('others');
  });

  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const typeLists = fc.option(fc.subarray([...REWARD_TYPES], { minLength: 1 }), { nil: undefined });
  const command = fc.oneof(
    fc.tuple(ids, typeLists).map(([id, types]) => addEndpoint(additionOf(id, types && { rewardTypes: types }))),
    fc.tuple(ids, typeLists).map(([endpointId, types]) => changeEndpoint({ ...onA, endpointId, rewardTypes: types ?? null })),
    ids.map((endpointId) => removeEndpoint({ ...onA, endpointId })),
    ids.map((endpointId) => pauseEndpoint({ ...onA, endpointId })),
  );

  const acceptorsOf = (endpoints: DeliveryEndpoints, type: RewardType) =>
    [...endpoints.values()].filter(({ rewardTypes }) => rewardTypes?.includes(type));

  it('never has two endpoints for one type, whatever was added, changed and removed in which order', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let endpoints = deliveryEndpoints.initial;
        for (const decide of commands) {
          try {
            endpoints = decide(endpoints).reduce(deliveryEndpoints.evolve, endpoints);
          } catch {
            // A rejected command changes nothing.
          }
          for (const type of REWARD_TYPES) {
            const acceptors = acceptorsOf(endpoints, type);
            expect(acceptors.length).toBeLessThan(2);
            const expected = acceptors[0] ?? [...endpoints.values()].find(({ rewardTypes }) => !rewardTypes) ?? null;
            expect(endpointFor(endpoints, type)).toBe(expected);
          }
          expect([...endpoints.values()].filter(({ rewardTypes }) => !rewardTypes).length).toBeLessThan(2);
        }
      }),
    );
  });
});
