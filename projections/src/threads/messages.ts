import type { ReadModelVersion } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import type { VerificationReport } from '../verification/verification';
import type { VerificationPart } from '../verification/verification-part';
import type { PlainError } from './plain-error';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Data that a thread starts with. Each thread opens engines of its own. */
export interface ThreadData {
  readonly settings: Settings;
  /** The read models that the folding thread keeps. */
  readonly readModels?: readonly string[];
  /** What a thread verifies. */
  readonly parts?: readonly VerificationPart[];
}

/** Messages to a thread. */
export type Request = { readonly kind: 'stop' } | { readonly kind: 'rebuild'; readonly id: number; readonly name: string };

/** Messages from a thread. */
export type Report =
  | {
      readonly kind: 'log';
      readonly level: (typeof LOG_LEVELS)[number];
      readonly fields: Readonly<Record<string, unknown>>;
      readonly err?: PlainError;
      readonly message: string;
    }
  | { readonly kind: 'failure'; readonly task: string; readonly error: PlainError }
  | { readonly kind: 'success'; readonly task: string }
  /** Sent every second by the folding thread. `error` is why the read models cannot be written; null if they can. */
  | { readonly kind: 'alive'; readonly batches: Readonly<Record<string, number>>; readonly error: PlainError | null }
  | { readonly kind: 'rebuilding'; readonly id: number; readonly version: ReadModelVersion }
  | { readonly kind: 'rejected'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'verified'; readonly report: VerificationReport }
  | { readonly kind: 'failed'; readonly error: PlainError };
