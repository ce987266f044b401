import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { useMayCall } from '../session';
import { actionsFor, DANGEROUS, type EventAction } from './actions';
import { EventActionDialog } from './event-action-dialog';
import type { RewardEvent } from './event-query';
import { actionTexts } from './texts';
import classes from './event-actions.module.css';

/** Actions that change the state of an event. Shows only those that its state and the person's role allow. */
export const EventActions = ({ event, etag }: { event: RewardEvent; etag: string }) => {
  const t = useTexts(actionTexts);
  const mayCall = useMayCall();
  const [chosen, setChosen] = useState<EventAction | null>(null);
  const [first, ...others] = actionsFor(event, Date.now()).filter((action) => mayCall(`POST /events/{eventId}/${action}`));
  const isMain = first !== undefined && !DANGEROUS.has(first);
  const inMenu = isMain ? others : [first, ...others].filter((action) => action !== undefined);
  return (
    <>
      {isMain && (
        <Button variant={first === 'publish' ? 'filled' : 'default'} onClick={() => setChosen(first)}>
          {t(first)}
        </Button>
      )}
      {inMenu.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label={t('more')}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {inMenu.map((action) => (
              <Menu.Item
                key={action}
                className={DANGEROUS.has(action) ? classes.danger : undefined}
                onClick={() => setChosen(action)}
              >
                {t(action)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {chosen && <EventActionDialog action={chosen} event={event} etag={etag} onClose={() => setChosen(null)} />}
    </>
  );
};
