import { streams, type DeadLettered, type DeadLetterEvent, type Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';

/** Reads complete dead letters from the log. The read model has only the beginning of each payload, so that lists stay small. */
export class DeadLetterLog {
  constructor(
    private readonly store: EventStore,
    private readonly upcast: Upcast,
  ) {}

  /** @throws EventStoreUnavailable */
  async find(deadLetterId: string): Promise<DeadLettered | null> {
    const recorded = await this.store.readStream(streams.deadLetter(deadLetterId));
    const facts = recorded.map((event) => this.upcast<DeadLetterEvent>(event));
    return facts.find((fact) => fact.type === 'MessageDeadLettered')?.data ?? null;
  }
}
