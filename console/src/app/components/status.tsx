import classes from './status.module.css';

/** What a state means, and thus its colour. */
export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'quiet';

/** A state: a dot in its colour, and its name. */
export const Status = ({ tone, children }: { tone: Tone; children: string }) => (
  <span className={classes.status} data-tone={tone}>
    {children}
  </span>
);
