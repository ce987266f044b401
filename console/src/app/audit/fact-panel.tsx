import { Button, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { bodyOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { momentOf } from '../claims/claim-filter';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { AccountLink, EventLink, useNamedEvent } from '../components/names';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { SidePanel } from '../components/side-panel';
import { useRejection } from '../components/use-rejection';
import type { Fact } from '../event/changes';
import { Diff } from '../event/diff';
import { historyQuery, isChange } from '../event/history-query';
import { Loading } from '../event/loading';
import { api } from '../session';
import { Time } from '../time/time';
import { InEventZone } from '../time/zone-mode';
import { Actor } from './actor';
import { FactFields } from './fact-fields';
import { auditTexts } from './texts';
import { useFactWords } from './use-fact-words';
import classes from './audit.module.css';

interface FactPanelProps {
  readonly factKey: { readonly position: string; readonly at: string };
  /** If the list has it. */
  readonly row: Fact | undefined;
  readonly onClose: () => void;
}

/** Finds an entry among those of its millisecond. */
const findFact = async (position: string, at: string, signal: AbortSignal): Promise<Fact | null> => {
  let cursor: string | null = null;
  do {
    const query = { ...momentOf(at), limit: 100, ...(cursor !== null && { cursor }) };
    const body: { data: Fact[]; page: { next: string | null } } = await bodyOf(api.GET('/audit', { params: { query }, signal }));
    const found = body.data.find((fact) => fact.position === position);
    if (found) return found;
    cursor = body.page.next;
  } while (cursor !== null);
  return null;
};

/** Everything about one entry of the audit. */
export const FactPanel = ({ factKey: { position, at }, row, onClose }: FactPanelProps) => {
  const t = useTexts(auditTexts);
  const words = useFactWords();
  const {
    data: fact = row,
    error,
    refetch,
  } = useQuery({
    queryKey: ['audit', 'one', position],
    queryFn: ({ signal }) => findFact(position, at, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: !row,
  });
  const zone = useNamedEvent(fact?.eventId)?.timeZone;
  return (
    <InEventZone zone={zone}>
      <SidePanel title={fact ? words.type(fact.type) : t('whole')} onClose={onClose}>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!error && fact === undefined && <Loading rows={10} />}
        {fact === null && <Text>{t('notFound')}</Text>}
        {fact && <FactDetails fact={fact} />}
      </SidePanel>
    </InEventZone>
  );
};

const FactDetails = ({ fact }: { fact: Fact }) => {
  const t = useTexts(auditTexts);
  const explain = useRejection();
  const { accountId, eventId, correlationId, causationId, data, type } = fact;
  return (
    <>
      {typeof data.code === 'string' && (
        <Section title={t('why')}>
          <Text>{explain(data.code, data)}</Text>
        </Section>
      )}
      {eventId !== null && isChange(type) && <WhatChanged eventId={eventId} position={fact.position} />}
      <Section title={t('whole')}>
        <Details
          rows={[
            [t('time'), <Time key="at" at={fact.at} precision="second" />],
            [t('actor'), <Actor key="actor" actor={fact.actor} namesPlayers />],
            [t('event'), eventId && <EventLink key="event" eventId={eventId} />],
            [t('player'), accountId && <AccountLink key="account" accountId={accountId} />],
            [t('stream'), <CopyText key="stream" value={fact.stream} />],
            [t('revision'), fact.revision],
            [t('position'), <CopyText key="position" value={fact.position} />],
            [t('request'), <CopyText key="request" value={correlationId} />],
            [t('cause'), causationId && <CopyText key="cause" value={causationId} />],
          ]}
        />
        <div className={classes.links}>
          <PageLink to="/audit" search={momentOf(fact.at)}>
            {t('sameMoment')}
          </PageLink>
          {eventId !== null && (
            <PageLink to={`/events/${eventId}`} search={{ tab: 'history' }}>
              {t('wholeEvent')}
            </PageLink>
          )}
        </div>
      </Section>
      <Section title={t('fields')}>
        <FactFields data={data} />
      </Section>
      <Raw fact={fact} />
    </>
  );
};

/** What the whole request of this entry changed, before and after. */
const WhatChanged = ({ eventId, position }: { eventId: string; position: string }) => {
  const t = useTexts(auditTexts);
  const { data, error, refetch } = useQuery(historyQuery(eventId));
  const change = data?.changes.find(({ facts }) => facts.some((fact) => fact.position === position));
  return (
    <Section title={t('change')}>
      {error ? (
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : change && change.changes.length > 0 ? (
        <Diff change={change} />
      ) : (
        <Text c="dimmed">{t('noChange')}</Text>
      )}
    </Section>
  );
};

const Raw = ({ fact }: { fact: Fact }) => {
  const t = useTexts(auditTexts);
  const { copy, copied } = useClipboard({ timeout: 1_000 });
  const json = JSON.stringify(fact, null, 2);
  return (
    <Section
      title={t('raw')}
      actions={
        <Button variant="default" onClick={() => copy(json)}>
          {t(copied ? 'copied' : 'copyRaw')}
        </Button>
      }
    >
      <pre className={classes.raw} tabIndex={0}>
        {json}
      </pre>
    </Section>
  );
};
