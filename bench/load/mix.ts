import type { LoadRequest } from './requests';
import { anyOf, claimRequest } from './claim-requests';
import type { SystemTokens } from './system-on-world';
import { emailOf, REWARD, SMALLEST_CLAIM, type Pair } from '../world/generate-log';
import type { DataSet } from '../world/data-set';
import { PASSWORD } from '../world/write-accounts';
import type { WrittenLog } from '../world/write-log';

/** Requests of the seed's day, which are 136 a second at its peak. */
const DAY = { logins: 620_000, progress: 620_000, completions: 206_666, claims: 1_859_994 } as const;
const TOTAL = DAY.logins + DAY.progress + DAY.completions + DAY.claims;
export const PEAK_PER_SECOND = 136;
/** Share of the claims that ask for more than remains. */
const REJECTED_CLAIMS = 0.05;

/** The seed's day in its ratio, by players of the realistic log. A login is by the player whose last login is longest ago. */
export class Mix {
  private readonly eligible: Pair[];
  private readonly completed: Pair[];
  private readonly order: readonly number[];
  private logins = 0;

  constructor(
    private readonly data: DataSet,
    log: WrittenLog,
    private readonly tokens: SystemTokens,
  ) {
    this.eligible = shuffled(log.eligible);
    this.completed = [...log.completed];
    this.order = shuffled(Array.from({ length: log.plan.players }, (_, player) => player));
    this.events = log.plan.events.length;
  }

  private readonly events: number;

  /** Returns a random request. */
  next = (): LoadRequest => {
    const roll = Math.random() * TOTAL;
    if (roll < DAY.logins) return this.login();
    if (roll < DAY.logins + DAY.progress) return this.progress();
    if (roll < DAY.logins + DAY.progress + DAY.completions) return this.completion();
    return this.claim();
  };

  /** Returns a claim in a completed participation. */
  claim = (): LoadRequest => {
    const amount = Math.random() < REJECTED_CLAIMS ? REWARD.amount : SMALLEST_CLAIM;
    return claimRequest(this.tokens, this.data.ids, this.anyCompleted(), { amount });
  };

  private login(): LoadRequest {
    const player = this.order[(this.logins += 1) % this.order.length] ?? 0;
    const body = JSON.stringify({ email: emailOf(player), password: PASSWORD });
    return { method: 'POST', path: '/auth/login', headers: { 'content-type': 'application/json' }, body };
  }

  private progress(): LoadRequest {
    const path = `/events/${this.data.ids.event(anyOf(this.events))}/progress`;
    const { authorization = '' } = this.tokens.headersOf(this.data.ids.account(anyOf(this.order.length)));
    return { method: 'GET', path, headers: { authorization } };
  }

  /** Completes a milestone that is reached, or repeats a completion once all are completed. */
  private completion(): LoadRequest {
    const pair = this.eligible.pop();
    if (pair) this.completed.push(pair);
    const [player, event, milestone] = pair ?? this.anyCompleted();
    const headers = this.tokens.headersOf(this.data.ids.account(player));
    return {
      method: 'POST',
      path: `/events/${this.data.ids.event(event)}/completion`,
      headers,
      body: JSON.stringify({ milestone }),
    };
  }

  private anyCompleted(): Pair {
    return this.completed[anyOf(this.completed.length)] ?? [0, 0];
  }
}

const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
