import { Button, CloseButton, TextInput } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { formatCount } from '../components/number';
import { Status, type Tone } from '../components/status';
import type { Fact } from '../event/changes';
import { DataTable } from '../table/data-table';
import { filterTexts } from '../table/filter-texts';
import { ClearFilters } from '../table/filters';
import { readTime, writeTime } from '../table/time-range';
import { useEventZone, useZoneMode } from '../time/zone-mode';
import { zoneFor } from '../time/zones';
import { useChangeSearch, useSearchState, useUrlState } from '../url-state';
import { formatFactKey, isPlace, parseFactKey, STREAM_FILTERS, streamFilterOf } from './audit-filter';
import { useAuditColumns } from './columns';
import { FactPanel } from './fact-panel';
import { StreamFilters } from './filters';
import { KEPT, type Tail, type TailState } from './live-tail';
import { auditTexts } from './texts';
import { useLiveTail } from './use-live-tail';
import classes from './audit.module.css';

const NO_FACTS: readonly Fact[] = [];
const nothing = (): void => undefined;

/** The audit as it is written: everything after a time or position, then live. */
export const Live = () => {
  const t = useTexts(auditTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const columns = useAuditColumns();
  const { tail, pause, resume, error, retry } = useLiveTail(streamFilterOf(search), search.since);
  const facts = tail?.facts ?? NO_FACTS;
  const open = parseFactKey(search.fact);
  const failure = error ?? (tail?.state.kind === 'failed' ? tail.state.error : null);
  const isStopped = tail?.state.kind === 'paused' || tail?.state.kind === 'failed';
  if (failure) return <ErrorPanel error={failure} onRetry={error ? retry : resume} />;
  return (
    <>
      <DataTable
        name="live"
        label={t('live')}
        columns={columns}
        list={{ rows: facts, hasMore: false, isLoading: tail === null, error: null, loadMore: nothing, retry: nothing }}
        keyOf={({ position }) => position}
        onOpen={(fact) => change({ fact: formatFactKey(fact) })}
        empty={<Empty title={t('liveEmpty')}>{t('liveEmptyHelp')}</Empty>}
        toolbar={
          <>
            <StreamFilters />
            <ReplayFrom />
            <Button
              variant="default"
              leftSection={isStopped ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
              onClick={isStopped ? resume : pause}
            >
              {t(isStopped ? 'resume' : 'pause')}
            </Button>
            <ClearFilters names={STREAM_FILTERS} />
          </>
        }
      />
      {tail && <TailStatus tail={tail} />}
      {open && (
        <FactPanel
          key={search.fact}
          factKey={open}
          row={facts.find(({ position }) => position === open.position)}
          onClose={() => change({ fact: undefined })}
        />
      )}
    </>
  );
};

const TONES: Readonly<Record<TailState['kind'], Tone>> = {
  connecting: 'quiet',
  replaying: 'info',
  'caught-up': 'good',
  paused: 'warn',
  waiting: 'warn',
  failed: 'bad',
};

const TailStatus = ({ tail: { state, received, rate } }: { tail: Tail }) => {
  const t = useTexts(auditTexts);
  const language = useLanguage();
  return (
    <div className={classes.status}>
      <span role="status">
        <Status tone={TONES[state.kind]}>{t(state.kind)}</Status>
      </span>
      <span className={classes.figures}>
        {t('received', { count: received, received: formatCount(received, language) })}
        {received > KEPT && ` · ${t('keptOnly', { kept: formatCount(KEPT, language) })}`}
        {` · ${t('rate', { rate: formatCount(Math.round(rate * 10) / 10, language) })}`}
      </span>
    </div>
  );
};

/** Chooses where the stream begins: a time, a position, or now. */
const ReplayFrom = () => {
  const t = useTexts(auditTexts);
  const tFilter = useTexts(filterTexts);
  const [since, setSince] = useUrlState('since');
  const zone = zoneFor(useZoneMode(), useEventZone());
  const shown = since === undefined ? '' : isPlace(since) ? since : writeTime(since, zone);
  const [typed, setTyped] = useState<string | null>(null);
  const [isWrong, setIsWrong] = useState(false);
  const text = typed ?? shown;
  const apply = (): void => {
    const trimmed = text.trim();
    if (trimmed === shown) return setTyped(null);
    const place = isPlace(trimmed) ? trimmed : readTime(trimmed, zone, 'from');
    const isEmpty = trimmed === '';
    setIsWrong(!isEmpty && place === null);
    if (!isEmpty && place === null) return;
    setTyped(null);
    setSince(place ?? undefined);
  };
  return (
    <TextInput
      label={t('replayFrom')}
      w={230}
      placeholder={t('replayHint')}
      value={text}
      spellCheck={false}
      autoComplete="off"
      error={isWrong ? t('replayWrong') : undefined}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        setIsWrong(false);
      }}
      onBlur={apply}
      onKeyDown={({ key }) => {
        if (key === 'Enter') apply();
      }}
      {...(since !== undefined && {
        rightSection: (
          <CloseButton
            size="xs"
            aria-label={tFilter('clear', { label: t('replayFrom') })}
            onClick={() => {
              setTyped(null);
              setSince(undefined);
            }}
          />
        ),
      })}
    />
  );
};
