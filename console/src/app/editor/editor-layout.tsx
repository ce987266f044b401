import type { ReactNode } from 'react';
import { EventFields } from './event-fields';
import { Readiness, SidePanel } from './side-panel';
import type { FormState } from './use-event-form';
import classes from './editor.module.css';

/** The fields, the bar with the actions, and what the event means. The keyboard reaches them in this order. */
export const EditorLayout = ({ state, children }: { state: FormState; children: ReactNode }) => (
  <div className={classes.layout}>
    <EventFields state={state} />
    <footer className={classes.bar}>
      <Readiness state={state} />
      <div className={classes.actions}>{children}</div>
    </footer>
    <SidePanel state={state} />
  </div>
);
