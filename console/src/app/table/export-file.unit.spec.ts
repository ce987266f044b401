import { writeAll, type ExportTarget } from './export-file';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const recorded = () => {
  const calls: string[] = [];
  const target: ExportTarget = {
    isDisk: true,
    write: async (part) => void calls.push(new TextDecoder().decode(part)),
    close: async () => void calls.push('closed'),
    abort: async () => void calls.push('aborted'),
  };
  return { calls, target };
};

const streamOf = (parts: readonly string[], failure?: Error): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const left = [...parts];
  return new ReadableStream({
    pull: (controller) => {
      const part = left.shift();
      if (part !== undefined) controller.enqueue(bytes(part));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
};

describe('an export', () => {
  it('is written in order and closed, and reports its progress', async () => {
    const { calls, target } = recorded();
    const progress: number[] = [];
    expect(await writeAll(streamOf(['a,b\n', '1,2\n']), target, (each) => progress.push(each))).toBe(8);
    expect(calls).toEqual(['a,b\n', '1,2\n', 'closed']);
    expect(progress).toEqual([4, 8]);
  });

  it('leaves no file if the transfer fails', async () => {
    const { calls, target } = recorded();
    await expect(writeAll(streamOf(['a,b\n'], new Error('cut')), target, () => undefined)).rejects.toThrow('cut');
    expect(calls).toEqual(['a,b\n', 'aborted']);
  });

  it('leaves no file if the disk is full', async () => {
    const { calls, target } = recorded();
    const full = { ...target, write: async () => Promise.reject(new Error('full')) };
    await expect(writeAll(streamOf(['a,b\n']), full, () => undefined)).rejects.toThrow('full');
    expect(calls).toEqual(['aborted']);
  });
});
