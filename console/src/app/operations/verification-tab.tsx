import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { Count, formatCount } from '../components/number';
import { Section } from '../components/page';
import { Status } from '../components/status';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import { Time } from '../time/time';
import { loadVerification, type Verification } from './api';
import { operationsTexts } from './texts';
import { amountsOf, findingsOf, notCompared } from './troubles';
import { useVerification, VERIFICATION_KEY } from './use-operations';
import classes from './operations.module.css';

/** The check of the whole log and of every read model. */
export const VerificationTab = () => {
  const t = useTexts(operationsTexts);
  const queries = useQueryClient();
  const { data, error, refetch } = useVerification();
  const start = useMutation({
    mutationFn: () => loadVerification(true),
    onSuccess: (started) => queries.setQueryData(VERIFICATION_KEY, started),
  });
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <div className={classes.tall} aria-busy />;
  return (
    <div className={classes.stack}>
      <Section
        title={t('verification')}
        actions={
          <Button variant="default" loading={start.isPending || data.running} onClick={() => start.mutate()}>
            {t('checkNow')}
          </Button>
        }
      >
        <div role="status">
          <Result verification={data} />
        </div>
        {start.error && <ErrorPanel error={start.error} />}
        <Amounts verification={data} />
      </Section>
      {data.findings.length > 0 && <Findings title={t('differences')} name="f" rows={data.findings} total={findingsOf(data)} />}
      {data.notes && data.notes.length > 0 && (
        <Findings title={t('notes')} name="n" rows={data.notes} total={data.notes.length} />
      )}
      <Section title={t('whatIsChecked')}>
        <ul className={classes.effects}>
          {(
            ['checkLogins', 'checkProgress', 'checkCompletions', 'checkClaims', 'checkDeliveries', 'checkReadModels'] as const
          ).map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      </Section>
    </div>
  );
};

const Result = ({ verification }: { verification: Verification }) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  const { ok, running, failure } = verification;
  const count = findingsOf(verification);
  const missing = notCompared(verification).join(', ');
  return (
    <>
      {ok === null && !running && <Status tone="quiet">{t('verificationNever')}</Status>}
      {ok === true && <Status tone="good">{t('verificationOk')}</Status>}
      {ok === false && count === 0 && <Status tone="warn">{t('verificationIncomplete', { names: missing })}</Status>}
      {count > 0 && <Status tone="bad">{t('verificationFindings', { count, shown: formatCount(count, language) })}</Status>}
      {running && (
        <div>
          <Status tone="info">{t('verificationRunning')}</Status>
        </div>
      )}
      {failure && (
        <div>
          <Status tone="bad">{t('verificationFailed', { message: failure.message })}</Status>
        </div>
      )}
    </>
  );
};

const Amounts = ({ verification }: { verification: Verification }) => {
  const t = useTexts(operationsTexts);
  const { finishedAt, position } = verification;
  if (finishedAt === null) return null;
  const amounts = amountsOf(verification);
  return (
    <Details
      rows={[
        [t('finishedAt'), <Time at={finishedAt} precision="second" />],
        [t('upTo'), position ? <CopyText value={position} /> : null],
        [t('checkedEvents'), <Count value={amounts.events} />],
        [t('checkedAccounts'), <Count value={amounts.accounts} />],
        [t('checkedLogins'), <Count value={amounts.logins} />],
        [t('checkedFacts'), <Count value={amounts.participationFacts} />],
        [t('checkedDeliveries'), <Count value={amounts.deliveries} />],
        [t('checkedDocuments'), <Count value={amounts.documents} />],
      ]}
    />
  );
};

interface Finding {
  readonly rule: string;
  readonly stream: string;
  readonly revision: number | null;
  readonly message: string;
}

interface FindingsProps {
  readonly title: string;
  /** Of the table in the URL. */
  readonly name: string;
  readonly rows: readonly Finding[];
  /** Number of all, including those that are not listed. */
  readonly total: number;
}

const Findings = ({ title, name, rows, total }: FindingsProps) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  const columns = useMemo(
    (): readonly Column<Finding>[] => [
      { id: 'rule', header: t('rule'), width: 240, value: (row) => row.rule },
      { id: 'message', header: t('message'), width: 320, grows: true, value: (row) => row.message },
      {
        id: 'stream',
        header: t('stream'),
        width: 320,
        value: (row) => row.stream,
        cell: (row) => <CopyText value={row.stream} />,
      },
      { id: 'revision', header: t('revision'), width: 80, align: 'end', value: (row) => row.revision },
    ],
    [t],
  );
  const list = { rows, hasMore: false, isLoading: false, error: null, loadMore: nothing, retry: nothing };
  return (
    <Section title={title}>
      {total > rows.length && (
        <span>{t('onlyFirst', { listed: formatCount(rows.length, language), total: formatCount(total, language) })}</span>
      )}
      <DataTable fits name={name} label={title} columns={columns} list={list} keyOf={keyOf} />
    </Section>
  );
};

const nothing = (): void => undefined;
const keyOf = ({ rule, stream, revision, message }: Finding): string => JSON.stringify([rule, stream, revision, message]);
