import { DocumentStoreDamaged } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreUnavailable } from '@rewards/event-store';
import { MessageBusDamaged } from '@rewards/message-bus';
import { retry } from './retry';

describe('retry', () => {
  const { signal } = new AbortController();
  const onError = jest.fn();
  beforeEach(() => onError.mockClear());

  it('tries again after a failure that may pass', async () => {
    const task = jest.fn().mockRejectedValueOnce(new EventStoreUnavailable('away')).mockResolvedValue('done');
    expect(await retry(task, { signal, onError, firstMs: 1 })).toBe('done');
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it.each([new EventStoreDamaged('restore it'), new DocumentStoreDamaged('restore it'), new MessageBusDamaged('restore it')])(
    'ends at once with %s, which no retry repairs',
    async (error) => {
      const task = jest.fn().mockRejectedValueOnce(error).mockResolvedValue('done');
      await expect(retry(task, { signal, onError, firstMs: 1 })).rejects.toBe(error);
      expect(task).toHaveBeenCalledTimes(1);
    },
  );
});
