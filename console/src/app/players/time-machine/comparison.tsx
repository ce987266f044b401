import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { bodyOf, dataOf, type Schemas } from '../../../shared/api/client';
import { useTexts } from '../../../shared/i18n/texts';
import { CopyText } from '../../components/copy-text';
import { ErrorPanel } from '../../components/error-panel';
import { Status } from '../../components/status';
import { api } from '../../session';
import { playerQuery } from '../queries';
import { differencesOf, type Difference } from './differences';
import type { ParticipationId } from './queries';
import { timeMachineTexts } from './texts';
import { ValueText } from './value-text';
import classes from './time-machine.module.css';

type Row = Schemas['ProgressResponse'];

/** Rows of one player in one event: one, or one for each cycle. */
const ROWS_LIMIT = 100;

/** The row of the read model: of the player's newest ones, otherwise of the event's list. Undefined while it loads, null if there is none. */
const useReadModelRow = ({ eventId, accountId }: ParticipationId, cycle: string | null) => {
  const player = useQuery(playerQuery(accountId));
  const isThis = (row: Row): boolean => row.eventId === eventId && row.accountId === accountId && row.cycle === cycle;
  const own = player.data?.participations.find(isThis);
  const email = player.data?.email;
  const listed = useQuery({
    queryKey: ['participation', eventId, accountId, cycle, 'row'],
    enabled: player.data !== undefined && !own && Boolean(email),
    queryFn: ({ signal }) =>
      bodyOf(
        api.GET('/events/{eventId}/participations', {
          params: {
            path: { eventId },
            query: { limit: ROWS_LIMIT, ...(email && { email }), ...(cycle !== null && { cycle }) },
          },
          signal,
        }),
      ),
  });
  const error = player.error ?? listed.error;
  if (own) return { row: own, error };
  if (!player.data || listed.isLoading) return { row: undefined, error };
  return { row: listed.data?.data.find(isThis) ?? null, error };
};

interface ComparisonProps {
  readonly participation: ParticipationId;
  /** The fold of all recorded events. */
  readonly state: Schemas['PastStateResponse'];
  /** Position of the last recorded event; undefined while it is not known. */
  readonly position: string | undefined;
}

/** Compares the read model, which the lists show, with the fold of the recorded events. */
export const Comparison = ({ participation, state, position }: ComparisonProps) => {
  const t = useTexts(timeMachineTexts);
  const { row, error } = useReadModelRow(participation, state.cycle);
  const projections = useQuery({
    queryKey: ['projections'],
    queryFn: ({ signal }) => dataOf(api.GET('/projections', { signal })),
  });
  const readModel = projections.data?.find(({ name }) => name === 'participations')?.position;
  if (error) return <ErrorPanel error={error} />;
  if (row === undefined) return <Skeleton height={48} />;
  const isBehind = readModel !== undefined && position !== undefined && readModel < position;
  return (
    <div className={classes.comparison}>
      <Text size="sm" c="dimmed">
        {t('readModelHelp')}
      </Text>
      <Verdict row={row} state={state} isBehind={isBehind} />
      <dl className={classes.positions}>
        <dt>{t('readModelAt')}</dt>
        <dd>{readModel ? <CopyText value={readModel} /> : t('none')}</dd>
        <dt>{t('foldAt')}</dt>
        <dd>{position ? <CopyText value={position} /> : t('none')}</dd>
      </dl>
    </div>
  );
};

interface VerdictProps {
  readonly row: Row | null;
  readonly state: ComparisonProps['state'];
  readonly isBehind: boolean;
}

const Verdict = ({ row, state, isBehind }: VerdictProps) => {
  const t = useTexts(timeMachineTexts);
  if (row === null)
    return state.status === 'NOT_STARTED' ? (
      <Status tone="quiet">{t('neither')}</Status>
    ) : (
      <Status tone={isBehind ? 'warn' : 'bad'}>{t(isBehind ? 'behind' : 'missing')}</Status>
    );
  const differences = differencesOf(row, state);
  if (differences.length === 0) return <Status tone="good">{t('equal')}</Status>;
  return (
    <>
      <Status tone={isBehind ? 'warn' : 'bad'}>{t(isBehind ? 'behind' : 'different')}</Status>
      <Differences differences={differences} />
    </>
  );
};

const Differences = ({ differences }: { readonly differences: readonly Difference[] }) => {
  const t = useTexts(timeMachineTexts);
  const nameOf = (key: string): string => {
    const [field = '', milestone = '', ...reward] = key.split(' ');
    if (field === 'milestone') return t('milestone', { count: milestone });
    if (field === 'amount' || field === 'claimed' || field === 'remaining') return t(`${field}Of`, { what: reward.join(' ') });
    return field === 'status' || field === 'progress' || field === 'required' || field === 'completedAt' ? t(field) : key;
  };
  return (
    <table className={classes.differences}>
      <thead>
        <tr>
          <th scope="col">{t('value')}</th>
          <th scope="col">{t('inReadModel')}</th>
          <th scope="col">{t('inFold')}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ key, readModel, fold }) => (
          <tr key={key}>
            <th scope="row">{nameOf(key)}</th>
            <td>
              <ValueText name={key} value={readModel} />
            </td>
            <td>
              <ValueText name={key} value={fold} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
