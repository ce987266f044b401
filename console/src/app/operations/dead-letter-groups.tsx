import { Button, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { Count } from '../components/number';
import { Section } from '../components/page';
import { useMayCall } from '../session';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import { Time } from '../time/time';
import { useChangeSearch } from '../url-state';
import type { DeadLetterGroup } from './api';
import type { Handled } from './handle-dialog';
import { listOf } from './list-of';
import { operationsTexts } from './texts';
import { useGroups } from './use-operations';
import classes from './operations.module.css';

/** The open messages by cause, and what can be done with all of one cause. */
export const DeadLetterGroups = ({ onHandle }: { onHandle: (handled: Handled) => void }) => {
  const t = useTexts(operationsTexts);
  const mayHandle = useMayCall()('POST /dead-letters/{id}/redrive');
  const change = useChangeSearch();
  const list = listOf(useGroups());
  const columns = useMemo(
    (): readonly Column<DeadLetterGroup>[] => [
      { id: 'error', header: t('error'), width: 280, grows: true, value: (row) => row.error },
      { id: 'topic', header: t('topic'), width: 100, value: (row) => row.topic },
      {
        id: 'count',
        header: t('count'),
        width: 100,
        align: 'end',
        value: (row) => row.count,
        cell: (row) => <Count value={row.count} />,
      },
      {
        id: 'firstAt',
        header: t('firstAt'),
        width: 145,
        value: (row) => row.firstAt,
        cell: (row) => <Time at={row.firstAt} />,
      },
      { id: 'lastAt', header: t('lastAt'), width: 145, value: (row) => row.lastAt, cell: (row) => <Time at={row.lastAt} /> },
      ...(mayHandle
        ? [
            {
              id: 'actions',
              header: t('actions'),
              width: 200,
              value: () => null,
              cell: (group: DeadLetterGroup) => (
                <span className={classes.actions}>
                  <Button variant="default" size="compact-xs" onClick={() => onHandle({ action: 'redrive', group })}>
                    {t('redriveButton')}
                  </Button>
                  <Button variant="default" size="compact-xs" onClick={() => onHandle({ action: 'discard', group })}>
                    {t('discardButton')}
                  </Button>
                </span>
              ),
            },
          ]
        : []),
      { id: 'fingerprint', header: t('fingerprint'), width: 180, value: (row) => row.fingerprint, hidden: true },
    ],
    [t, mayHandle, onHandle],
  );
  return (
    <Section title={t('groups')}>
      <DataTable
        fits
        toolbar={<Text c="dimmed">{t('groupsHelp')}</Text>}
        name="g"
        label={t('groups')}
        columns={columns}
        list={list}
        keyOf={fingerprintOf}
        onOpen={({ fingerprint }) => change({ fingerprint, status: 'OPEN', topic: undefined })}
        empty={<Empty title={t('noGroups')}>{t('noGroupsHelp')}</Empty>}
      />
    </Section>
  );
};

const fingerprintOf = (row: DeadLetterGroup): string => row.fingerprint;
