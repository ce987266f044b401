import { countLogin, type CountLogin, type ParticipationState } from '@rewards/domain';

const MAX_SEEN = 50_000;

/**
 * The participations that this process has counted for, as they were then. A login that counts nothing for an older state of a
 * participation counts nothing for any later one: counted logins and met conditions are never undone. So it needs no command,
 * and no read. The oldest states are forgotten first.
 */
export class ParticipationsSeen {
  private readonly states = new Map<string, ParticipationState>();

  /** Whether counting the login certainly changes nothing. */
  isDecided(stream: string, login: CountLogin): boolean {
    const state = this.states.get(stream);
    if (state === undefined) return false;
    try {
      return countLogin(login)(state).length === 0;
    } catch {
      // The command reports the error.
      return false;
    }
  }

  saw(stream: string, state: ParticipationState): void {
    this.states.delete(stream);
    this.states.set(stream, state);
    for (const oldest of this.states.keys()) {
      if (this.states.size <= MAX_SEEN) return;
      this.states.delete(oldest);
    }
  }

  clear(): void {
    this.states.clear();
  }
}
