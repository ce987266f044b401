import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { KeyedQueue, Semaphore, sleep } from '@rewards/async';
import {
  READ_MODEL_STATES,
  readModelCollection,
  Rejected,
  streams,
  type ConsistencyToken,
  type DeadLetterEvent,
  type DeadLetterView,
  type Position,
  type ReadModelState,
} from '@rewards/contracts';
import { countInSlices, type Collection, type DocumentStore } from '@rewards/document-store';
import { deadLetter, type DeadLetterState } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { Failures } from '@rewards/service-kit/failures';
import { reject as rejectAny, type RejectionData } from '@rewards/service-kit/rejections';
import type { CommandReason } from '../commands.problems';
import { InBackground } from '../in-background';
import type { StreamCommand } from '../stream-command';
import { Streams } from '../streams';
import { isUnavailable } from '../unavailable';

const POLL_MS = 10;
const PATIENCE_MS = 2_000;
const PER_READ = 200;

const reject: (reason: CommandReason, details?: RejectionData) => never = rejectAny;

/** The open dead letters of a group at the time of a request. */
export interface OpenGroup {
  readonly fingerprint: string;
  /** The end of the log at that time. */
  readonly upTo: Position;
  readonly count: number;
  /** Id of one of them; null if none is open. */
  readonly sample: string | null;
}

/**
 * Finds the dead letters of a group in the read model `deadLetters` of the projections service. It only tells which ones to handle:
 * the command on each of them decides from its own stream.
 */
export class DeadLetterGroups {
  constructor(
    private readonly views: DocumentStore,
    private readonly store: Pick<EventStore, 'head' | 'logId'>,
  ) {}

  /**
   * Returns what is open now. Waits up to two seconds until the read model contains everything that is in the log now.
   * @throws Rejected NO_SUCH_GROUP, GROUPS_BEHIND; errors of the engines
   */
  async find(fingerprint: string): Promise<OpenGroup> {
    const upTo = await this.store.head();
    const letters = await this.caughtUp(upTo);
    const [known] = await letters.find({ where: { fingerprint }, limit: 1 });
    if (!known) return reject('NO_SUCH_GROUP', { fingerprint });
    const [sample] = await this.page(letters, fingerprint, { lte: upTo }, 1);
    const count = await countInSlices<DeadLetterView>(
      letters,
      { status: 'OPEN', fingerprint, position: { lte: upTo } },
      'position',
    );
    return { fingerprint, upTo, count, sample: sample?.deadLetterId ?? null };
  }

  /** Reads a page of a group, oldest first. @param after position of the last one of the previous page; null for the first page */
  async after({ fingerprint, upTo }: OpenGroup, after: Position | null): Promise<readonly DeadLetterView[]> {
    // The version that is live now: the one of the request may have been replaced.
    const live = (await this.state())?.live;
    const letters = await this.collection(live?.version ?? 0);
    return this.page(letters, fingerprint, { lte: upTo, ...(after !== null && { gt: after }) }, PER_READ);
  }

  private async page(
    letters: Collection<DeadLetterView>,
    fingerprint: string,
    position: { readonly lte: Position; readonly gt?: Position },
    limit: number,
  ): Promise<readonly DeadLetterView[]> {
    const found = await letters.find({
      where: { status: 'OPEN', fingerprint, position },
      orderBy: { field: 'position', direction: 'ascending' },
      limit,
    });
    return found.map(({ document }) => document);
  }

  private async caughtUp(upTo: Position): Promise<Collection<DeadLetterView>> {
    const logId = await this.store.logId();
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
      const live = (await this.state())?.live;
      if (live?.logId === logId && live.position >= upTo) {
        const letters = await this.collection(live.version);
        // Documents of earlier releases have no fingerprint. The next version is being filled then.
        if ((await letters.find({ where: { fingerprint: null }, limit: 1 })).length === 0) return letters;
      }
      if (performance.now() >= deadline) return reject('GROUPS_BEHIND');
    }
  }

  private async state(): Promise<ReadModelState | undefined> {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return (await states.get('deadLetters'))?.document;
  }

  private collection(version: number): Promise<Collection<DeadLetterView>> {
    return this.views.collection<DeadLetterView>({ name: readModelCollection('deadLetters', version), indexes: [] });
  }
}

