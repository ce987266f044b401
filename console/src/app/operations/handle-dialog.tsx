import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { Details } from '../components/details';
import { formatCount } from '../components/number';
import { handleGroup, handleLetter, type DeadLetter, type DeadLetterGroup, type LetterAction } from './api';
import { operationsTexts } from './texts';
import classes from './operations.module.css';

/** What is redriven or discarded: one message, or all open ones of a group. */
export type Handled =
  | { readonly action: LetterAction; readonly letter: DeadLetter }
  | { readonly action: LetterAction; readonly group: DeadLetterGroup };

/** Redrives or discards messages, after saying what that does. */
export const HandleDialog = ({ handled, onClose }: { handled: Handled; onClose: () => void }) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  const queries = useQueryClient();
  const isRedrive = handled.action === 'redrive';
  const amount = (count: number) => ({ count, shown: formatCount(count, language) });
  const run = async (): Promise<void> => {
    if ('group' in handled) {
      const count = await handleGroup(handled.action, handled.group.fingerprint);
      notifications.show({ message: t(isRedrive ? 'groupRedriven' : 'groupDiscarded', amount(count)) });
    } else {
      await handleLetter(handled.action, handled.letter.id);
      notifications.show({ message: t(isRedrive ? 'redriven' : 'discarded') });
    }
    await queries.invalidateQueries({ queryKey: ['dead-letters'] });
  };
  const title =
    'group' in handled
      ? t(isRedrive ? 'redriveGroup' : 'discardGroup', amount(handled.group.count))
      : t(isRedrive ? 'redriveOne' : 'discardOne');
  const { topic, error } = 'group' in handled ? handled.group : handled.letter;
  return (
    <Confirm
      title={title}
      action={t(isRedrive ? 'redrive' : 'discard')}
      isDangerous={!isRedrive}
      onConfirm={run}
      onClose={onClose}
    >
      <Details
        rows={[
          [t('topic'), topic],
          [t('error'), error],
        ]}
      />
      <ul className={classes.effects}>
        <li>{isRedrive ? t('redriveEffect', { topic }) : t('discardEffect')}</li>
        <li>{t(isRedrive ? 'redriveFails' : 'discardKeeps')}</li>
        {isRedrive && 'group' in handled && <li>{t('redriveCut')}</li>}
      </ul>
    </Confirm>
  );
};
