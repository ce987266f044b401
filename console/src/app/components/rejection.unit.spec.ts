import i18next from 'i18next';
import { translate } from '../../shared/i18n/texts';
import { explainRejection } from './rejection';
import { rejectionTexts } from './rejection-texts';

const use = (language: 'en' | 'ko') =>
  i18next.init({
    lng: language,
    resources: { [language]: { rejection: rejectionTexts[language] } },
    interpolation: { escapeValue: false },
  });

const sentence = (code: string, data: Record<string, unknown>): string | null => {
  const explained = explainRejection(code, data, {
    count: (value) => new Intl.NumberFormat('en').format(value),
    time: (at) => at.slice(0, 10),
    state: (state) => state.toLowerCase(),
  });
  return explained && translate(rejectionTexts, explained.key, explained.values);
};

describe('the explanation of a rejection', () => {
  beforeEach(() => use('en'));

  it.each([
    ['INSUFFICIENT_REMAINING', { requested: 8100, details: { remaining: 80 } }, '8,100 were requested, but 80 remained.'],
    [
      'INSUFFICIENT_REMAINING',
      { requested: 'all', details: { remaining: 0 } },
      'All remaining units were requested, but none remained.',
    ],
    [
      'NOT_COMPLETED',
      { requested: 1, details: { progress: 0, required: 3 } },
      'The player had reached 0 of the required 3 and had not completed the milestone.',
    ],
    ['CLAIMS_CLOSED', { details: { claimsUntil: '2026-12-01T00:00:00.000Z' } }, 'Claims were possible until 2026-12-01.'],
    ['EVENT_NOT_OPEN', { details: { state: 'PAUSED' } }, 'The event was not open at that time: its state was “paused”.'],
    ['NO_SUCH_REWARD', { rewardName: 'potion', details: {} }, 'The milestone has no reward “potion”.'],
    [
      'WRONG_STATE',
      { details: { state: 'ACTIVE', fields: ['startsAt', 'cycle'] } },
      'In the state “active” these fields cannot change: startsAt, cycle.',
    ],
    ['WRONG_STATE', { details: { state: 'DELETED' } }, 'The state of the event was “deleted”.'],
    ['INVALID_FIELDS', { details: { errors: [{ field: 'endsAt', message: '…' }] } }, 'These fields were not valid: endsAt.'],
  ])('of %s states its figures', (code, data, expected) => {
    expect(sentence(code, data)).toBe(expected);
  });

  it('exists in Korean', async () => {
    await use('ko');
    expect(sentence('INSUFFICIENT_REMAINING', { requested: 81, details: { remaining: 80 } })).toBe(
      '81개를 요청했지만 80개만 남아 있었습니다.',
    );
  });

  it('is missing if a figure is missing or the code has no sentence', () => {
    expect(sentence('INSUFFICIENT_REMAINING', { requested: 81 })).toBeNull();
    expect(sentence('toString', {})).toBeNull();
    expect(sentence('NO_REWARDS', { details: {} })).toBeNull();
  });
});
