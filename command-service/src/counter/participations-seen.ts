import { countLogin, participation, type CountLogin, type ParticipationState } from '@rewards/domain';
import { ENTRY_BYTES, StateCache } from '@rewards/event-store';

export interface SeenLimits {
  /** Participations whose condition is met. Each needs about 200 bytes. */
  readonly maxMet: number;
  /** Estimated memory of all other states, in bytes. */
  readonly maxBytesOfOthers: number;
}

const LIMITS: SeenLimits = { maxMet: 100_000, maxBytesOfOthers: 16 * 1_048_576 };
/** Estimated memory of a counted login in a state, in bytes. */
const LOGIN_BYTES = 300;

/**
 * The participations that this process has counted for, as they were then. A login that counts nothing for an older state of a
 * participation counts nothing for any later one: counted logins and met conditions are never undone. So it needs no command,
 * and no read. The oldest states are forgotten first.
 */
export class ParticipationsSeen {
  /** Streams whose condition is met, for which no login counts any more. */
  private readonly met = new Set<string>();
  private others: StateCache;

  constructor(private readonly limits: SeenLimits = LIMITS) {
    this.others = new StateCache(limits.maxBytesOfOthers);
  }

  /** Whether counting the login certainly changes nothing. */
  isDecided(stream: string, login: CountLogin): boolean {
    if (this.met.has(stream)) return true;
    const seen = this.others.get<ParticipationState>(participation, stream);
    if (seen === undefined) return false;
    try {
      return countLogin(login)(seen.state).length === 0;
    } catch {
      // The command reports the error.
      return false;
    }
  }

  saw(stream: string, state: ParticipationState): void {
    if (state.status === 'ELIGIBLE' || state.status === 'COMPLETED') this.sawMet(stream);
    else if (state.status === 'IN_PROGRESS')
      this.others.set(participation, stream, { state, revision: 0, bytes: ENTRY_BYTES + LOGIN_BYTES * state.logins.size });
  }

  clear(): void {
    this.met.clear();
    this.others = new StateCache(this.limits.maxBytesOfOthers);
  }

  private sawMet(stream: string): void {
    this.met.delete(stream);
    this.met.add(stream);
    for (const oldest of this.met) {
      if (this.met.size <= this.limits.maxMet) return;
      this.met.delete(oldest);
    }
  }
}
