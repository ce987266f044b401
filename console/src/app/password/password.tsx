import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { bodyOf } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { Page } from '../components/page';
import { api, useIdentity } from '../session';
import {
  errorsIn,
  PASSWORD_FIELDS,
  PASSWORD_LENGTHS,
  type PasswordErrors,
  type PasswordField,
  type PasswordFields,
} from './password-errors';
import { passwordTexts } from './texts';
import classes from './password.module.css';

const BLANK: PasswordFields = { current: '', new: '', repeated: '' };

const isWrongPassword = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'BAD_CREDENTIALS';

/** Changes the password of the person who is signed in. */
export const Password = () => {
  const t = useTexts(passwordTexts);
  const { email } = useIdentity();
  const [fields, setFields] = useState(BLANK);
  const [errors, setErrors] = useState<PasswordErrors>({});
  const inputs = useRef<Partial<Record<PasswordField, HTMLInputElement | null>>>({});
  const show = (found: PasswordErrors): void => {
    setErrors(found);
    const invalid = PASSWORD_FIELDS.find((name) => found[name]);
    if (invalid) inputs.current[invalid]?.focus();
  };
  const change = useMutation({
    mutationFn: () => bodyOf(api.POST('/auth/password', { body: { currentPassword: fields.current, newPassword: fields.new } })),
    onSuccess: () => setFields(BLANK),
    onError: (error) => {
      if (isWrongPassword(error)) show({ current: 'wrong' });
    },
  });
  const submit = (): void => {
    const found = errorsIn(fields);
    change.reset();
    show(found);
    if (Object.keys(found).length === 0) change.mutate();
  };
  const input = (name: PasswordField) => {
    const error = errors[name];
    return {
      ref: (element: HTMLInputElement | null) => {
        inputs.current[name] = element;
      },
      label: t(name),
      value: fields[name],
      error: error && t(error, PASSWORD_LENGTHS),
      onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
        setFields({ ...fields, [name]: currentTarget.value });
        setErrors({ ...errors, [name]: undefined });
      },
    };
  };
  return (
    <Page title={t('title')}>
      <form
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack gap="lg">
          <Text c="dimmed">{t('help')}</Text>
          {/* Tells password managers which account it is. */}
          <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
          <PasswordInput {...input('current')} autoComplete="current-password" />
          <PasswordInput {...input('new')} description={t('newHelp', PASSWORD_LENGTHS)} autoComplete="new-password" />
          <PasswordInput {...input('repeated')} autoComplete="new-password" />
          {change.isSuccess && (
            <Alert color="gray" role="status">
              {t('done')}
            </Alert>
          )}
          {change.error && !isWrongPassword(change.error) && <ErrorPanel error={change.error} />}
          <div>
            <Button type="submit" loading={change.isPending}>
              {t('change')}
            </Button>
          </div>
        </Stack>
      </form>
    </Page>
  );
};
