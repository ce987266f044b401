import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { eventTexts } from './texts';
import classes from './event.module.css';

interface CountTableProps {
  /** What the table is about, for screen readers. */
  readonly label: string;
  /** Heading of the column of names. */
  readonly heading: string;
  readonly rows: readonly { readonly key: string; readonly name: ReactNode; readonly count: ReactNode }[];
  /** A line below the table. */
  readonly note: ReactNode;
}

/** Names with their counts, scrolling within itself on a narrow screen. */
export const CountTable = ({ label, heading, rows, note }: CountTableProps) => {
  const t = useTexts(eventTexts);
  return (
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={label}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            <th scope="col" className={classes.end}>
              {t('count')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, count }) => (
            <tr key={key}>
              <td>{name}</td>
              <td className={classes.end}>{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </div>
  );
};
