import { Fragment, type ReactNode } from 'react';
import classes from './details.module.css';

/** Names and values, aligned. A value that is null is left out. */
export const Details = ({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className={classes.details}>
    {rows.map(([name, value]) =>
      value === null ? null : (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ),
    )}
  </dl>
);
