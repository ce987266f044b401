import { Select, Text, Tooltip } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { cyclesOf } from '@rewards/domain/cycles';
import { lazy, Suspense } from 'react';
import { dataOf, type Schemas } from '../../shared/api/client';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts, type Language } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Count, formatCount, formatPercent } from '../components/number';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import { api } from '../session';
import { useUrlState } from '../url-state';
import { CountTable } from './count-table';
import { EventDeliveries } from './deliveries';
import { funnelOf, reasonsOf, type FunnelStep, type Part, type Statistics } from './figures-of';
import { Loading } from './loading';
import { eventTexts } from './texts';
import classes from './event.module.css';

type Event = Schemas['RewardEventResponse'];

const OverTime = lazy(() => import('./over-time').then(({ OverTime: component }) => ({ default: component })));

const LIVE_MS = 5_000;
/** States in which figures change. */
const MOVING = ['ACTIVE', 'PAUSED', 'ENDED'];

/** What players did in an event, live while it runs. */
export const Figures = ({ event }: { event: Event }) => {
  const t = useTexts(eventTexts);
  const [cycle, setCycle] = useUrlState('cycle');
  const isLive = MOVING.includes(event.status);
  const { data, error, refetch } = useQuery({
    queryKey: ['events', event.eventId, 'statistics', cycle],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/events/{eventId}/statistics', {
          params: { path: { eventId: event.eventId }, query: cycle === undefined ? {} : { cycle } },
          signal,
        }),
      ),
    // The library stops while the page is hidden.
    refetchInterval: isLive ? LIVE_MS : false,
    placeholderData: keepPreviousData,
  });
  const toolbar = (
    <>
      {isLive && (
        <Tooltip label={t(error ? 'staleHelp' : 'liveHelp')}>
          <span className={classes.live} tabIndex={0}>
            <Status tone={error ? 'warn' : 'good'}>{t(error ? 'stale' : 'live')}</Status>
          </span>
        </Tooltip>
      )}
      {event.cycle && <CycleSelect event={event} kind={event.cycle} value={cycle} onChange={setCycle} />}
    </>
  );
  if (!data)
    return (
      <Section title={t('funnel')} actions={toolbar}>
        {error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : <Loading rows={12} />}
      </Section>
    );
  if (data.participants === 0 && data.claims.failure === 0)
    return (
      <Section title={t('funnel')} actions={toolbar}>
        <Empty title={t('noFigures')}>{t(event.status === 'DRAFT' ? 'noFiguresDraft' : 'noFiguresHelp')}</Empty>
      </Section>
    );
  return (
    <>
      <Section title={t('funnel')} actions={toolbar}>
        <Funnel statistics={data} />
      </Section>
      <Suspense fallback={<Loading rows={10} />}>
        <OverTime event={event} hours={data.byHour} />
      </Suspense>
      <Section title={t('promisedAgainstClaimed')}>
        <Promised statistics={data} />
      </Section>
      <EventDeliveries eventId={event.eventId} isLive={isLive} />
      <Section title={t('rejectionsOfClaims')}>
        <Reasons eventId={event.eventId} cycle={cycle} statistics={data} />
      </Section>
    </>
  );
};

interface CycleSelectProps {
  readonly event: Event;
  readonly kind: NonNullable<Event['cycle']>;
  readonly value: string | undefined;
  readonly onChange: (cycle: string | undefined) => void;
}

/** Chooses one cycle of an event, or all. Those that have not begun are not offered. */
const CycleSelect = ({ event, kind, value, onChange }: CycleSelectProps) => {
  const t = useTexts(eventTexts);
  const now = new Date().toISOString();
  const begun = [...cyclesOf(kind, event)].filter(({ startsAt }) => startsAt <= now).map(({ cycle }) => cycle);
  return (
    <Select
      aria-label={t('cycle')}
      w={150}
      data={[{ value: '', label: t('allCycles') }, ...begun.reverse()]}
      value={value ?? ''}
      onChange={(next) => onChange(next || undefined)}
      searchable={begun.length > 10}
    />
  );
};

const widthOf = (part: Part): string => `${part.of === 0 ? 0 : (100 * part.value) / part.of}%`;

