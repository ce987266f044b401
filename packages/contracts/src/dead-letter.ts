import type { DomainEvent } from './domain-event';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type DeadLetterEvent = DomainEvent<
  'MessageDeadLettered',
  {
    readonly deadLetterId: string;
    readonly topic: string;
    readonly partition: number;
    readonly offset: string;
    readonly key: string;
    /** The message as it was, cut off where it is very long. */
    readonly payload: string;
    readonly error: string;
    readonly attempts: number;
    readonly at: string;
  }
>;
