import { streams, type DeadLettered, type DeadLetterEvent, type Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';

/** The complete dead letters. The read model holds only the beginning of each, so that lists stay small. */
export class DeadLetterLog {
  constructor(
    private readonly events: EventStore,
    private readonly upcast: Upcast,
  ) {}

  /** @throws EventStoreUnavailable */
  async find(deadLetterId: string): Promise<DeadLettered | null> {
    const recorded = await this.events.readStream(streams.deadLetter(deadLetterId));
    const facts = recorded.map((event) => this.upcast<DeadLetterEvent>(event));
    return facts.find((fact) => fact.type === 'MessageDeadLettered')?.data ?? null;
  }
}
