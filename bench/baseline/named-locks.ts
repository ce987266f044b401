import { KeyedQueue } from '@rewards/async';
import { Rejected, type Reward } from '@rewards/contracts';
import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';

/** One player in one event, with everything that the player claimed. */
export interface PlayerDocument {
  readonly accountId: string;
  readonly eventId: string;
  readonly isCompleted: boolean;
  readonly rewards: readonly Reward[];
  readonly claims: readonly LoggedClaim[];
}

export interface LoggedClaim {
  readonly requestId: string;
  readonly rewardName: string;
  readonly amount: number;
  readonly at: string;
}

export interface GrantedUnits {
  readonly amount: number;
  readonly claimed: number;
  readonly remaining: number;
}

export const PLAYERS: CollectionSpec<PlayerDocument> = { name: 'baselinePlayers', indexes: [] };
/** The log of granted claims. The id of an entry contains the request id, so a request is logged once. */
export const CLAIM_LOG: CollectionSpec<LoggedClaim> = { name: 'baselineClaims', indexes: [] };

export const playerKey = (eventId: string, accountId: string): string => `${eventId}_${accountId}`;

export interface Claim {
  readonly eventId: string;
  readonly accountId: string;
  readonly requestId: string;
  readonly rewardName: string;
  readonly amount: number;
  readonly at: string;
}

/**
 * The design that this system replaces: a lock in memory by player and reward, and under it read, check, push, log. It is correct
 * in one process. The push does not depend on what was read, like `$push` in MongoDB, so a second process is not noticed.
 */
export class NamedLockClaims {
  private readonly players: Collection<PlayerDocument>;
  private readonly log: Collection<LoggedClaim>;
  private readonly locks = new KeyedQueue();

  constructor(documents: DocumentStore) {
    this.players = openOnFirstUse(documents, PLAYERS);
    this.log = openOnFirstUse(documents, CLAIM_LOG);
  }

  /** @throws Rejected NOT_COMPLETED, NO_SUCH_REWARD, INSUFFICIENT_REMAINING */
  claim(claim: Claim): Promise<GrantedUnits> {
    return this.locks.run(`${claim.accountId}/${claim.rewardName}`, () => this.claimInTurn(claim));
  }

  private async claimInTurn({ eventId, accountId, requestId, rewardName, amount, at }: Claim): Promise<GrantedUnits> {
    const key = playerKey(eventId, accountId);
    const stored = await this.players.get(key);
    if (!stored?.document.isCompleted) throw new Rejected('NOT_COMPLETED');
    const { rewards, claims } = stored.document;
    const reward = rewards.find(({ name }) => name === rewardName);
    if (!reward) throw new Rejected('NO_SUCH_REWARD');
    const earlier = claims.filter((each) => each.rewardName === rewardName);
    const claimed = earlier.reduce((sum, each) => sum + each.amount, 0);
    if (earlier.some((each) => each.requestId === requestId)) return { amount, claimed, remaining: reward.amount - claimed };
    if (claimed + amount > reward.amount) throw new Rejected('INSUFFICIENT_REMAINING', { remaining: reward.amount - claimed });
    const logged = { requestId, rewardName, amount, at };
    await this.push(stored, logged);
    await this.log.insert(`${key}_${requestId}`, logged);
    return { amount, claimed: claimed + amount, remaining: reward.amount - claimed - amount };
  }

  /** Appends to the array in the document as it is now. The port has no such write, so it replaces, and repeats after a conflict. */
  private async push(read: Stored<PlayerDocument>, claim: LoggedClaim): Promise<void> {
    for (let stored: Stored<PlayerDocument> | null = read; stored; stored = await this.players.get(read.id)) {
      const { document } = stored;
      if (await this.players.replace(stored.id, stored.version, { ...document, claims: [...document.claims, claim] })) return;
    }
  }
}
