import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import type { MessageBus } from '@rewards/message-bus';
import type { AccountDirectory } from '../accounts/account-directory';
import type { AccountStore } from '../accounts/account.store';
import type { Erasure } from '../accounts/erasure';
import { runPeriodically } from '../periodic';
import { Relay } from './relay';

const createLog = () => ({ reportFailure: jest.fn(), reportSuccess: jest.fn() });

it('the relay retries while the document store is unavailable, and stops when it is damaged', async () => {
  const log = createLog();
  const findUndelivered = jest
    .fn()
    .mockRejectedValueOnce(new DocumentStoreUnavailable('unavailable'))
    .mockRejectedValueOnce(new DocumentStoreDamaged('restore it'))
    .mockResolvedValue([]);
  const relay = new Relay(
    { findUndelivered } as unknown as AccountStore,
    {} as MessageBus,
    {} as AccountDirectory,
    {} as Erasure,
    log,
  );
  relay.start();
  await relay.ended;
  expect(findUndelivered).toHaveBeenCalledTimes(2);
  expect(log.reportFailure).toHaveBeenCalledTimes(2);
});

it('a periodic task stops when its engine is damaged', async () => {
  const log = createLog();
  const task = jest.fn().mockRejectedValueOnce(new Error('once')).mockRejectedValueOnce(new DocumentStoreDamaged('restore it'));
  await runPeriodically(1, 'cleaning', task, log).ended;
  expect(task).toHaveBeenCalledTimes(2);
});
