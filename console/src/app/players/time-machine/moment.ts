/** What the time machine shows: the state now, after one recorded event, or at a time. */
export type Moment =
  | { readonly kind: 'now' }
  | { readonly kind: 'step'; readonly revision: number }
  | { readonly kind: 'time'; readonly at: string };

const NOW: Moment = { kind: 'now' };

/** Reads the moment of a URL. Text that is neither a revision nor a time means now. */
export const parseMoment = (text: string | undefined): Moment => {
  if (text === undefined) return NOW;
  if (/^\d{1,9}$/.test(text)) return { kind: 'step', revision: Number(text) };
  const time = Date.parse(text);
  return Number.isNaN(time) ? NOW : { kind: 'time', at: new Date(time).toISOString() };
};

export const formatMoment = (moment: Moment): string | undefined => {
  switch (moment.kind) {
    case 'now':
      return undefined;
    case 'step':
      return String(moment.revision);
    case 'time':
      return moment.at;
  }
};

/** Where each event is on the timeline, from 0 to 1. Events of one time are in one place. */
export const placesOf = (times: readonly string[], end: string): readonly number[] => {
  const milliseconds = times.map((at) => Date.parse(at));
  const start = Math.min(...milliseconds);
  const length = Math.max(Date.parse(end), ...milliseconds) - start;
  return milliseconds.map((at) => (length === 0 ? 0 : (at - start) / length));
};

/** Index of the event closest to a place; the last one if several are equally close. */
export const closestTo = (places: readonly number[], place: number): number =>
  places.reduce(
    (best, each, index) => (Math.abs(each - place) <= Math.abs((places[best] ?? Infinity) - place) ? index : best),
    0,
  );
