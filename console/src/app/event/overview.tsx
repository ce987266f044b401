import { Text } from '@mantine/core';
import { cycleOf, cyclesOf, type CyclePeriod } from '@rewards/domain/cycles';
import type { Schemas } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { useConditionWords } from '../components/condition-words';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { Empty } from '../components/empty';
import { AccountLink } from '../components/names';
import { Count } from '../components/number';
import { Section } from '../components/page';
import { Status } from '../components/status';
import type { VersionedEvent } from '../event-actions/event-query';
import { RewardActions } from '../event-actions/reward-actions';
import { Time } from '../time/time';
import { eventTexts, kindTexts } from './texts';
import classes from './event.module.css';

type Event = Schemas['RewardEventResponse'];

/** All fields of an event, in words and values. */
export const Overview = ({ event, etag }: VersionedEvent) => {
  const t = useTexts(eventTexts);
  const words = useConditionWords();
  const metadata = Object.entries(event.metadata);
  return (
    <>
      <div className={classes.columns}>
        <Section title={t('when')}>
          <Details
            rows={[
              [t('starts'), <Time key="starts" at={event.startsAt} />],
              [t('ends'), <Time key="ends" at={event.endsAt} />],
              [t('claimsUntil'), <Time key="claims" at={event.claimsUntil} />],
              [t('timeZone'), event.timeZone],
              [t('dayStartsAt'), event.dayStartsAt],
            ]}
          />
        </Section>
        <Section title={t('whatPlayersDo')}>
          <Details
            rows={[
              [
                t('condition'),
                <div key="condition" className={classes.sentence}>
                  {words.words(event.condition)}
                </div>,
              ],
              [t('repeats'), words.cycle(event.cycle)],
              [t('completion'), t(event.autoComplete ? 'completionAutomatic' : 'completionRequested')],
              [t('granting'), t(event.autoClaim ? 'grantingAutomatic' : 'grantingRequested')],
            ]}
          />
        </Section>
        <Section title={t('about')}>
          <Details
            rows={[
              [
                t('description'),
                <span key="description" className={classes.text}>
                  {event.description || t('none')}
                </span>,
              ],
              [t('createdBy'), <AccountLink key="by" accountId={event.createdBy} />],
              [t('createdAt'), <Time key="at" at={event.createdAt} />],
              [t('eventId'), <CopyText key="id" value={event.eventId} />],
              [t('termsVersion'), <Count key="version" value={event.termsVersion} />],
            ]}
          />
        </Section>
      </div>
      <Section title={t('milestonesAndRewards')}>
        <Milestones event={event} etag={etag} />
      </Section>
      {event.cycle && <Cycles event={event} kind={event.cycle} />}
      {metadata.length > 0 && (
        <Section title={t('metadata')}>
          <Details rows={metadata.map(([key, value]) => [key, value] as const)} />
        </Section>
      )}
    </>
  );
};

const Milestones = ({ event, etag }: VersionedEvent) => {
  const t = useTexts(eventTexts);
  const tKind = useTexts(kindTexts);
  if (event.milestones.every(({ rewards }) => rewards.length === 0))
    return <Empty title={t('noRewards')}>{t('noRewardsHelp')}</Empty>;
  return (
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('milestonesAndRewards')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" className={classes.first}>
              {t('milestone')}
            </th>
            <th scope="col">{t('reward')}</th>
            <th scope="col">{t('type')}</th>
            <th scope="col" className={classes.end}>
              {t('amount')}
            </th>
            <th scope="col">{t('itemCode')}</th>
            <th scope="col">{t('state')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {event.milestones.flatMap(({ count, rewards }) =>
            rewards.map((reward, index) => (
              <tr key={`${count} ${reward.name}`}>
                <td className={classes.first}>{index === 0 && <Count value={count} />}</td>
                <td>{reward.name}</td>
                <td>{tKind(reward.type)}</td>
                <td className={classes.end}>
                  <Count value={reward.amount} />
                </td>
                <td>{reward.itemCode === null ? '–' : <CopyText value={reward.itemCode} />}</td>
                <td>{reward.onHold && <Status tone="warn">{t('onHold')}</Status>}</td>
                <td className={classes.menu}>
                  <RewardActions event={event} etag={etag} milestone={count} reward={reward} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
};

/** Cycles that are listed: those around the current one. */
const LISTED = 12;

const cyclesAround = (event: Event, kind: 'DAY' | 'WEEK' | 'MONTH', now: string) => {
  const all: readonly CyclePeriod[] = [...cyclesOf(kind, event)];
  const current = now >= event.startsAt && now < event.endsAt ? cycleOf(kind, now, event) : null;
  const at = all.findIndex(({ cycle }) => cycle === current);
  const first = Math.max(0, Math.min(at - 2, all.length - LISTED));
  return { count: all.length, listed: all.slice(first, first + LISTED), current };
};

/** Whether the window begins or ends within the period. */
const isCut = (kind: 'DAY' | 'WEEK' | 'MONTH', event: Event, startsAt: string, endsAt: string): boolean => {
  const before = new Date(Date.parse(startsAt) - 1).toISOString();
  const cycle = cycleOf(kind, startsAt, event);
  return cycleOf(kind, before, event) === cycle || cycleOf(kind, endsAt, event) === cycle;
};

const Cycles = ({ event, kind }: { event: Event; kind: 'DAY' | 'WEEK' | 'MONTH' }) => {
  const t = useTexts(eventTexts);
  const { count, listed, current } = cyclesAround(event, kind, new Date().toISOString());
  return (
    <Section title={t('cyclesCount', { count })}>
      <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('cycles')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('cycle')}</th>
              <th scope="col">{t('starts')}</th>
              <th scope="col">{t('ends')}</th>
              <th scope="col">{t('state')}</th>
            </tr>
          </thead>
          <tbody>
            {listed.map(({ cycle, startsAt, endsAt }) => (
              <tr key={cycle}>
                <td className="mono">{cycle}</td>
                <td>
                  <Time at={startsAt} />
                </td>
                <td>
                  <Time at={endsAt} />
                </td>
                <td>
                  {cycle === current && <Status tone="good">{t('cycleNow')}</Status>}
                  {cycle !== current && isCut(kind, event, startsAt, endsAt) && (
                    <Text component="span" c="dimmed">
                      {t('cycleCut')}
                    </Text>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {count > listed.length && <Text c="dimmed">{t('cyclesMore', { count: count - listed.length })}</Text>}
    </Section>
  );
};
