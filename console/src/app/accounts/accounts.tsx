import { isEmail, normaliseEmail } from '@rewards/contracts/email';
import { ROLES, type Role } from '@rewards/contracts/roles';
import { useMemo } from 'react';
import { bodyOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Empty } from '../components/empty';
import { Page } from '../components/page';
import { api } from '../session';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import type { Rows } from '../table/rows';
import { ClearFilters, SelectFilter, TextFilter } from '../table/filters';
import { PAGE_LIMIT, useNumberedRows } from '../table/use-rows';
import { Time } from '../time/time';
import { useUrlState } from '../url-state';
import { inOrder, type Account } from './account';
import { AccountDetails } from './account-details';
import { accountTexts } from './texts';

/** The accounts, for administrators. */
export const Accounts = () => {
  const t = useTexts(accountTexts);
  const [email = '', setEmail] = useUrlState('email');
  const [role] = useUrlState('role');
  const [opened, setOpened] = useUrlState('account');
  // The API refuses what cannot be an address, so it is not asked while somebody still types.
  const isUnfinished = email !== '' && !isEmail(normaliseEmail(email));
  const filters = { ...(email && !isUnfinished && { email }), ...(isRole(role) && { role }) };
  const found = useNumberedRows<Account>(['accounts', filters], (page, signal) =>
    bodyOf(api.GET('/accounts', { params: { query: { ...filters, page, limit: PAGE_LIMIT } }, signal })),
  );
  const list: Rows<Account> = isUnfinished ? { ...found, rows: [], total: 0, hasMore: false, isLoading: false } : found;
  const columns = useMemo(
    (): readonly Column<Account>[] => [
      { id: 'email', header: t('email'), width: 260, grows: true, value: (row) => row.email },
      {
        id: 'roles',
        header: t('roles'),
        width: 240,
        value: (row) =>
          inOrder(row.roles)
            .map((each) => t(each))
            .join(', '),
      },
      {
        id: 'registered',
        header: t('registered'),
        width: 150,
        value: (row) => row.registeredAt,
        cell: (row) => <Time at={row.registeredAt} />,
      },
      {
        id: 'accountId',
        header: t('accountId'),
        width: 300,
        value: (row) => row.accountId,
        cell: (row) => <CopyText value={row.accountId} />,
      },
    ],
    [t],
  );
  return (
    <Page title={t('title')} fills>
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        keyOf={accountKey}
        onOpen={(row) => setOpened(row.accountId)}
        onPaste={setEmail}
        empty={
          isUnfinished ? (
            <Empty title={t('unfinishedTitle')}>{t('unfinishedHelp')}</Empty>
          ) : (
            <Empty title={t('noneTitle')}>{t('noneHelp')}</Empty>
          )
        }
        toolbar={
          <>
            <TextFilter name="email" label={t('email')} width={260} placeholder={t('wholeAddress')} />
            <SelectFilter name="role" label={t('role')} options={ROLES.map((value) => ({ value, label: t(value) }))} />
            <ClearFilters names={['email', 'role']} />
          </>
        }
      />
      {opened && (
        <AccountDetails
          accountId={opened}
          listed={found.rows.find(({ accountId }) => accountId === opened)}
          onClose={() => setOpened(undefined)}
        />
      )}
    </Page>
  );
};

const accountKey = (row: Account): string => row.accountId;

const isRole = (value: string | undefined): value is Role => ROLES.some((role) => role === value);
