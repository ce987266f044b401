import { Button } from '@mantine/core';
import type { RouteName } from '@rewards/contracts/routes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Count, formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { Status, type Tone } from '../components/status';
import { kindTexts } from '../event/texts';
import { useMayCall } from '../session';
import { Time } from '../time/time';
import { endpointTexts } from './endpoint-texts';
import type { Endpoint } from './queries';
import { useErrorWords } from './use-error-words';
import classes from './delivery.module.css';

const TONES: Readonly<Record<Endpoint['state'], Tone>> = { ACTIVE: 'good', PAUSED: 'warn', DISABLED: 'bad' };

/** What can be done with an endpoint, and the route of each. */
const ROUTES = {
  test: 'POST /delivery-endpoints/{id}/test',
  change: 'POST /delivery-endpoints/{id}/change',
  rotate: 'POST /delivery-endpoints/{id}/rotate-secret',
  pause: 'POST /delivery-endpoints/{id}/pause',
  resume: 'POST /delivery-endpoints/{id}/resume',
  remove: 'POST /delivery-endpoints/{id}/remove',
} as const satisfies Readonly<Record<string, RouteName>>;
export type EndpointAction = keyof typeof ROUTES;

const ACTIONS = Object.keys(ROUTES) as EndpointAction[];

/** Whether an action is possible in the state of an endpoint. */
const isPossible = (action: EndpointAction, { kind, state }: Endpoint): boolean => {
  switch (action) {
    case 'rotate':
      return kind === 'WEBHOOK';
    case 'pause':
      return state === 'ACTIVE';
    case 'resume':
      return state !== 'ACTIVE';
    case 'test':
    case 'change':
    case 'remove':
      return true;
  }
};

interface EndpointRowProps {
  readonly endpoint: Endpoint;
  readonly onAsk: (action: EndpointAction) => void;
}

/** One endpoint: its state, its open deliveries, and what can be done. */
export const EndpointRow = ({ endpoint, onAsk }: EndpointRowProps) => {
  const t = useTexts(endpointTexts);
  const mayCall = useMayCall();
  const words = useErrorWords();
  const { name, state, since, reason } = endpoint;
  const actions = ACTIONS.filter((action) => isPossible(action, endpoint) && mayCall(ROUTES[action]));
  return (
    <li className={classes.endpoint}>
      <div className={classes.head}>
        <h2 className={classes.name}>{name}</h2>
        <span className={classes.state}>
          <Status tone={TONES[state]}>{t(state)}</Status>
          <span className={classes.quiet}>
            {t('since')} <Time at={since} />
          </span>
        </span>
        {actions.length > 0 && (
          <div className={classes.actions} role="group" aria-label={t('actionsOf', { name })}>
            {actions.map((action) => (
              <Button key={action} variant="default" size="compact-xs" onClick={() => onAsk(action)}>
                {t(action)}
              </Button>
            ))}
          </div>
        )}
      </div>
      {state === 'DISABLED' && <p className={classes.reason}>{t('disabledBecause', { reason: words(reason ?? '') })}</p>}
      {state === 'PAUSED' && <div className={classes.quiet}>{t('pausedHelp')}</div>}
      <Settings endpoint={endpoint} />
      <Figures endpoint={endpoint} />
    </li>
  );
};

const Settings = ({ endpoint: { kind, url, rewardTypes, maxPerSecond, timeoutMs } }: { endpoint: Endpoint }) => {
  const t = useTexts(endpointTexts);
  const tKind = useTexts(kindTexts);
  const language = useLanguage();
  const rate = t('perSecond', { shown: formatCount(maxPerSecond, language) });
  const timeout = t('timeoutShown', { shown: formatCount(timeoutMs, language) });
  return (
    <div className={classes.url}>
      {t(kind)} · {url ?? t('topic')}
      <div className={classes.quiet}>
        {rewardTypes?.map((type) => tKind(type)).join(', ') ?? t('everyOther')} · {rate}
        {kind === 'WEBHOOK' && ` · ${timeout}`}
      </div>
    </div>
  );
};

const Figures = ({ endpoint: { id, pending, parked, oldestPendingAt, lastDeliveredAt } }: { endpoint: Endpoint }) => {
  const t = useTexts(endpointTexts);
  const link = (status: string, count: number) => (
    <PageLink to="/deliveries" search={{ status, endpointId: id }}>
      <Count value={count} />
    </PageLink>
  );
  return (
    <dl className={classes.figures}>
      <div>
        <dt>{t('pending')}</dt>
        <dd>{link('PENDING', pending)}</dd>
      </div>
      <div>
        <dt>{t('parked')}</dt>
        <dd>{link('PARKED', parked)}</dd>
      </div>
      <div>
        <dt>{t('oldestPending')}</dt>
        <dd>
          <Time at={oldestPendingAt} precision="second" />
        </dd>
      </div>
      <div>
        <dt>{t('lastDelivered')}</dt>
        <dd>{lastDeliveredAt === null ? t('never') : <Time at={lastDeliveredAt} precision="second" />}</dd>
      </div>
    </dl>
  );
};
