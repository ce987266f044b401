import { formatPosition } from '@rewards/contracts';
import { compareLedger } from './deliveries';

const grant = { accountId: 'a', rewardName: '극한성장의 비약', type: 'ITEM', amount: 20, position: formatPosition(7) };

describe('the comparison of a ledger', () => {
  const differences = (...ledger: readonly (typeof grant)[]) => compareLedger(new Map([[grant.position, grant]]), ledger);

  it('finds nothing if the ledger has each grant once', () => expect(differences(grant)).toEqual([]));

  it.each<[string, readonly (typeof grant)[], string]>([
    ['is missing', [], 'never delivered'],
    ['is held twice', [grant, grant], 'twice'],
    ['has another account', [{ ...grant, accountId: 'b' }], 'instead of'],
    ['has another amount', [{ ...grant, amount: 21 }], 'instead of'],
    ['has another reward', [{ ...grant, rewardName: 'orb' }], 'instead of'],
    ['has another type', [{ ...grant, type: 'POINT' }], 'instead of'],
  ])('finds a grant that %s', (_name, ledger, message) =>
    expect(differences(...ledger)).toEqual([expect.stringContaining(message)]),
  );

  it('finds what was never granted', () =>
    expect(differences(grant, { ...grant, position: formatPosition(8) })).toEqual([expect.stringContaining('were not granted')]));
});
