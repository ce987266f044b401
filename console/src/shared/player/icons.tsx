import type { PlayerReward } from './attendance';

const PATHS: Readonly<Record<PlayerReward['type'], string>> = {
  ITEM: 'M9 2h6v5l5 9a4 4 0 0 1-3.5 6h-9A4 4 0 0 1 4 16l5-9zM7 15h10',
  POINT: 'M12 2.5l2.9 6 6.6.9-4.8 4.6 1.2 6.5-5.9-3.1-5.9 3.1 1.2-6.5L2.5 9.4l6.6-.9z',
  COUPON: 'M3 6h18v4a2 2 0 0 0 0 4v4H3v-4a2 2 0 0 0 0-4zM14 6v2.5M14 11v2.5M14 16v2',
  CURRENCY: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5l3 4.5-3 4.5L9 12z',
};

/** The picture of a kind of reward. A game shows the picture of the item instead, by its `itemCode`. */
export const RewardIcon = ({ type }: Pick<PlayerReward, 'type'>) => (
  <svg viewBox="0 0 24 24" aria-hidden focusable="false">
    <path d={PATHS[type]} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" strokeLinecap="round" />
  </svg>
);

export const Check = () => (
  <svg viewBox="0 0 24 24" aria-hidden focusable="false">
    <path
      d="M5 12.5l4.5 4.5L19 7.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinejoin="round"
      strokeLinecap="round"
    />
  </svg>
);
