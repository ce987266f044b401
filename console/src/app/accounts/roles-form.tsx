import { Button, Checkbox, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ROLES, type Role } from '@rewards/contracts/roles';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { Details } from '../components/details';
import { Section } from '../components/page';
import { api, useIdentity } from '../session';
import { inOrder, type Account } from './account';
import { accountTexts } from './texts';
import classes from './accounts.module.css';

/** Changes the roles of an account. */
export const RolesForm = ({ account: { accountId, email, roles } }: { account: Omit<Account, 'registeredAt'> }) => {
  const t = useTexts(accountTexts);
  const queries = useQueryClient();
  const { accountId: ownId } = useIdentity();
  const [chosen, setChosen] = useState<readonly Role[]>(inOrder(roles));
  const [isAsking, setIsAsking] = useState(false);
  const [isMissing, setIsMissing] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const isChanged = inOrder(roles).join() !== chosen.join();
  const named = (each: readonly Role[]): string =>
    inOrder(each)
      .map((role) => t(role))
      .join(', ');
  const toggle = (role: Role): void => {
    setIsMissing(false);
    setChosen(inOrder(chosen.includes(role) ? chosen.filter((each) => each !== role) : [...chosen, role]));
  };
  const ask = (): void => {
    setIsMissing(chosen.length === 0);
    if (chosen.length === 0) first.current?.focus();
    else setIsAsking(true);
  };
  const change = async (): Promise<void> => {
    await dataOf(api.POST('/accounts/{accountId}/roles', { params: { path: { accountId } }, body: { roles: [...chosen] } }));
    notifications.show({ message: t('rolesChanged', { email }) });
    await queries.invalidateQueries({ queryKey: ['accounts'] });
  };
  return (
    <Section title={t('roles')}>
      <Checkbox.Group value={[...chosen]} error={isMissing && t('noRole')} aria-label={t('roles')}>
        <Stack gap="sm">
          {ROLES.map((role, index) => (
            <Checkbox
              key={role}
              ref={index === 0 ? first : undefined}
              value={role}
              label={t(role)}
              description={t(`${role}Help`)}
              onChange={() => toggle(role)}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <div>
        <Button variant="default" disabled={!isChanged} onClick={ask}>
          {t('save')}
        </Button>
      </div>
      {isAsking && (
        <Confirm title={t('rolesOf', { email })} action={t('changeRoles')} onConfirm={change} onClose={() => setIsAsking(false)}>
          <Details
            rows={[
              [t('rolesBefore'), named(roles)],
              [t('rolesAfter'), named(chosen)],
            ]}
          />
          <ul className={classes.effects}>
            <li>{t('endsSessions')}</li>
            {accountId === ownId && <li>{t('endsOwnSession')}</li>}
          </ul>
          {roles.includes('ADMIN') && !chosen.includes('ADMIN') && <Text c="dimmed">{t('lastAdminHelp')}</Text>}
        </Confirm>
      )}
    </Section>
  );
};