const Funnel = ({ statistics }: { statistics: Statistics }) => {
  const t = useTexts(eventTexts);
  const language = useLanguage();
  const nameOf = ({ kind, milestone = 0 }: FunnelStep): string =>
    kind === 'milestone' ? t('milestoneAt', { count: milestone }) : t(kind);
  return (
    <>
      <table className={classes.funnel}>
        <thead>
          <tr>
            <th scope="col">{t('step')}</th>
            <td />
            <th scope="col" colSpan={2} className={classes.end}>
              {t('reached')}
            </th>
            <th scope="col" colSpan={2} className={classes.end}>
              {t('done')}
            </th>
          </tr>
        </thead>
        <tbody>
          {funnelOf(statistics).map((step) => (
            <tr key={`${step.kind} ${step.milestone}`}>
              <th scope="row">{nameOf(step)}</th>
              <td className={classes.track}>
                <div className={classes.bars}>
                  {step.reached && <span className={classes.bar} data-soft style={{ width: widthOf(step.reached) }} />}
                  {step.done && <span className={classes.bar} style={{ width: widthOf(step.done) }} />}
                </div>
              </td>
              {[step.reached, step.done].map((part, index) => (
                <PartCells key={index} part={part} language={language} withWhole={step.kind === 'claimed'} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed">
        {t('funnelNote')}
      </Text>
    </>
  );
};

const PartCells = ({ part, language, withWhole }: { part: Part | null; language: Language; withWhole: boolean }) =>
  part === null ? (
    <>
      <td />
      <td />
    </>
  ) : (
    <>
      <td className={classes.end}>
        {formatCount(part.value, language)}
        {withWhole && ` / ${formatCount(part.of, language)}`}
      </td>
      <td className={classes.share}>{part.of === 0 ? '–' : formatPercent(part.value / part.of, language)}</td>
    </>
  );

const Promised = ({ statistics }: { statistics: Statistics }) => {
  const t = useTexts(eventTexts);
  const language = useLanguage();
  return (
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('promisedAgainstClaimed')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" className={classes.first}>
              {t('milestone')}
            </th>
            <th scope="col">{t('reward')}</th>
            {(['promised', 'claimed', 'remaining', 'claimedShare'] as const).map((name) => (
              <th key={name} scope="col" className={classes.end}>
                {t(name)}
                {name === 'claimedShare' && ' %'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {statistics.rewards.map(({ milestone, name, promised, claimed, remaining }, index, all) => {
            const share = promised === 0 ? 0 : claimed / promised;
            return (
              <tr key={`${milestone} ${name}`}>
                <td className={classes.first}>{all[index - 1]?.milestone !== milestone && <Count value={milestone} />}</td>
                <td>{name}</td>
                <td className={classes.end}>
                  <Count value={promised} />
                </td>
                <td className={classes.end}>
                  <Count value={claimed} />
                </td>
                <td className={classes.end}>
                  <Count value={remaining} />
                </td>
                <td className={classes.end}>
                  <span className={classes.smallBar} aria-hidden>
                    <span style={{ width: `${100 * share}%` }} />
                  </span>
                  {promised === 0 ? '–' : formatPercent(share, language)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};

interface ReasonsProps {
  readonly eventId: string;
  readonly cycle: string | undefined;
  readonly statistics: Statistics;
}

const Reasons = ({ eventId, cycle, statistics }: ReasonsProps) => {
  const t = useTexts(eventTexts);
  const tCode = useTexts(codeTexts);
  const language = useLanguage();
  const reasons = reasonsOf(statistics);
  const { success, failure } = statistics.claims;
  if (reasons.length === 0) return <Text c="dimmed">{t('noRejections')}</Text>;
  return (
    <CountTable
      label={t('rejectionsOfClaims')}
      heading={t('reason')}
      rows={reasons.map(({ reason, count }) => ({
        key: reason,
        name: (
          <PageLink to="/claims" search={{ eventId, cycle, status: 'FAILURE', reason }}>
            {tCode(codeKey(reason))}
          </PageLink>
        ),
        count: <Count value={count} />,
      }))}
      note={`${t('granted')}: ${formatCount(success, language)} · ${t('rejected')}: ${formatCount(failure, language)}`}
    />
  );
};
