import { CheckpointMismatch, EventStoreRejected, EventStoreUnavailable, WrongExpectedRevision } from '../event-store';
import { isUnavailable, translate } from './eventstoredb-errors';

const failed = (fields: object, message = 'failed'): Error => Object.assign(new Error(message), fields);

describe('an error of the client', () => {
  it.each([
    ['no connection', { code: 14, type: 'unavailable' }],
    ['a plain gRPC error without a type', { code: 14 }],
    ['a deadline', { code: 4, type: 'deadline-exceeded' }],
    ['a call that the server cancelled', { code: 1, type: 'cancelled' }],
    ['a request that the server aborted', { code: 10, type: 'timeout' }],
    ['a reset HTTP/2 stream', { code: 13, type: 'unknown' }],
    ['a lost append of a batch, which has no status', { type: 'timeout' }],
    ['a node that is not the leader', { type: 'not-leader' }],
    ['a socket error', { code: 'ECONNRESET' }],
    ['a failed cluster discovery', {}],
  ])('is translated to EventStoreUnavailable: %s', (_, fields) => {
    expect(isUnavailable(failed(fields))).toBe(true);
    expect(translate(failed(fields))).toBeInstanceOf(EventStoreUnavailable);
  });

  it.each([
    ['an invalid argument', { code: 3, type: 'unknown' }],
    ['something not found', { code: 5, type: 'not-found' }],
    ['access denied', { code: 7, type: 'access-denied' }],
    ['unknown credentials', { code: 16, type: 'access-denied' }],
    ['a method that the server does not have', { code: 12, type: 'unknown' }],
    ['a failed precondition', { code: 9, type: 'unknown' }],
    ['an error that the server does not explain', { code: 2, type: 'unknown' }],
    ['a rejected append of a batch, which has no status', { type: 'unknown' }],
  ])('is translated to EventStoreRejected: %s', (_, fields) => {
    expect(isUnavailable(failed(fields))).toBe(false);
    expect(translate(failed(fields, 'because'))).toMatchObject({
      name: 'EventStoreRejected',
      message: 'EventStoreDB rejected the request: because',
    });
  });

  it('is unavailability while a cluster has no leader, although its status is UNKNOWN', () => {
    expect(isUnavailable(failed({ code: 2, type: 'unknown' }, '2 UNKNOWN: No leader info available in response'))).toBe(true);
  });

  it.each([
    new TypeError('x'),
    new CheckpointMismatch('NO_EVENT'),
    new EventStoreRejected('x'),
    new WrongExpectedRevision('s', 0, 1),
  ])('is returned unchanged if it is an error of the port: %s', (error) => {
    expect(isUnavailable(error)).toBe(false);
    expect(translate(error)).toBe(error);
  });
});
