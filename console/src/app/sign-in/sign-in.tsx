import { Alert, Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { ApiProblem } from '../../shared/api/problem';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { session } from '../session';
import { shellTexts } from '../shell/texts';
import classes from '../shell/shell.module.css';

/** @param hasEnded whether a session was running until now */
export const SignIn = ({ hasEnded }: { hasEnded: boolean }) => {
  const t = useTexts(shellTexts);
  const tCode = useTexts(codeTexts);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (): Promise<void> => {
    setIsRunning(true);
    setError(null);
    try {
      await session.signIn(email, password);
    } catch (reason) {
      setError(tCode(codeKey(reason instanceof ApiProblem ? reason.code : 'other')));
    } finally {
      setIsRunning(false);
    }
  };
  return (
    <main className={classes.signIn}>
      <form
        className={classes.card}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="lg">
          <img src={new URL('../icon.svg', import.meta.url).href} width={32} height={32} alt="" />
          <Title order={1}>{t('signInTitle')}</Title>
          {hasEnded && <Alert color="gray">{t('sessionEnded')}</Alert>}
          <TextInput
            size="sm"
            label={t('email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            value={email}
            onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          />
          <PasswordInput
            label={t('password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
          {error && (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <Button type="submit" size="sm" fullWidth loading={isRunning}>
            {t('signIn')}
          </Button>
        </Stack>
      </form>
    </main>
  );
};
