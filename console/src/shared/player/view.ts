import type { Language, Translate } from '../i18n/texts';
import type { PlayerEvent, PlayerProgress } from './attendance';
import type { playerTexts } from './texts';

export type PlayerTranslate = Translate<keyof typeof playerTexts.en>;

/** What all parts of an event card show. */
export interface PlayerView {
  readonly event: PlayerEvent;
  readonly progress: PlayerProgress | null;
  readonly language: Language;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly t: PlayerTranslate;
}
