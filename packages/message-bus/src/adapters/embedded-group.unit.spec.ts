import { balanceTopic, type TopicPartition } from './embedded-group';

type Claims = readonly (TopicPartition & { readonly member: string })[];

const claimsOf = (owners: readonly (string | null)[]): Claims =>
  owners.flatMap((member, partition) => (member === null ? [] : [{ topic: 't', partition, member }]));

const numbers = (partitions: readonly TopicPartition[]): number[] => partitions.map(({ partition }) => partition);

const shareOf = (id: string, owners: readonly (string | null)[], members: readonly string[]) => {
  const { kept, surplus, added } = balanceTopic(id, 't', owners.length, members, claimsOf(owners));
  return { kept: numbers(kept), surplus: numbers(surplus), added: numbers(added) };
};

describe('the share of a member', () => {
  it('is every partition when the member is alone', () => {
    expect(shareOf('a', [null, null, null], ['a'])).toEqual({ kept: [], surplus: [], added: [0, 1, 2] });
  });

  it('shrinks when another member joins, which gets the freed partitions', () => {
    expect(shareOf('a', ['a', 'a', 'a', 'a'], ['a', 'b'])).toEqual({ kept: [0, 1], surplus: [2, 3], added: [] });
    expect(shareOf('b', ['a', 'a', 'a', 'a'], ['a', 'b'])).toEqual({ kept: [], surplus: [], added: [] });
    expect(shareOf('b', ['a', 'a', null, null], ['a', 'b'])).toEqual({ kept: [], surplus: [], added: [2, 3] });
  });

  it('grows when another member has left', () => {
    expect(shareOf('a', ['a', 'a', null, null], ['a'])).toEqual({ kept: [0, 1], surplus: [], added: [2, 3] });
  });

  it('differs by at most one between members and covers every partition', () => {
    for (const [partitions, count] of [
      [8, 3],
      [9, 4],
      [1, 3],
      [8, 8],
      [3, 5],
    ] as const) {
      const members = Array.from({ length: count }, (_, n) => `m${n}`);
      const owners: (string | null)[] = Array.from({ length: partitions }, () => null);
      for (const member of members) for (const partition of shareOf(member, owners, members).added) owners[partition] = member;
      const shares = members.map((member) => owners.filter((owner) => owner === member).length);
      expect(owners).not.toContain(null);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('moves nothing when the partitions are already balanced', () => {
    expect(shareOf('b', ['b', 'a', 'b', 'a'], ['a', 'b'])).toEqual({ kept: [0, 2], surplus: [], added: [] });
  });
});
