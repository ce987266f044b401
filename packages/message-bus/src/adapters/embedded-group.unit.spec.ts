import { share, type TopicPartition } from './embedded-group';

type Claims = readonly (TopicPartition & { readonly member: string })[];

const claimsOf = (owners: readonly (string | null)[]): Claims =>
  owners.flatMap((member, partition) => (member === null ? [] : [{ topic: 't', partition, member }]));

const numbers = (partitions: readonly TopicPartition[]): number[] => partitions.map(({ partition }) => partition);

const shareOf = (id: string, owners: readonly (string | null)[], members: readonly string[]) => {
  const { kept, surplus, taken } = share(id, 't', owners.length, members, claimsOf(owners));
  return { kept: numbers(kept), surplus: numbers(surplus), taken: numbers(taken) };
};

describe('the share of a member', () => {
  it('is everything when it is alone', () => {
    expect(shareOf('a', [null, null, null], ['a'])).toEqual({ kept: [], surplus: [], taken: [0, 1, 2] });
  });

  it('shrinks when another joins, who takes what was freed', () => {
    expect(shareOf('a', ['a', 'a', 'a', 'a'], ['a', 'b'])).toEqual({ kept: [0, 1], surplus: [2, 3], taken: [] });
    expect(shareOf('b', ['a', 'a', 'a', 'a'], ['a', 'b'])).toEqual({ kept: [], surplus: [], taken: [] });
    expect(shareOf('b', ['a', 'a', null, null], ['a', 'b'])).toEqual({ kept: [], surplus: [], taken: [2, 3] });
  });

  it('grows when another has left', () => {
    expect(shareOf('a', ['a', 'a', null, null], ['a'])).toEqual({ kept: [0, 1], surplus: [], taken: [2, 3] });
  });

  it('differs by one at most, and adds up, whatever the numbers', () => {
    for (const [partitions, count] of [
      [8, 3],
      [9, 4],
      [1, 3],
      [8, 8],
      [3, 5],
    ] as const) {
      const members = Array.from({ length: count }, (_, n) => `m${n}`);
      const owners: (string | null)[] = Array.from({ length: partitions }, () => null);
      for (const member of members) for (const partition of shareOf(member, owners, members).taken) owners[partition] = member;
      const shares = members.map((member) => owners.filter((owner) => owner === member).length);
      expect(owners).not.toContain(null);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('leaves what is even as it is', () => {
    expect(shareOf('b', ['b', 'a', 'b', 'a'], ['a', 'b'])).toEqual({ kept: [0, 2], surplus: [], taken: [] });
  });
});
