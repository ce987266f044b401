import { Alert, Button, Drawer, Group, Loader, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import { useMayCall } from '../session';
import { Time } from '../time/time';
import { useUrlState } from '../url-state';
import { loadLetter, type WholeDeadLetter } from './api';
import { LETTER_TONES } from './dead-letter-list';
import type { Handled } from './handle-dialog';
import { formatted } from './payload';
import { operationsTexts } from './texts';
import classes from './operations.module.css';

/** The message that the URL names: why it failed, its content, and what can be done with it. */
export const DeadLetterDetails = ({ onHandle }: { onHandle: (handled: Handled) => void }) => {
  const t = useTexts(operationsTexts);
  const [id, setId] = useUrlState('letter');
  const mayHandle = useMayCall()('POST /dead-letters/{id}/redrive');
  const { data, error, refetch } = useQuery({
    queryKey: ['dead-letters', 'one', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => loadLetter(id ?? '', signal),
  });
  return (
    <Drawer
      opened={id !== undefined}
      onClose={() => setId(undefined)}
      position="right"
      size={560}
      title={data?.error ?? t('deadLetters')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {data ? (
        <Stack gap="xl">
          <Facts letter={data} />
          {mayHandle && data.status === 'OPEN' && (
            <Group gap="sm">
              <Button variant="default" disabled={data.payloadCut} onClick={() => onHandle({ action: 'redrive', letter: data })}>
                {t('redriveButton')}
              </Button>
              <Button variant="default" onClick={() => onHandle({ action: 'discard', letter: data })}>
                {t('discardButton')}
              </Button>
            </Group>
          )}
          {data.payloadCut && <Alert color="gray">{t('cut')}</Alert>}
          <Headers letter={data} />
          <Payload letter={data} />
        </Stack>
      ) : error ? (
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      ) : (
        <Loader size="sm" />
      )}
    </Drawer>
  );
};

const Facts = ({ letter }: { letter: WholeDeadLetter }) => {
  const t = useTexts(operationsTexts);
  return (
    <Details
      rows={[
        [t('status'), <Status tone={LETTER_TONES[letter.status]}>{t(letter.status)}</Status>],
        [t('at'), <Time at={letter.at} precision="second" />],
        [t('topic'), `${letter.topic} · ${t('partition')} ${letter.partition} · ${t('offset')} ${letter.offset}`],
        [t('key'), letter.key === null ? (letter.keyBase64 ?? '–') : <CopyText value={letter.key} />],
        [t('attempts'), letter.attempts],
        [t('redrives'), letter.redrives],
        [
          t('handledBy'),
          letter.handledBy ? (
            <PageLink to="/audit" search={{ actor: letter.handledBy }}>
              {letter.handledBy}
            </PageLink>
          ) : null,
        ],
        [t('handledAt'), letter.handledBy ? <Time at={letter.handledAt} precision="second" /> : null],
        [t('fingerprint'), letter.fingerprint ? <CopyText value={letter.fingerprint} /> : null],
        ['ID', <CopyText value={letter.id} />],
      ]}
    />
  );
};

const Headers = ({ letter: { headers } }: { letter: WholeDeadLetter }) => {
  const t = useTexts(operationsTexts);
  const rows = Object.entries(headers).map(([name, value]) => [name, <CopyText value={value} />] as const);
  if (rows.length === 0) return null;
  return (
    <Section title={t('headers')}>
      <Details rows={rows} />
    </Section>
  );
};

type Form = 'formatted' | 'raw' | 'base64';

const Payload = ({ letter: { payload, payloadBase64 } }: { letter: WholeDeadLetter }) => {
  const t = useTexts(operationsTexts);
  const json = payload === null ? null : formatted(payload);
  const [chosen, setChosen] = useState<Form>(json !== null ? 'formatted' : payload !== null ? 'raw' : 'base64');
  const contents: Readonly<Record<Form, string | null>> = { formatted: json, raw: payload, base64: payloadBase64 };
  if (payloadBase64 === null) return <Section title={t('payload')}>{t('noContent')}</Section>;
  return (
    <Section
      title={t('payload')}
      actions={
        <SegmentedControl
          aria-label={t('payload')}
          value={chosen}
          onChange={(value) => setChosen(value as Form)}
          data={(['formatted', 'raw', 'base64'] as const).map((value) => ({
            value,
            label: t(value),
            disabled: contents[value] === null,
          }))}
        />
      }
    >
      {payload === null && <span>{t('notText')}</span>}
      {/* A scrolled text needs the focus to be scrolled by keyboard. */}
      <pre className={classes.payload} tabIndex={0} aria-label={t('payload')} role="region">
        {contents[chosen]}
      </pre>
    </Section>
  );
};
