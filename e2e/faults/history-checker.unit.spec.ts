import { formatPosition } from '@rewards/contracts';
import { checkHistory } from './history-checker';

const PLAYER = 'player';

/** A log that rejects one claim of 81 of 100 units, before any grant. */
const violations = (remaining: number) =>
  checkHistory(
    {
      position: formatPosition(9),
      recorded: new Set(),
      logins: new Map(),
      counted: new Map(),
      milestones: new Map(),
      accounts: new Map([
        [
          PLAYER,
          {
            completions: [],
            grants: new Map(),
            rejections: new Map([[formatPosition(5), 'request']]),
            registrations: 0,
            erasures: 0,
          },
        ],
      ]),
      deadLetters: 0,
    },
    {
      registered: new Map(),
      logins: [],
      completions: [],
      claims: [],
      rejections: [{ accountId: PLAYER, requestId: 'request', position: formatPosition(5), remaining }],
      erased: [],
      calendarClaims: [],
    },
    { everyLogin: [], promised: 100, poisoned: 0 },
  ).permanent;

describe('the history checker', () => {
  it('compares a rejection before the first grant with the promised amount', () => {
    expect(violations(100)).toEqual([]);
    expect(violations(80)).toEqual(['claim request: rejected with 80 remaining, but 100 remained']);
  });
});
