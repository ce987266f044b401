import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Clock ticks a second in /proc, which is the same on all Linux systems. */
const TICKS = 100;
const KIB = 1_024;

/** @returns the content of a file in /proc; '' where there is none, so that figures of processes are 0 on other systems */
const read = (pid: number, file: string): string => {
  const path = `/proc/${pid}/${file}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** @returns the processor time of a process since its start, in milliseconds */
export const cpuMsOf = (pid: number): number => {
  // The name of the process is in parentheses and may contain spaces.
  const fields = read(pid, 'stat')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1_000) / TICKS;
};

/** @returns the resident memory of a process in MiB */
export const residentMiB = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) / KIB;

/** @returns the bytes that a process has written to disks since its start */
export const writtenBytesOf = (pid: number): number => Number(/^write_bytes: (\d+)/m.exec(read(pid, 'io'))?.[1] ?? 0);

/** @returns the sizes of the files in a folder and its subfolders, by relative path */
export const fileSizes = (folder: string): ReadonlyMap<string, number> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(folder, path), statSync(path).size] as const;
      }),
  );

/** Size of a frame of the write-ahead log of SQLite: a page and its header. */
const FRAME_BYTES = 4_096 + 24;
const POLL_MS = 10;
/** Offset of `mxFrame`, the number of valid frames, in the index of a write-ahead log. */
const MAX_FRAME_OFFSET = 16;

/**
 * Counts the bytes written to the write-ahead log of each SQLite file, by polling its index: the operating system counts only by
 * process. Each file has one writer, so the sum is what the processes wrote, without checkpoints and other files.
 */
export class WalWatch {
  private readonly frames = new Map<string, number>();
  private readonly written = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly folder: string) {
    this.poll(true);
    this.timer = setInterval(() => this.poll(false), POLL_MS);
  }

  /** @returns the bytes by file */
  stop(): ReadonlyMap<string, number> {
    clearInterval(this.timer);
    this.poll(false);
    return this.written;
  }

  private poll(isFirst: boolean): void {
    for (const entry of readdirSync(this.folder, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('-shm')) continue;
      const name = entry.slice(0, -'-shm'.length);
      const index = readIfExists(join(this.folder, entry));
      if (!index || index.length < MAX_FRAME_OFFSET + 4) continue;
      const frames = index.readUInt32LE(MAX_FRAME_OFFSET);
      const before = this.frames.get(name) ?? (isFirst ? frames : 0);
      this.frames.set(name, frames);
      // After a checkpoint, the log begins again with its first frame.
      const added = frames >= before ? frames - before : frames;
      this.written.set(name, (this.written.get(name) ?? 0) + added * FRAME_BYTES);
    }
  }
}

const readIfExists = (path: string): Buffer | null => {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
};
