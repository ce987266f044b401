/** Where the bytes of an export go. */
export interface ExportTarget {
  /** Whether the file grows on the disk while the bytes arrive. Otherwise they are kept in memory until the end. */
  readonly isDisk: boolean;
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Leaves no file behind. */
  readonly abort: () => Promise<void>;
}

declare global {
  interface Window {
    /** File System Access API, in Chromium only. */
    showSaveFilePicker?: (options: { readonly suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

/** Whether the browser can write a file while it is loaded. */
export const canWriteToDisk = (): boolean => typeof window.showSaveFilePicker === 'function';

/** Asks for the place of the file if the browser can write to it. @returns null if the person cancels */
export const chooseTarget = async (fileName: string): Promise<ExportTarget | null> => {
  if (!window.showSaveFilePicker) return memoryTarget(fileName);
  try {
    const handle = await window.showSaveFilePicker({ suggestedName: fileName });
    const file = await handle.createWritable();
    return {
      isDisk: true,
      write: (bytes) => file.write(bytes),
      close: () => file.close(),
      abort: () => file.abort(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
};

const memoryTarget = (fileName: string): ExportTarget => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    isDisk: false,
    write: async (bytes) => void parts.push(bytes),
    close: async () => {
      const address = URL.createObjectURL(new Blob(parts));
      const link = document.createElement('a');
      link.href = address;
      link.download = fileName;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
    abort: async () => void parts.splice(0),
  };
};

/**
 * Writes a stream to a target, at the pace of the target. If the stream fails or is cancelled, no file stays.
 * @param onProgress called with the bytes written so far
 * @returns the bytes written
 */
export const writeAll = async (
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  target: ExportTarget,
  onProgress: (bytes: number) => void,
): Promise<number> => {
  const reader = stream.getReader();
  let written = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await target.write(value);
      written += value.byteLength;
      onProgress(written);
    }
    await target.close();
    return written;
  } catch (error) {
    await Promise.allSettled([reader.cancel(error), target.abort()]);
    throw error;
  }
};
