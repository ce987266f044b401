import { formatPosition, streams, type DeadLettered, type DeadLetterEvent, type DeadLetterView } from '@rewards/contracts';
import { fingerprintOf } from '@rewards/service-kit/derived-id';
import { given } from '../testing/given';
import { deadLettersProjection } from './dead-letters.projection';

const deadLetterId = '00000000-0000-4000-8000-000000000001';
const stream = streams.deadLetter(deadLetterId);
const by = '00000000-0000-4000-8000-00000000000a';
const letter = {
  deadLetterId,
  topic: 'logins',
  partition: 1,
  offset: '7',
  key: 'key',
  payload: '{',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at: '2026-11-01T00:00:00.000Z',
};
const handling = { deadLetterId, by, at: '2026-11-02T00:00:00.000Z' };
const fact = (event: DeadLetterEvent) => ({ stream, event });
const deadLettered = fact({ type: 'MessageDeadLettered', data: letter });
const open = {
  ...letter,
  payloadCut: false,
  headers: {},
  status: 'OPEN',
  redrives: 0,
  handledBy: null,
  handledAt: null,
  position: formatPosition(1),
  fingerprint: 'a70a91eec03da9e9',
};

describe('read model deadLetters', () => {
  it('shows a message that could not be handled', () => {
    given(deadLettersProjection, deadLettered).shows({ [stream]: open });
  });

  it('shows who redrove it, and when', () => {
    given(deadLettersProjection, deadLettered, fact({ type: 'MessageRedriven', data: handling })).shows({
      [stream]: { ...open, status: 'REDRIVEN', redrives: 1, handledBy: by, handledAt: handling.at },
    });
  });

  it('shows who discarded it, and when', () => {
    given(deadLettersProjection, deadLettered, fact({ type: 'MessageDiscarded', data: handling })).shows({
      [stream]: { ...open, status: 'DISCARDED', handledBy: by, handledAt: handling.at },
    });
  });

  const shows = (data: Partial<DeadLettered>, view: Partial<DeadLetterView>) =>
    given(deadLettersProjection, fact({ type: 'MessageDeadLettered', data: { ...letter, ...data } })).shows({
      [stream]: { ...open, fingerprint: fingerprintOf({ ...letter, ...data }), ...view } as DeadLetterView,
    });

  it('cuts a long payload to 1,000 characters, but not within a surrogate pair', () => {
    shows({ payload: 'x'.repeat(1_000) }, { payload: 'x'.repeat(1_000), payloadCut: false });
    shows({ payload: 'x'.repeat(1_001) }, { payload: 'x'.repeat(1_000), payloadCut: true });
    shows({ payload: `x${'🎁'.repeat(500)}` }, { payload: `x${'🎁'.repeat(499)}`, payloadCut: true });
  });

  it('shows null for a payload that is not UTF-8 and for a missing key or payload', () => {
    shows({ payload: '', payloadBase64: 'sdjH0Q==' }, { payload: null });
    shows({ payload: '', payloadBase64: null, key: '', keyBase64: null }, { payload: null, key: null });
    shows({ payload: '', key: '' }, { payload: '', key: '' });
    shows({ payload: '', payloadBase64: Buffer.from('극한').toString('base64') }, { payload: '극한' });
  });

  it('shows complete headers, as many as fit in 2,000 characters', () => {
    const headers = { ce_id: '극한', empty: '' };
    shows({ headers }, { headers });
    const first = { first: 'x'.repeat(995), second: 'y'.repeat(994) };
    shows({ headers: { ...first, third: '' } }, { headers: first });
    shows({ headers: { long: 'x'.repeat(1_997) } }, { headers: {} });
  });

  it('marks a payload that was not stored completely', () => shows({ isCut: true }, { payloadCut: true }));
});
