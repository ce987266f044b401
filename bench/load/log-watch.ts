import { sleep } from '@rewards/async';
import { READ_MODEL_STATES, START, type Position, type ReadModelState } from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import type { DataSet } from '../world/data-set';

const POLL_MS = 5;
/** How long the log must not grow before the next load: everything that the one before caused is then done. */
const QUIET_MS = 1_000;
const NAMES = PROJECTIONS.map(({ name }) => name);

/** Observes the end of a log, and how far its read models are. */
export class LogWatch {
  private constructor(
    private readonly log: EventStore,
    private readonly views: DocumentStore,
    private readonly states: Collection<ReadModelState>,
  ) {}

  static async open({ settings }: DataSet): Promise<LogWatch> {
    const views = openDocumentStore(settings, 'views', 'read');
    const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return new LogWatch(openEventStore(settings, 'read'), views, states);
  }

  head(): Promise<Position> {
    return this.log.head();
  }

  /** Returns the position that all versions of all read models have reached, those of a rebuild too. */
  async reached(): Promise<Position> {
    const documents = await this.states.getMany(NAMES);
    return NAMES.flatMap((name) => {
      const { live, building } = documents.get(name)?.document ?? {};
      return [live?.position ?? START, ...(building ? [building.position] : [])];
    }).reduce((a, b) => (a < b ? a : b));
  }

  /**
   * Waits until the log is past a position, does not grow for some milliseconds, and all read models have reached its end: no request,
   * count, rebuild or backfill is left.
   * @returns the end
   */
  async quiet(ms = QUIET_MS, after: Position = START): Promise<Position> {
    let head = await this.head();
    for (let quietSince = performance.now(); ;) {
      const now = await this.head();
      if (now !== head || now <= after || (await this.reached()) < now) quietSince = performance.now();
      head = now;
      if (performance.now() - quietSince >= ms) return head;
      await sleep(POLL_MS);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.log.close(), this.views.close()]);
  }
}
