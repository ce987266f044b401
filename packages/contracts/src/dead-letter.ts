import type { DomainEvent } from './domain-event';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type DeadLetterEvent =
  | DomainEvent<
      'MessageDeadLettered',
      {
        readonly deadLetterId: string;
        readonly topic: string;
        readonly partition: number;
        readonly offset: string;
        readonly key: string;
        /** The message as it was, cut off where it is very long. */
        readonly payload: string;
        /** Whether key or payload were cut off: such a message cannot be sent again. */
        readonly isCut?: boolean;
        readonly error: string;
        readonly attempts: number;
        readonly at: string;
      }
    >
  /** Published again as it was; by the account of the operator. */
  | DomainEvent<'MessageRedriven', { readonly deadLetterId: string; readonly by: string; readonly at: string }>
  /** Given up for good; by the account of the operator. */
  | DomainEvent<'MessageDiscarded', { readonly deadLetterId: string; readonly by: string; readonly at: string }>;

export const DEAD_LETTER_STATUSES = ['OPEN', 'REDRIVEN', 'DISCARDED'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];
