import { Text } from '@mantine/core';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { AccountLink } from '../components/names';
import { formatCount } from '../components/number';
import { Status, type Tone } from '../components/status';
import { Time } from '../time/time';
import type { Step } from './queries';
import { deliveryTexts } from './texts';
import { useErrorWords } from './use-error-words';
import classes from './delivery.module.css';

const TONES: Readonly<Record<Step['what'], Tone>> = {
  ATTEMPT_FAILED: 'bad',
  DELIVERED: 'good',
  PARKED: 'warn',
  RESENT: 'info',
  ABANDONED: 'quiet',
};

/** Each attempt of a delivery and each action on it, the newest first. */
export const History = ({ steps }: { steps: readonly Step[] }) => {
  const t = useTexts(deliveryTexts);
  if (steps.length === 0) return <Text c="dimmed">{t('noHistory')}</Text>;
  return (
    <ol className={classes.history}>
      {steps.toReversed().map((step, index) => (
        <HistoryStep key={steps.length - index} step={step} />
      ))}
    </ol>
  );
};

const isParkReason = (reason: string): reason is keyof typeof deliveryStatusTexts.en =>
  Object.hasOwn(deliveryStatusTexts.en, reason);

const HistoryStep = ({ step }: { step: Step }) => {
  const t = useTexts(deliveryTexts);
  const tStatus = useTexts(deliveryStatusTexts);
  const language = useLanguage();
  const words = useErrorWords();
  const { at, what, attempt, error, tookMs, nextAttemptAt, by, loginId, reason, reference } = step;
  const isAction = what === 'RESENT' || what === 'ABANDONED';
  const notes = [
    // The error of a full inventory says the same as its reason.
    what === 'PARKED' && reason && reason !== 'INVENTORY_FULL' && isParkReason(reason) && tStatus(reason),
    isAction && reason && t('stepReason', { reason: words(reason) }),
    error && words(error),
    reference && t('stepReference', { reference }),
    what === 'ABANDONED' && by === null && t('stepByRemoval'),
  ].filter(Boolean);
  return (
    <li>
      <div className={classes.step}>
        <Status tone={TONES[what]}>{t(`step${what}`, { attempt: attempt ?? 1 })}</Status>
        <span className={classes.quiet}>
          {tookMs !== null && `${t('stepTook', { ms: formatCount(tookMs, language) })} · `}
          <Time at={at} precision="second" />
        </span>
      </div>
      <div className={classes.notes}>
        {notes.map((note) => (
          <div key={String(note)}>{note}</div>
        ))}
        {loginId !== null && (
          <div>
            {t('stepByLogin')}: <CopyText value={loginId} />
          </div>
        )}
        {by !== null && (
          <div>
            {t('stepBy')}: <AccountLink accountId={by} />
          </div>
        )}
        {nextAttemptAt !== null && (
          <div>
            {t('stepNext')}: <Time at={nextAttemptAt} precision="second" />
          </div>
        )}
      </div>
    </li>
  );
};
