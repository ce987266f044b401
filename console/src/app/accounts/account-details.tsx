import { Button, Drawer, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { api } from '../session';
import { Time } from '../time/time';
import type { Account } from './account';
import { RolesForm } from './roles-form';
import { accountTexts } from './texts';
import classes from './accounts.module.css';

/** The e-mail address is empty after an erasure. */
type ShownAccount = Omit<Account, 'registeredAt'> & { readonly registeredAt: string | null };

interface AccountDetailsProps {
  readonly accountId: string;
  /** The account, if the list has loaded it. */
  readonly listed: Account | undefined;
  readonly onClose: () => void;
}

/** One account: its roles, and its erasure. */
export const AccountDetails = ({ accountId, listed, onClose }: AccountDetailsProps) => {
  const t = useTexts(accountTexts);
  const loaded = useQuery({
    queryKey: ['accounts', 'one', accountId],
    enabled: listed === undefined,
    queryFn: async ({ signal }): Promise<ShownAccount> => {
      const { email, roles, registeredAt } = await dataOf(
        api.GET('/players/{accountId}', { params: { path: { accountId } }, signal }),
      );
      return { accountId, email: email ?? '', roles, registeredAt };
    },
  });
  const account = listed ?? loaded.data;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={440}
      title={account?.email || accountId}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {account ? (
        <AccountContent key={account.roles.join()} account={account} onErased={onClose} />
      ) : loaded.error ? (
        <ErrorPanel error={loaded.error} onRetry={() => void loaded.refetch()} />
      ) : (
        <Loader size="sm" />
      )}
    </Drawer>
  );
};

const AccountContent = ({ account, onErased }: { account: ShownAccount; onErased: () => void }) => {
  const t = useTexts(accountTexts);
  return (
    <Stack gap="xl">
      <Details
        rows={[
          [t('registered'), <Time at={account.registeredAt} />],
          [t('accountId'), <CopyText value={account.accountId} />],
        ]}
      />
      <PageLink to={`/players/${account.accountId}`}>{t('playerPage')}</PageLink>
      {account.email && <RolesForm account={account} />}
      {account.email && <Erase account={account} onErased={onErased} />}
    </Stack>
  );
};

const Erase = ({ account: { accountId, email }, onErased }: { account: ShownAccount; onErased: () => void }) => {
  const t = useTexts(accountTexts);
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const erase = async (): Promise<void> => {
    await dataOf(api.POST('/accounts/{accountId}/erase', { params: { path: { accountId } } }));
    notifications.show({ message: t('erased') });
    onErased();
    await queries.invalidateQueries({ queryKey: ['accounts'] });
  };
  return (
    <Section title={t('erase')}>
      <Text c="dimmed">{t('eraseHelp')}</Text>
      <div>
        <Button variant="default" onClick={() => setIsAsking(true)}>
          {t('eraseButton')}
        </Button>
      </div>
      {isAsking && (
        <Confirm
          title={t('eraseTitle', { email })}
          action={t('erase')}
          typed={email}
          isDangerous
          onConfirm={erase}
          onClose={() => setIsAsking(false)}
        >
          <ul className={classes.effects}>
            <li>{t('eraseDeletes')}</li>
            <li>{t('eraseKeeps')}</li>
            <li>{t('eraseUndo')}</li>
          </ul>
        </Confirm>
      )}
    </Section>
  );
};
