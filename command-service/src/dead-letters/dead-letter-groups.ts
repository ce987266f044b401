import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { KeyedQueue } from '@rewards/async';
import { streams, type ConsistencyToken, type DeadLetterEvent, type DeadLetterView, type Position } from '@rewards/contracts';
import { countInSlices, type Collection, type DocumentStore } from '@rewards/document-store';
import { deadLetter, type DeadLetterState } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { Failures } from '@rewards/service-kit/failures';
import { reject as rejectAny, type RejectionData } from '@rewards/service-kit/rejections';
import type { CommandReason } from '../commands.problems';
import { CurrentReadModel } from '../current-read-model';
import { InBackground, type Execute } from '../in-background';
import type { StreamCommand } from '../stream-command';
import { Streams } from '../streams';

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
  private readonly letters: CurrentReadModel<'deadLetters'>;

  constructor(views: DocumentStore, store: Pick<EventStore, 'head' | 'logId'>) {
    this.letters = new CurrentReadModel('deadLetters', views, store);
  }

  /**
   * Returns what is open now. Waits up to two seconds until the read model contains everything that is in the log now.
   * @throws Rejected NO_SUCH_GROUP, GROUPS_BEHIND; errors of the engines
   */
  async find(fingerprint: string): Promise<OpenGroup> {
    const { documents: letters, upTo } = (await this.letters.caughtUp(hasFingerprints)) ?? reject('GROUPS_BEHIND');
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
    return this.page(await this.letters.documents(), fingerprint, { lte: upTo, ...(after !== null && { gt: after }) }, PER_READ);
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
}

/** Documents of earlier releases have no fingerprint. The next version is being filled then. */
const hasFingerprints = async (letters: Collection<DeadLetterView>): Promise<boolean> =>
  (await letters.find({ where: { fingerprint: null }, limit: 1 })).length === 0;

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
  private readonly background: InBackground;

  constructor(
    private readonly groups: DeadLetterGroups,
    private readonly streamsOf: Streams,
    commands: CommandBus,
    failures: Failures,
  ) {
    this.background = new InBackground(commands, failures, {
      name: 'the handling of a group of dead letters',
      concurrent: CONCURRENT,
    });
  }

  /** @throws Rejected NO_SUCH_GROUP, GROUPS_BEHIND; errors of the engines */
  async execute(command: HandleDeadLetterGroup): Promise<HandledGroup> {
    const group = await this.groups.find(command.fingerprint);
    if (group.sample === null || (command.publishes && (await this.isCut(group.sample)))) return { count: 0, token: null };
    return { count: group.count, token: await this.background.run((execute) => this.handleAll(group, command, execute)) };
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

  private async handleAll(group: OpenGroup, { commandFor }: HandleDeadLetterGroup, execute: Execute): Promise<void> {
    const { background } = this;
    const ofKey = new KeyedQueue();
    for (let after: Position | null = null; !background.signal.aborted;) {
      const letters = await background.retrying(() => this.groups.after(group, after));
      await Promise.all(
        letters.map(({ topic, key, deadLetterId }) =>
          ofKey.run(JSON.stringify([topic, key]), () => execute(commandFor(deadLetterId))),
        ),
      );
      after = letters.at(-1)?.position ?? null;
      if (after === null) return;
    }
  }
}
