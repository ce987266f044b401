/** Rejected claims of a day by reason. */
export interface Rejections {
  readonly byReason: ReadonlyMap<string, number>;
  /** Position of the newest one that is counted; null if there are none. */
  readonly newest: string | null;
  /** Whether there are more than were read. */
  readonly isPart: boolean;
}

interface Rejected {
  readonly position: string;
  readonly reason: string | null;
}

export interface RejectedPage {
  readonly data: readonly Rejected[];
  readonly page: { readonly next: string | null };
}

const NONE: Rejections = { byReason: new Map(), newest: null, isPart: false };

/**
 * Counts rejected claims by reason. Only those that are newer than the ones counted before are read.
 * @param load loads a page, newest first
 */
export const countRejections = async (
  counted: Rejections | undefined,
  load: (cursor: string | undefined) => Promise<RejectedPage>,
  maxPages: number,
): Promise<Rejections> => {
  const { newest, byReason, isPart } = counted ?? NONE;
  const found: Rejected[] = [];
  const result = (known: Rejections): Rejections => {
    const counts = new Map(known.byReason);
    for (const { reason } of found) counts.set(reason ?? 'other', (counts.get(reason ?? 'other') ?? 0) + 1);
    return { byReason: counts, newest: found[0]?.position ?? known.newest, isPart: known.isPart };
  };
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const { data, page } = await load(cursor);
    const seen = newest === null ? -1 : data.findIndex(({ position }) => position === newest);
    found.push(...(seen < 0 ? data : data.slice(0, seen)));
    if (seen >= 0) return result({ byReason, newest, isPart });
    // The end of the list without the newest one counted before: the list was built again, so all of it is counted.
    if (page.next === null) return result(NONE);
    cursor = page.next;
  }
  return result({ ...NONE, isPart: true });
};

/** The reasons with their counts, the most frequent first. */
export const byFrequency = ({ byReason }: Rejections): readonly (readonly [reason: string, count: number])[] =>
  [...byReason].sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
