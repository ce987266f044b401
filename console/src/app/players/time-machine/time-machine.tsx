import { Skeleton, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useLanguage, useTexts } from '../../../shared/i18n/texts';
import { ApiProblem } from '../../../shared/api/problem';
import { Empty } from '../../components/empty';
import { ErrorPanel } from '../../components/error-panel';
import { Page, Section } from '../../components/page';
import { PageLink } from '../../components/page-link';
import { InEventZone } from '../../time/zone-mode';
import { useSearchState } from '../../url-state';
import { CycleName } from '../cycle-name';
import { playerQuery, useEvent } from '../queries';
import { playerTexts } from '../texts';
import { Comparison } from './comparison';
import { Controls } from './controls';
import { FactList } from './fact-list';
import { factWords, type Fact } from './facts';
import type { Moment } from './moment';
import { useFacts, usePositions, type ParticipationId } from './queries';
import { StatePanel } from './state-panel';
import { timeMachineTexts } from './texts';
import { Timeline } from './timeline';
import { useMoment } from './use-moment';
import { useStateAt } from './use-state-at';
import classes from './time-machine.module.css';

/** The history of one participation: its recorded events, and its state after each of them. */
export const TimeMachine = () => {
  const { accountId = '', eventId = '' } = useParams({ strict: false }) as { accountId?: string; eventId?: string };
  const { cycle } = useSearchState();
  const t = useTexts(playerTexts);
  const { data: event } = useEvent(eventId);
  const { data: player } = useQuery(playerQuery(accountId));
  return (
    <InEventZone zone={event?.timeZone}>
      <Page
        title={event ? t('timeMachineOf', { event: event.name }) : t('timeMachine')}
        aside={
          <>
            <CycleName day={cycle} event={event} />
            <PageLink to={`/players/${accountId}`}>{player?.email ?? accountId}</PageLink>
          </>
        }
      >
        <History key={`${eventId} ${accountId} ${cycle}`} participation={{ eventId, accountId, cycle }} />
      </Page>
    </InEventZone>
  );
};

const History = ({ participation }: { readonly participation: ParticipationId }) => {
  const t = useTexts(timeMachineTexts);
  const { facts, latest, isComplete, error, retry } = useFacts(participation);
  if (error && !latest) return <ErrorPanel error={error} onRetry={() => void retry()} />;
  if (!latest || !isComplete) return <Skeleton height={400} />;
  if (facts.length === 0) return <Empty title={t('nothingYet')}>{t('nothingYetHelp')}</Empty>;
  const cycle = latest.state.cycle ?? undefined;
  return <Machine participation={{ ...participation, cycle }} facts={facts} latest={latest} />;
};

interface MachineProps {
  readonly participation: ParticipationId;
  readonly facts: readonly Fact[];
  readonly latest: NonNullable<ReturnType<typeof useFacts>['latest']>;
}

const Machine = ({ participation, facts, latest }: MachineProps) => {
  const t = useTexts(timeMachineTexts);
  const language = useLanguage();
  const { chosen, settled, choose } = useMoment();
  const last = facts.length - 1;
  const current = useStateAt(participation, settled, facts);
  const { positionOf } = usePositions(participation, participation.cycle ?? null, last);
  const index = indexOf(chosen, current.revision, last);
  const fact = facts[index];
  const words = fact ? factWords(fact, t, language) : t('nothingYet');
  const chooseStep = (revision: number): void => choose({ kind: 'step', revision });
  const unreadable = latest.unreadable?.length ?? 0;
  return (
    <>
      <div className={classes.machine}>
        <Controls moment={chosen} index={index} count={facts.length} onChoose={choose} />
        <Timeline facts={facts} index={index} words={words} onChoose={chooseStep} />
      </div>
      {unreadable > 0 && (
        <Text size="sm" role="alert">
          {t('unreadable', { count: unreadable })}
        </Text>
      )}
      <div className={classes.columns}>
        <Section title={t('events', { count: facts.length })}>
          <FactList facts={facts} index={index} onChoose={chooseStep} />
        </Section>
        <Section title={t(STATE_TITLES[chosen.kind])}>
          <Text size="sm" c="dimmed">
            {words}
          </Text>
          <div className={classes.current} aria-busy={current.isLoading} data-loading={current.isLoading || undefined}>
            <StateAt current={current} />
          </div>
        </Section>
      </div>
      <Section title={t('readModel')}>
        <Comparison participation={participation} state={latest.state} position={positionOf(last)} />
      </Section>
    </>
  );
};

const STATE_TITLES = { now: 'stateNow', step: 'stateAt', time: 'stateAtTime' } as const satisfies Record<Moment['kind'], string>;

/** Index of the event that a moment shows; -1 before the first one. */
const indexOf = (moment: Moment, revision: number | undefined, last: number): number => {
  if (moment.kind === 'step') return Math.min(moment.revision, last);
  return moment.kind === 'now' ? last : (revision ?? last);
};

const StateAt = ({ current }: { readonly current: ReturnType<typeof useStateAt> }) => {
  const t = useTexts(timeMachineTexts);
  const { state, changes, error, retry } = current;
  if (error instanceof ApiProblem && error.code === 'NO_SUCH_CYCLE') return <Empty title={t('noCycle')} />;
  if (error) return <ErrorPanel error={error} onRetry={retry} />;
  if (!state) return <Skeleton height={280} />;
  return <StatePanel state={state} changes={changes} />;
};
