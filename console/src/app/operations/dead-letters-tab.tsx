import { useState } from 'react';
import { DeadLetterDetails } from './dead-letter-details';
import { DeadLetterGroups } from './dead-letter-groups';
import { DeadLetterList } from './dead-letter-list';
import { HandleDialog, type Handled } from './handle-dialog';
import classes from './operations.module.css';

/** Messages that could not be handled: by cause, and one by one. */
export const DeadLettersTab = () => {
  const [handled, setHandled] = useState<Handled | null>(null);
  return (
    <div className={classes.stack}>
      <DeadLetterGroups onHandle={setHandled} />
      <DeadLetterList />
      <DeadLetterDetails onHandle={setHandled} />
      {handled && <HandleDialog handled={handled} onClose={() => setHandled(null)} />}
    </div>
  );
};
