/** Places in the code where a process can crash or freeze. */
export const FAILPOINTS = [
  /** A group of the embedded engines is written but not committed. */
  'committing',
  /** The group is committed, but its callers have not been notified. */
  'committed',
  /** A decision is made, but its append has not been sent. */
  'appending',
  /** The append is durable, but its caller has not been notified. */
  'appended',
  /** An attempt to deliver has ended, but its outcome is not recorded. */
  'recording',
  /** The outcome is recorded, but the dispatcher has not been notified. */
  'recorded',
  /** Earlier grants are found for a new endpoint, but their deliveries are not recorded. */
  'listing',
  'listed',
  /** A document is about to be replaced at its version. */
  'replacing',
  'replaced',
  /** A batch is folded, but its documents are not written. */
  'writing documents',
  /** The documents are written, but the checkpoint is not. */
  'documents written',
  /** The outbox has messages that have not been sent to the broker. */
  'publishing',
  /** The broker has acknowledged the messages, but they are still in the outbox. */
  'published',
  /** A message is delivered, but not yet recorded in the log. */
  'handling',
  /** The message is recorded in the log, but its offset is not committed. */
  'handled',
  /** The account is erased, but its directory entry still exists. */
  'erased',
  /** The directory entry is removed too, but files may still contain remains. */
  'scrubbing',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Returns whether a failpoint is reached only during an erasure. */
export const isErasureFailpoint = (failpoint: Failpoint): boolean => failpoint === 'erased' || failpoint === 'scrubbing';

/** Returns whether a failpoint is reached only while the earlier deliveries of a new endpoint are recorded. */
export const isListingFailpoint = (failpoint: Failpoint): boolean => failpoint === 'listing' || failpoint === 'listed';

/** An armed failpoint of a service. The first process that reaches it for the `hit`th time triggers it. */
export type ArmedFailpoint =
  /** Pauses the operation for `lingerMs`, while the rest of the process continues, and then kills the process. */
  | { readonly kind: 'crash'; readonly point: Failpoint; readonly hit: number; readonly lingerMs: number }
  /** Freezes the process in the middle of the operation until the suite resumes it. */
  | { readonly kind: 'freeze'; readonly point: Failpoint; readonly hit: number }
  /** Ends only the thread of projections that reaches it. The process starts the thread again. */
  | { readonly kind: 'end thread'; readonly point: Failpoint; readonly hit: number };

/** Temporary outages: commits that fail because the disk is full, or an engine that is unavailable. */
export const OUTAGES = ['disk', 'events', 'documents', 'bus'] as const;
export type Outage = (typeof OUTAGES)[number];

/** Files in DATA_DIR through which the suite controls the faults of the processes. */
export const armedFile = (service: string): string => `failpoint ${service}`;
export const triggeredFile = (service: string): string => `failpoint ${service} triggered`;
/** What the suite writes to the file of a triggered failpoint to end a freeze. */
export const RESUMED = 'resumed';
export const outageFile = (process: string, outage: Outage): string => `outage ${outage} ${process}`;
