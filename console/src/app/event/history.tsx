import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../shared/i18n/texts';
import { Actor } from '../audit/actor';
import { useFactWords } from '../audit/use-fact-words';
import { momentOf } from '../claims/claim-filter';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import { useRejection } from '../components/use-rejection';
import { Time } from '../time/time';
import type { Change, Fact } from './changes';
import { Diff } from './diff';
import { historyQuery } from './history-query';
import { Loading } from './loading';
import { eventTexts } from './texts';
import classes from './event.module.css';

type Entry = { readonly change: Change; readonly rejection?: never } | { readonly rejection: Fact; readonly change?: never };

const factOf = (entry: Entry): Fact => (entry.change ? entry.change.facts[0] : entry.rejection);

/** Who changed the event, when, and what was before and after: newest first. */
export const History = ({ eventId }: { eventId: string }) => {
  const t = useTexts(eventTexts);
  const { data, error, refetch } = useQuery(historyQuery(eventId));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={8} />;
  const entries = [
    ...data.changes.map((change): Entry => ({ change })),
    ...data.rejections.map((rejection): Entry => ({ rejection })),
  ].sort((one, other) => (factOf(one).position < factOf(other).position ? 1 : -1));
  if (entries.length === 0) return <Empty title={t('noHistory')} />;
  return (
    <>
      <Latest change={data.changes.at(-1)} count={data.changes.length} rejected={data.rejections.length} />
      <ol className={classes.history}>
        {entries.map((entry) => (
          <li key={factOf(entry).position} className={classes.change}>
            <Who fact={factOf(entry)} />
            {entry.change ? <What change={entry.change} /> : <Attempt fact={entry.rejection} />}
          </li>
        ))}
      </ol>
    </>
  );
};

/** Answers at a glance who changed the event last. */
const Latest = ({ change, count, rejected }: { change: Change | undefined; count: number; rejected: number }) => {
  const t = useTexts(eventTexts);
  const words = useFactWords();
  if (!change) return null;
  const [fact] = change.facts;
  return (
    <div className={classes.latest}>
      <Text component="span" c="dimmed">
        {t('lastChangedBy')}
      </Text>
      <Text component="span" fw={500}>
        <Actor actor={fact.actor} namesPlayers />
      </Text>
      <Time at={fact.at} />
      <span>{namesOf(change, words.type)}</span>
      <Text component="span" c="dimmed">
        {t('changes', { count })}
        {rejected > 0 && ` · ${t('rejectedAttempts', { count: rejected })}`}
      </Text>
    </div>
  );
};

const Who = ({ fact }: { fact: Fact }) => {
  const t = useTexts(eventTexts);
  return (
    <div className={classes.who}>
      <Time at={fact.at} precision="second" />
      <span>
        <Actor actor={fact.actor} namesPlayers />
      </span>
      <Text size="xs" c="dimmed" component="span">
        <PageLink to="/audit" search={{ eventId: fact.eventId ?? undefined, ...momentOf(fact.at) }}>
          {t('inAudit')}
        </PageLink>
      </Text>
    </div>
  );
};

const namesOf = ({ facts, isCreation }: Change, nameOf: (type: string) => string): string => {
  const types = isCreation
    ? facts.map(({ type }) => type).filter((type) => type !== 'RewardAdded')
    : facts.map(({ type }) => type);
  return [...new Set(types)].map(nameOf).join(', ');
};

/** Fields of a creation that are shown before somebody asks for all of them. */
const FEW = 6;

const What = ({ change }: { change: Change }) => {
  const t = useTexts(eventTexts);
  const words = useFactWords();
  const continues = change.facts.some(({ data }) => data.counting === 'CONTINUE');
  return (
    <div className={classes.what}>
      <Text fw={500}>{namesOf(change, words.type)}</Text>
      {change.reason !== null && <div>{t('reasonGiven', { reason: change.reason })}</div>}
      {continues && <div>{t('countingContinues')}</div>}
      {change.isCreation && change.changes.length > FEW ? (
        <details>
          <summary className={classes.summary}>
            {t('initialValues')} ({change.changes.length})
          </summary>
          <Diff change={change} />
        </details>
      ) : (
        <Diff change={change} />
      )}
    </div>
  );
};

const Attempt = ({ fact }: { fact: Fact }) => {
  const t = useTexts(eventTexts);
  const words = useFactWords();
  const explain = useRejection();
  return (
    <div className={classes.what}>
      <Text fw={500} component="div">
        {words.command(String(fact.data.command))} <Status tone="bad">{t('wasRejected')}</Status>
      </Text>
      <div>{explain(String(fact.data.code), fact.data)}</div>
    </div>
  );
};
