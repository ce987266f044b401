import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './page.module.css';

interface PageProps {
  readonly title: string;
  /** Beside the title, such as a state. */
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  /** Whether the content fills the height of the window, as a list does, instead of scrolling as a whole. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** The frame of each page: title, actions, content. */
export const Page = ({ title, aside, actions, fills = false, children }: PageProps) => {
  useDocumentTitle(`${title} · Login rewards`);
  return (
    <div className={classes.page} data-fills={fills || undefined}>
      <header className={classes.header}>
        <Title order={1}>{title}</Title>
        {aside && <div className={classes.aside}>{aside}</div>}
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
};

/** A part of a page with its own heading. */
export const Section = ({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) => (
  <section className={classes.section} aria-label={title}>
    <header className={classes.sectionHeader}>
      <Title order={2}>{title}</Title>
      {actions && <div className={classes.actions}>{actions}</div>}
    </header>
    {children}
  </section>
);
