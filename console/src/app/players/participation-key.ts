/** Names a participation in the URL: an event, and its cycle if it has cycles. */
export interface ParticipationKey {
  readonly eventId: string;
  readonly cycle: string | undefined;
}

const SEPARATOR = '~';

export const formatKey = ({
  eventId,
  cycle,
}: {
  readonly eventId: string;
  readonly cycle?: string | null | undefined;
}): string => (cycle ? `${eventId}${SEPARATOR}${cycle}` : eventId);

export const parseKey = (text: string | undefined): ParticipationKey | null => {
  const [eventId, cycle] = text?.split(SEPARATOR) ?? [];
  return eventId ? { eventId, cycle: cycle || undefined } : null;
};
