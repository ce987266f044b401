import { useMemo } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Empty } from '../components/empty';
import { Section } from '../components/page';
import { Status, type Tone } from '../components/status';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import { ClearFilters, SelectFilter, TextFilter } from '../table/filters';
import { useRows } from '../table/use-rows';
import { Time } from '../time/time';
import { useChangeSearch, useSearchState } from '../url-state';
import { loadLetters, type DeadLetter, type LetterFilters, type LetterStatus } from './api';
import { operationsTexts } from './texts';
import classes from './operations.module.css';

const STATUSES: readonly LetterStatus[] = ['OPEN', 'REDRIVEN', 'DISCARDED'];
const TOPICS = ['logins', 'accounts'] as const;

export const LETTER_TONES: Readonly<Record<LetterStatus, Tone>> = { OPEN: 'bad', REDRIVEN: 'good', DISCARDED: 'quiet' };

/** The messages that could not be handled, one by one. */
export const DeadLetterList = () => {
  const t = useTexts(operationsTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const topic = TOPICS.find((each) => each === search.topic);
  const status = STATUSES.find((each) => each === search.status);
  const filters: LetterFilters = {
    ...(topic && { topic }),
    ...(status && { status }),
    ...(search.fingerprint && { fingerprint: search.fingerprint }),
  };
  const list = useRows<DeadLetter>(['dead-letters', filters], (cursor, signal) => loadLetters(filters, cursor, signal), {
    refetchInterval: 10_000,
  });
  const columns = useMemo(
    (): readonly Column<DeadLetter>[] => [
      { id: 'at', header: t('at'), width: 145, value: (row) => row.at, cell: (row) => <Time at={row.at} /> },
      {
        id: 'status',
        header: t('status'),
        width: 120,
        value: (row) => t(row.status),
        cell: (row) => <Status tone={LETTER_TONES[row.status]}>{t(row.status)}</Status>,
      },
      { id: 'topic', header: t('topic'), width: 90, value: (row) => row.topic },
      { id: 'error', header: t('error'), width: 240, grows: true, value: (row) => row.error },
      { id: 'key', header: t('key'), width: 150, value: (row) => row.key },
      { id: 'attempts', header: t('attempts'), width: 90, align: 'end', value: (row) => row.attempts },
      { id: 'redrives', header: t('redrives'), width: 90, align: 'end', value: (row) => row.redrives },
      { id: 'payload', header: t('payload'), width: 240, value: (row) => row.payload, hidden: true },
      { id: 'partition', header: t('partition'), width: 80, align: 'end', value: (row) => row.partition, hidden: true },
      { id: 'offset', header: t('offset'), width: 110, align: 'end', value: (row) => row.offset, hidden: true },
      { id: 'fingerprint', header: t('fingerprint'), width: 180, value: (row) => row.fingerprint ?? null, hidden: true },
      {
        id: 'id',
        header: 'ID',
        width: 290,
        value: (row) => row.id,
        cell: (row) => <CopyText value={row.id} />,
        hidden: true,
      },
    ],
    [t],
  );
  return (
    <Section title={t('messages')}>
      <div className={classes.tall}>
        <DataTable
          label={t('messages')}
          columns={columns}
          list={list}
          keyOf={idOf}
          onOpen={({ id }) => change({ letter: id })}
          onPaste={(fingerprint) => change({ fingerprint })}
          empty={<Empty title={t('noMessages')}>{t('noMessagesHelp')}</Empty>}
          toolbar={
            <>
              <SelectFilter name="topic" label={t('topic')} options={TOPICS.map((value) => ({ value, label: value }))} />
              <SelectFilter name="status" label={t('status')} options={STATUSES.map((value) => ({ value, label: t(value) }))} />
              <TextFilter name="fingerprint" label={t('fingerprint')} />
              <ClearFilters names={['topic', 'status', 'fingerprint']} />
            </>
          }
        />
      </div>
    </Section>
  );
};

const idOf = (row: DeadLetter): string => row.id;