/** The answer to a command on a group. */
export interface HandledGroup {
  readonly count: number;
  /** Of the last domain event that was recorded before the answer; null if none was. */
  readonly token: ConsistencyToken | null;
}

/** Handles every open dead letter of a group. */
export class HandleDeadLetterGroup extends Command<HandledGroup> {
  constructor(
    readonly fingerprint: string,
    /** Whether the messages are published again, which those that were not stored completely cannot be. */
    readonly publishes: boolean,
    /** Creates the command on one of them. */
    readonly commandFor: (deadLetterId: string) => StreamCommand<DeadLetterState, DeadLetterEvent>,
  ) {
    super();
  }
}

/** Dead letters that are handled at the same time. */
const CONCURRENT = 16;

/**
 * Handles groups of dead letters, one group after the other. Messages of one key are published in the order of the log. A message
 * that becomes a dead letter again meanwhile is another one, after the end of the group, so a group always ends.
 *
 * Nothing of it is stored: after a restart, the rest of a group is open, and the same request handles it.
 */
@CommandHandler(HandleDeadLetterGroup)
export class HandleDeadLetterGroupHandler implements ICommandHandler<HandleDeadLetterGroup> {
  private readonly permits = new Semaphore(CONCURRENT);
  private readonly background: InBackground;

  constructor(
    private readonly groups: DeadLetterGroups,
    private readonly streamsOf: Streams,
    private readonly commands: CommandBus,
    failures: Failures,
  ) {
    this.background = new InBackground('the handling of a group of dead letters', failures);
  }

  /** @throws Rejected NO_SUCH_GROUP, GROUPS_BEHIND; errors of the engines */
  async execute(command: HandleDeadLetterGroup): Promise<HandledGroup> {
    const group = await this.groups.find(command.fingerprint);
    if (group.sample === null || (command.publishes && (await this.isCut(group.sample)))) return { count: 0, token: null };
    let token: ConsistencyToken | null = null;
    await this.background.run(() =>
      this.handleAll(group, command, (recorded) => (token = token !== null && token > recorded ? token : recorded)),
    );
    return { count: group.count, token };
  }

  /** Finishes the messages in flight. The others stay open. */
  stop(): Promise<void> {
    return this.background.stop();
  }

  /** Messages that were not stored completely have no other fingerprint in common with complete ones. */
  private async isCut(deadLetterId: string): Promise<boolean> {
    const { state } = await this.streamsOf.of(deadLetter).load(streams.deadLetter(deadLetterId));
    return state.status !== 'MISSING' && state.isCut;
  }

  private async handleAll(
    group: OpenGroup,
    { commandFor }: HandleDeadLetterGroup,
    onRecorded: (token: ConsistencyToken) => void,
  ): Promise<void> {
    const { background } = this;
    const { signal } = background;
    const ofKey = new KeyedQueue();
    for (let after: Position | null = null; !signal.aborted;) {
      const letters = await background.retrying(() => this.groups.after(group, after));
      await Promise.all(
        letters.map(({ topic, key, deadLetterId }) =>
          ofKey.run(JSON.stringify([topic, key]), () =>
            this.permits.run(async () => {
              if (!signal.aborted) await background.retrying(() => this.handle(commandFor(deadLetterId), onRecorded));
            }),
          ),
        ),
      );
      after = letters.at(-1)?.position ?? null;
      if (after === null) return;
    }
  }

  /** @throws the errors of engines, which are retried */
  private async handle(
    command: StreamCommand<DeadLetterState, DeadLetterEvent>,
    onRecorded: (token: ConsistencyToken) => void,
  ): Promise<void> {
    try {
      const { token } = await this.commands.execute(command);
      if (token !== null) onRecorded(token);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // Another request handled it first. After any other error it stays open, and the next one is handled.
      if (!(error instanceof Rejected)) this.background.skip(error, command.fields.stream);
    }
  }
}
