import { useNavigate } from '@tanstack/react-router';
import { bodyOf, type Schemas } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { CopyText, shortId } from '../components/copy-text';
import { Empty } from '../components/empty';
import { AccountLink } from '../components/names';
import { formatCount } from '../components/number';
import { Status, type Tone } from '../components/status';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import { ExportButton } from '../table/export-button';
import { api } from '../session';
import { ClearFilters, SelectFilter, TextFilter } from '../table/filters';
import { PAGE_LIMIT, useRows } from '../table/use-rows';
import { Time } from '../time/time';
import { useChangeSearch, useSearchState, withChanges, type Search } from '../url-state';
import { eventTexts, kindTexts } from './texts';

type Participant = Schemas['ParticipantResponse'];
type Event = Schemas['RewardEventResponse'];

const FILTERS = ['cycle', 'status', 'email'] as const;
const STATUSES = ['IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const;
const TONES: Readonly<Record<Participant['status'], Tone>> = {
  NOT_STARTED: 'quiet',
  IN_PROGRESS: 'info',
  ELIGIBLE: 'warn',
  COMPLETED: 'good',
};

const isStatus = (status: string | undefined): status is (typeof STATUSES)[number] => STATUSES.some((each) => each === status);

const filterOf = ({ cycle, status, email }: Search) => ({
  ...(cycle !== undefined && { cycle }),
  ...(isStatus(status) && { status }),
  ...(email !== undefined && { email }),
});

/** Everybody who takes part in an event. */
export const Participations = ({ event }: { event: Event }) => {
  const t = useTexts(eventTexts);
  const tKind = useTexts(kindTexts);
  const language = useLanguage();
  const navigate = useNavigate();
  const search = useSearchState();
  const change = useChangeSearch();
  const filter = filterOf(search);
  const { eventId } = event;
  const list = useRows(['events', eventId, 'participations', filter], (cursor, signal) =>
    bodyOf(
      api.GET('/events/{eventId}/participations', {
        params: { path: { eventId }, query: { ...filter, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) } },
        signal,
      }),
    ),
  );
  const columns: readonly Column<Participant>[] = [
    {
      id: 'email',
      header: t('player'),
      width: 220,
      grows: true,
      value: ({ email, accountId }) => email ?? accountId,
      cell: ({ accountId, email }) => <AccountLink accountId={accountId} email={email} />,
    },
    {
      id: 'accountId',
      header: t('account'),
      width: 110,
      hidden: true,
      value: ({ accountId }) => accountId,
      cell: ({ accountId }) => <CopyText value={accountId} shown={shortId(accountId)} />,
    },
    ...(event.cycle
      ? [{ id: 'cycle', header: t('cycle'), width: 110, value: ({ cycle }: Participant) => cycle } satisfies Column<Participant>]
      : []),
    {
      id: 'status',
      header: t('state'),
      width: 130,
      value: ({ status }) => tKind(status),
      cell: ({ status }) => <Status tone={TONES[status]}>{tKind(status)}</Status>,
    },
    {
      id: 'progress',
      header: t('progress'),
      width: 90,
      align: 'end',
      value: ({ progress }) => progress,
      cell: ({ progress }) => formatCount(progress, language),
    },
    {
      id: 'required',
      header: t('required'),
      width: 90,
      align: 'end',
      value: ({ required }) => required,
      cell: ({ required }) => formatCount(required, language),
    },
    {
      id: 'milestones',
      header: t('milestonesCompleted'),
      width: 150,
      align: 'end',
      hidden: event.milestones.length === 1,
      value: ({ milestones }) => milestones.filter(({ status }) => status === 'COMPLETED').length,
    },
    {
      id: 'completedAt',
      header: t('completed'),
      width: 150,
      value: ({ completedAt }) => completedAt,
      cell: ({ completedAt }) => <Time at={completedAt} />,
    },
    ...event.rewards.map(({ name }): Column<Participant> => ({
      id: `reward:${name}`,
      header: t('rewardClaimed', { name }),
      width: 160,
      align: 'end',
      value: ({ rewards }) => rewards.find((reward) => reward.name === name)?.claimed ?? null,
      cell: ({ rewards }) => {
        const reward = rewards.find((each) => each.name === name);
        return reward ? `${formatCount(reward.claimed, language)} / ${formatCount(reward.amount, language)}` : '–';
      },
    })),
  ];
  return (
    <DataTable
      label={t('participations')}
      columns={columns}
      list={list}
      keyOf={({ accountId, cycle }) => `${accountId} ${cycle}`}
      onOpen={({ accountId }) =>
        void navigate({ to: `/players/${accountId}`, search: withChanges({}, { tz: search.tz }) } as never)
      }
      onPaste={(email) => change({ email: email.toLowerCase() })}
      empty={<Empty title={t('noParticipations')}>{t('noParticipationsHelp')}</Empty>}
      toolbar={
        <>
          <TextFilter name="email" label={t('email')} width={220} />
          <SelectFilter name="status" label={t('state')} options={STATUSES.map((value) => ({ value, label: tKind(value) }))} />
          {event.cycle && <TextFilter name="cycle" label={t('cycle')} width={130} placeholder="2026-11-23" />}
          <ClearFilters names={FILTERS} />
          <ExportButton
            path={`/events/${eventId}/participations/export`}
            query={filter}
            fileName={`participations-${eventId}.csv`}
          />
        </>
      }
    />
  );
};
