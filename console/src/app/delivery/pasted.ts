import { dataOf } from '../../shared/api/client';
import { playerFilterOf } from '../claims/claim-filter';
import { api } from '../session';

/** What a pasted text leads to: a filter, or a delivery that is opened; null if it identifies nothing. */
export type PasteTarget = Readonly<Record<string, string>> | null;

/** Finds out what a pasted text identifies. */
export const readPasted = async (text: string): Promise<PasteTarget> => {
  const player = playerFilterOf(text);
  if (player === null || 'email' in player) return player;
  const found = await dataOf(api.GET('/players', { params: { query: { q: player.accountId } } })).catch(() => []);
  const [first] = found;
  if (first?.matchedBy === 'deliveryId') return { delivery: player.accountId };
  if (first) return { accountId: first.accountId };
  const event = await api.GET('/events/{eventId}', { params: { path: { eventId: player.accountId } } });
  return event.data ? { eventId: player.accountId } : null;
};
