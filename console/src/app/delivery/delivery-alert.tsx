import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { useNow } from '../components/use-now';
import { durationOf } from '../operations/troubles';
import { Time } from '../time/time';
import { alertTexts } from './alert-texts';
import { endpointsQuery } from './queries';
import { troubledOf, type Endpoint, type Trouble } from './troubles';
import { useErrorWords } from './use-error-words';
import classes from './delivery-alert.module.css';

const REFRESH_MS = 20_000;

/** Says which endpoints need attention, and leads to where each trouble is dealt with. It shows nothing if none does. */
export const DeliveryAlert = ({ zone }: { zone: string }) => {
  const t = useTexts(alertTexts);
  const now = useNow(REFRESH_MS);
  const { data, isError } = useQuery({ ...endpointsQuery, refetchInterval: REFRESH_MS });
  if (!data) return isError ? <p className={classes.alert}>{t('unknown')}</p> : null;
  const troubled = troubledOf(data, now);
  if (troubled.length === 0) return null;
  const isBad = troubled.some(({ endpoint }) => endpoint.state === 'DISABLED');
  return (
    <div className={classes.alert} data-bad={isBad || undefined} role="status">
      <strong>{t('title')}</strong>
      <ul>
        {troubled.map(({ endpoint, troubles }) => (
          <li key={endpoint.id}>
            {endpoint.name}:{' '}
            {troubles.map((trouble, index) => (
              <Fragment key={trouble.kind}>
                {index > 0 && '; '}
                <TroubleLink endpoint={endpoint} trouble={trouble} zone={zone} />
              </Fragment>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
};

const TARGETS: Readonly<Record<Trouble['kind'], (endpointId: string) => Record<string, string>>> = {
  state: () => ({ tab: 'endpoints' }),
  parked: (endpointId) => ({ status: 'PARKED', endpointId }),
  pending: (endpointId) => ({ status: 'PENDING', endpointId }),
};

const TroubleLink = ({ endpoint, trouble, zone }: { endpoint: Endpoint; trouble: Trouble; zone: string }) => (
  <PageLink to="/deliveries" search={TARGETS[trouble.kind](endpoint.id)}>
    <TroubleText trouble={trouble} zone={zone} />
  </PageLink>
);

const TroubleText = ({ trouble, zone }: { trouble: Trouble; zone: string }) => {
  const t = useTexts(alertTexts);
  const language = useLanguage();
  const words = useErrorWords();
  if (trouble.kind === 'parked') return t('parked', { count: trouble.count, shown: formatCount(trouble.count, language) });
  if (trouble.kind === 'pending') {
    const { unit, count } = durationOf(trouble.waitsMs);
    return t('pending', { duration: t(unit, { shown: formatCount(count, language) }) });
  }
  return (
    <>
      {t(trouble.state)} <Time at={trouble.since} zone={zone} />
      {trouble.reason !== null && `: ${words(trouble.reason)}`}
    </>
  );
};
