import { DocumentStoreDamaged } from '@rewards/document-store';
import { EventStoreDamaged } from '@rewards/event-store';
import { MessageBusDamaged } from '@rewards/message-bus';
import { retry } from './retry';

describe('retry', () => {
  it.each([new EventStoreDamaged('restore it'), new DocumentStoreDamaged('restore it'), new MessageBusDamaged('restore it')])(
    'does not retry after %s',
    async (error) => {
      const task = jest.fn().mockRejectedValueOnce(error).mockResolvedValue('done');
      await expect(retry(task, { signal: new AbortController().signal, firstMs: 1 })).rejects.toBe(error);
      expect(task).toHaveBeenCalledTimes(1);
    },
  );
});
