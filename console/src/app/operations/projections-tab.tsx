import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { CopyText } from '../components/copy-text';
import { Empty } from '../components/empty';
import { Count, formatCount } from '../components/number';
import { Status, type Tone } from '../components/status';
import { api, useMayCall } from '../session';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import type { Projection, Rebuild } from './api';
import { listOf } from './list-of';
import { operationsTexts } from './texts';
import { useDuration, useProjections } from './use-operations';
import classes from './operations.module.css';

const TONES: Readonly<Record<Projection['state'], Tone>> = { LIVE: 'good', CATCHING_UP: 'info', STOPPED: 'bad' };

const SHOWN_IN = {
  events: 'inEvents',
  participations: 'inParticipations',
  claims: 'inClaims',
  audit: 'inAudit',
  statistics: 'inStatistics',
  deadLetters: 'inDeadLetters',
} as const;

const isKnown = (name: string): name is keyof typeof SHOWN_IN => Object.hasOwn(SHOWN_IN, name);

/** The read models, how far behind they are, and their rebuilds. */
export const ProjectionsTab = () => {
  const t = useTexts(operationsTexts);
  const mayRebuild = useMayCall()('POST /projections/{name}/rebuild');
  const [asked, setAsked] = useState<string | null>(null);
  const list = listOf(useProjections());
  const columns = useMemo(
    (): readonly Column<Projection>[] => [
      { id: 'name', header: t('name'), width: 125, value: (row) => row.name },
      {
        id: 'state',
        header: t('state'),
        width: 115,
        value: (row) => t(row.state),
        cell: (row) => <Status tone={TONES[row.state]}>{t(row.state)}</Status>,
      },
      {
        id: 'lagMs',
        header: t('lagMs'),
        width: 80,
        align: 'end',
        value: (row) => row.lagMs,
        cell: (row) => <Count value={row.lagMs} />,
      },
      {
        id: 'lagEvents',
        header: t('lagEvents'),
        width: 110,
        align: 'end',
        value: (row) => row.lagEvents,
        cell: (row) => <Count value={row.lagEvents} />,
      },
      { id: 'version', header: t('version'), width: 75, align: 'end', value: (row) => row.version },
      {
        id: 'rebuild',
        header: t('rebuild'),
        width: 230,
        value: (row) => row.rebuild?.etaMs ?? null,
        cell: (row) =>
          row.rebuild ? (
            <RebuildProgress rebuild={row.rebuild} />
          ) : (
            mayRebuild && (
              <Button variant="default" size="compact-xs" onClick={() => setAsked(row.name)}>
                {t('rebuildButton')}
              </Button>
            )
          ),
      },
      {
        id: 'error',
        header: t('error'),
        width: 110,
        grows: true,
        value: (row) => row.error,
        cell: (row) => row.error && <span className={classes.error}>{row.error}</span>,
      },
      {
        id: 'shownIn',
        header: t('shownIn'),
        width: 170,
        value: (row) => (isKnown(row.name) ? t(SHOWN_IN[row.name]) : null),
      },
      {
        id: 'position',
        header: t('position'),
        width: 260,
        value: (row) => row.position,
        cell: (row) => <CopyText value={row.position} />,
        hidden: true,
      },
    ],
    [t, mayRebuild],
  );
  return (
    <>
      <DataTable
        fits
        toolbar={<Text c="dimmed">{t('projectionsHelp')}</Text>}
        label={t('projections')}
        columns={columns}
        list={list}
        keyOf={nameOf}
        empty={<Empty title={t('noProjections')}>{t('noProjectionsHelp')}</Empty>}
      />
      {list.rows
        .filter(({ error }) => error !== null)
        .map(({ name, error }) => (
          <p key={name} className={classes.error}>
            {name}: {error}
          </p>
        ))}
      {asked !== null && <ConfirmRebuild name={asked} onClose={() => setAsked(null)} />}
    </>
  );
};

const nameOf = (row: Projection): string => row.name;

const RebuildProgress = ({ rebuild: { version, eventsPerSecond, etaMs } }: { rebuild: Rebuild }) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  const duration = useDuration();
  const rate =
    eventsPerSecond === null || etaMs === null
      ? t('rebuildStarting')
      : t('rebuildRate', { rate: formatCount(eventsPerSecond, language), left: duration(etaMs) });
  return <Status tone="info">{t('rebuildRunning', { version, rate })}</Status>;
};

const ConfirmRebuild = ({ name, onClose }: { name: string; onClose: () => void }) => {
  const t = useTexts(operationsTexts);
  const queries = useQueryClient();
  const rebuild = async (): Promise<void> => {
    await dataOf(api.POST('/projections/{name}/rebuild', { params: { path: { name } } }));
    notifications.show({ message: t('rebuildStarted', { name }) });
    await queries.invalidateQueries({ queryKey: ['projections'] });
  };
  return (
    <Confirm title={t('rebuildTitle', { name })} action={t('rebuild')} onConfirm={rebuild} onClose={onClose}>
      <ul className={classes.effects}>
        <li>{t('rebuildEffect')}</li>
        <li>{t('rebuildCost')}</li>
      </ul>
    </Confirm>
  );
};
