import { Command } from '@nestjs/cqrs';
import type { Aggregate, CommandName, DomainEvent, Reason, RefusalEvent, Rejected } from '@rewards/contracts';
import type { CommandMetadata, Decide, Handled } from '@rewards/event-store';

/** What of a command does not depend on what its stream holds. */
export interface CommandHead {
  /** As logs and metrics call it. */
  readonly name: CommandName;
  readonly stream: string;
  /** Metadata of the domain events that it records. */
  readonly metadata: CommandMetadata;
  /** The domain event that records a rejection; null where there is nothing to record. */
  readonly rejection?: (rejected: Rejected<Reason>) => RefusalEvent | null;
}

export interface StreamCommandFields<State, Event extends DomainEvent> extends CommandHead {
  /** How the stream is folded into what is decided on. */
  readonly aggregate: Aggregate<State, Event>;
  /** What is new, from what the stream holds. A broken rule throws Rejected. */
  readonly decide: Decide<State, Event>;
  /** An effect that has to succeed before the decision is recorded. May throw Rejected. */
  readonly first?: (state: State) => Promise<void>;
}

/** A command is one value, dispatched by the command bus to the one handler of all commands: see `stream-command.handler.ts`. */
export class StreamCommand<State, Event extends DomainEvent> extends Command<Handled<State>> {
  constructor(readonly fields: StreamCommandFields<State, Event>) {
    super();
  }
}

/** Sends commands: Nest's command bus, or a stand-in in a spec. */
export interface Commands {
  /** @throws Rejected, and what the engines throw */
  execute<State, Event extends DomainEvent>(command: StreamCommand<State, Event>): Promise<Handled<State>>;
}
