import { useId, useRef, useState } from 'react';
import { ApiProblem } from '../shared/api/problem';
import { codeKey, codeTexts } from '../shared/i18n/codes';
import { useTexts } from '../shared/i18n/texts';
import card from '../shared/player/event-card.module.css';
import { logIn, register } from './rewards';
import { playTexts } from './texts';
import classes from './play.module.css';

/** Logs in or registers. @param hasEnded whether a session was running until now */
export const SignIn = ({ hasEnded }: { hasEnded: boolean }) => {
  const t = useTexts(playTexts);
  const tCode = useTexts(codeTexts);
  const [isNew, setIsNew] = useState(false);
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [wrongFields, setWrongFields] = useState<readonly string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  const submit = async (data: FormData): Promise<void> => {
    setIsRunning(true);
    setError(null);
    setWrongFields([]);
    try {
      await (isNew ? register : logIn)(String(data.get('email')), String(data.get('password')));
    } catch (reason) {
      const problem = reason instanceof ApiProblem ? reason : null;
      const fields = problem?.problem.errors?.map(({ field }) => field) ?? [];
      setError(tCode(codeKey(problem?.code ?? 'other')));
      setWrongFields(fields);
      setIsRunning(false);
      const first = form.current?.elements.namedItem(fields[0] ?? 'password');
      if (first instanceof HTMLInputElement) first.focus();
    }
  };

  const field = (name: 'email' | 'password') => ({
    name,
    id: `${id}-${name}`,
    required: true,
    'aria-invalid': wrongFields.includes(name),
    'aria-describedby': error === null ? undefined : `${id}-error`,
  });

  return (
    <form
      ref={form}
      className={classes.signIn}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      <h2>{t(isNew ? 'registerTitle' : 'signInTitle')}</h2>
      <p className={card.quiet}>{t(hasEnded ? 'sessionEnded' : 'signInNote')}</p>
      <label htmlFor={`${id}-email`}>{t('email')}</label>
      <input {...field('email')} type="email" autoComplete="username" />
      <label htmlFor={`${id}-password`}>{t('password')}</label>
      <input
        {...field('password')}
        type="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        {...(isNew && { minLength: 8, maxLength: 128, placeholder: t('passwordHint') })}
      />
      <p id={`${id}-error`} role="alert" className={classes.error} hidden={error === null}>
        {error}
      </p>
      <button type="submit" className={card.primary} disabled={isRunning}>
        {t(isNew ? 'register' : 'logIn')}
      </button>
      <button type="button" className={classes.link} onClick={() => setIsNew(!isNew)}>
        {t(isNew ? 'toLogIn' : 'toRegister')}
      </button>
    </form>
  );
};
