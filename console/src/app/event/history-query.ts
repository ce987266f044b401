import type { RewardEventEvent } from '@rewards/contracts';
import { bodyOf, type Schemas } from '../../shared/api/client';
import { isFactKey, type FactKey } from '../audit/fact-texts';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { changesOf, type Change, type Fact } from './changes';

/** Everything that operators did to an event, or tried. */
export interface History {
  /** Oldest first. */
  readonly changes: readonly Change[];
  /** Rejected commands, oldest first. */
  readonly rejections: readonly Fact[];
}

const CHANGES = {
  RewardEventCreated: true,
  RewardAdded: true,
  RewardChanged: true,
  RewardWithdrawn: true,
  RewardHeld: true,
  RewardReleased: true,
  RewardEventChanged: true,
  RewardEventPublished: true,
  RewardEventUnpublished: true,
  RewardEventPaused: true,
  RewardEventResumed: true,
  RewardEventEnded: true,
  RewardEventDeleted: true,
  RewardEventRestored: true,
} as const satisfies Readonly<Record<RewardEventEvent['type'], true>>;

/** Whether a domain event changes a reward event, so that there is a before and after. */
export const isChange = (type: string): boolean => Object.hasOwn(CHANGES, type);

/** All domain events of one type: an event may have a million others, of its players. */
const allOfType = async (eventId: string, type: FactKey, signal: AbortSignal): Promise<Fact[]> => {
  const facts: Fact[] = [];
  let cursor: string | null = null;
  do {
    const query = { eventId, type, limit: PAGE_LIMIT, ...(cursor !== null && { cursor }) };
    const body: { data: Schemas['AuditResponse'][]; page: { next: string | null } } = await bodyOf(
      api.GET('/audit', { params: { query }, signal }),
    );
    facts.push(...body.data);
    cursor = body.page.next;
  } while (cursor !== null);
  return facts;
};

const inOrder = (one: Fact, other: Fact): number => (one.position < other.position ? -1 : 1);

/** Loads the history of an event. For `useQuery`. */
export const historyQuery = (eventId: string) => ({
  queryKey: ['events', eventId, 'history'],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<History> => {
    const [rejections, ...changes] = await Promise.all(
      ['CommandRefused', ...Object.keys(CHANGES)].filter(isFactKey).map((type) => allOfType(eventId, type, signal)),
    );
    return { changes: changesOf(changes.flat().sort(inOrder)), rejections: (rejections ?? []).sort(inOrder) };
  },
});
