import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './panels.module.css';

/** Says that there is nothing to show, and what to do about it. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className={classes.panel}>
    <Text fw={500}>{title}</Text>
    {children && (
      <Text c="dimmed" component="div">
        {children}
      </Text>
    )}
  </div>
);
