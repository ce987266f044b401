import { Command } from '@nestjs/cqrs';
import type { Aggregate, CommandName, DomainEvent, Reason, RefusalEvent, Rejected } from '@rewards/contracts';
import type { AppendOptions, CommandMetadata, DecideAtRevision, Handled } from '@rewards/event-store';

/** The fields of a command that do not depend on the type of its state. */
export interface CommandHead {
  /** Its name in metrics and traces. */
  readonly name: CommandName;
  readonly stream: string;
  /** Metadata of the domain events that it records. */
  readonly metadata: CommandMetadata;
  /** `background` for work that no request waits for. Default: `interactive`. */
  readonly priority?: AppendOptions['priority'];
  /** Returns the domain event that records a rejection; null if there is nothing to record. */
  readonly rejection?: (rejected: Rejected<Reason>) => RefusalEvent | null;
}

export interface StreamCommandFields<State, Event extends DomainEvent> extends CommandHead {
  /** Folds the stream into the state that the decision receives. */
  readonly aggregate: Aggregate<State, Event>;
  /** Returns the new domain events. @throws Rejected for a broken rule */
  readonly decide: DecideAtRevision<State, Event>;
  /** An effect that must succeed before the decision is recorded. @throws Rejected */
  readonly beforeRecording?: (state: State) => Promise<void>;
}

/** A command as one value. The command bus dispatches it to the handler of all commands, `stream-command.handler.ts`. */
export class StreamCommand<State, Event extends DomainEvent> extends Command<Handled<State>> {
  constructor(readonly fields: StreamCommandFields<State, Event>) {
    super();
  }
}

/** Executes commands: Nest's command bus, or a fake in a spec. */
export interface Commands {
  /** @throws Rejected, and errors of the engines */
  execute<State, Event extends DomainEvent>(command: StreamCommand<State, Event>): Promise<Handled<State>>;
}
