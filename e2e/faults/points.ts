/** Where a process may die or stop. */
export const POINTS = [
  /** Inside a group of the embedded engines: all of it is written, and not committed. */
  'committing',
  /** The group is committed, and nobody has been told. */
  'committed',
  /** An append is decided, and not sent. */
  'appending',
  /** The log has it, and nobody has been told. */
  'appended',
  /** A document is about to be replaced at its version. */
  'replacing',
  'replaced',
  /** A batch is folded; its documents are not written. */
  'writing documents',
  /** The documents are written; the checkpoint is not. */
  'documents written',
  /** The outbox has messages that the broker has not. */
  'publishing',
  /** The broker has acknowledged them; the outbox still has them. */
  'published',
  /** A message was delivered; the log does not have it. */
  'handling',
  /** The log has what the message says; its offset is not committed. */
  'handled',
  /** The account is erased; the directory still has it. */
  'erased',
  /** The directory has forgotten it too; files may still have traces. */
  'scrubbing',
] as const;
export type Point = (typeof POINTS)[number];

/** Passed only while an account is erased. */
export const isErasing = (point: Point): boolean => point === 'erased' || point === 'scrubbing';

/** What a process of a service is told to do; the first that gets there does it. */
export type Order =
  /** Dies when it passes the point for the `hit`th time; what it was about to do waits for `lingerMs`, while all else goes on. */
  | { readonly kind: 'crash'; readonly point: Point; readonly hit: number; readonly lingerMs: number }
  /** Stops there, in the middle, until it is woken. */
  | { readonly kind: 'freeze'; readonly point: Point; readonly hit: number };

/** What a process is refused for a while: commits, since the disk is full, or an engine that does not answer. */
export const REFUSALS = ['disk', 'events', 'documents', 'bus'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Files of DATA_DIR by which the suite tells the processes what to do. */
export const orderFile = (service: string): string => `order ${service}`;
export const takenFile = (service: string): string => `order ${service} taken`;
export const refusalFile = (process: string, refusal: Refusal): string => `refuse ${refusal} ${process}`;
