import { SegmentedControl } from '@mantine/core';
import { bodyOf, dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { playerFilterOf } from '../claims/claim-filter';
import { Empty } from '../components/empty';
import { useNamedEvent } from '../components/names';
import { Page } from '../components/page';
import { api } from '../session';
import { DataTable } from '../table/data-table';
import { ExportButton } from '../table/export-button';
import { ClearFilters, RangeFilter, TextFilter } from '../table/filters';
import { PAGE_LIMIT, useRows } from '../table/use-rows';
import { InEventZone } from '../time/zone-mode';
import { useChangeSearch, useSearchState, type Search } from '../url-state';
import { AccountInput } from './account-input';
import { AUDIT_FILTERS, auditFilterOf, formatFactKey, isTraceId, parseFactKey } from './audit-filter';
import { useAuditColumns } from './columns';
import { FactPanel } from './fact-panel';
import { StreamFilters } from './filters';
import { Live } from './live';
import { auditTexts } from './texts';

/** Everything that happened, as a list and live. */
export const Audit = () => {
  const t = useTexts(auditTexts);
  const { view, eventId } = useSearchState();
  const change = useChangeSearch();
  const isLive = view === 'live';
  return (
    <InEventZone zone={useNamedEvent(eventId)?.timeZone}>
      <Page
        title={t('title')}
        fills
        actions={
          <SegmentedControl
            aria-label={t('view')}
            value={isLive ? 'live' : 'list'}
            onChange={(next) => change({ view: next === 'live' ? next : undefined, fact: undefined })}
            data={[
              { value: 'list', label: t('list') },
              { value: 'live', label: t('live') },
            ]}
          />
        }
      >
        {isLive ? <Live /> : <List />}
      </Page>
    </InEventZone>
  );
};

const List = () => {
  const t = useTexts(auditTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const columns = useAuditColumns();
  const filter = auditFilterOf(search);
  const open = parseFactKey(search.fact);
  const list = useRows(['audit', filter], (cursor, signal) =>
    bodyOf(
      api.GET('/audit', {
        params: { query: { ...filter, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) } },
        signal,
      }),
    ),
  );
  const paste = async (text: string): Promise<void> => change(await filterForPaste(text).catch((): Search => ({})));
  return (
    <>
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        keyOf={({ position }) => position}
        onOpen={(fact) => change({ fact: formatFactKey(fact) })}
        onPaste={(text) => void paste(text)}
        empty={<Empty title={t('empty')}>{t('emptyHelp')}</Empty>}
        toolbar={
          <>
            <StreamFilters />
            <AccountInput name="actor" label={t('actor')} allowsService />
            <TextFilter name="traceId" label={t('trace')} width={140} />
            <RangeFilter from="from" to="to" label={t('time')} />
            <ClearFilters names={AUDIT_FILTERS} />
            <ExportButton path="/audit/export" query={filter} fileName="audit.ndjson" />
          </>
        }
      />
      {open && (
        <FactPanel
          key={search.fact}
          factKey={open}
          row={list.rows.find(({ position }) => position === open.position)}
          onClose={() => change({ fact: undefined })}
        />
      )}
    </>
  );
};

/** Finds out what a pasted text identifies: a trace, an account or an event. */
const filterForPaste = async (text: string): Promise<Search> => {
  const pasted = text.trim();
  if (isTraceId(pasted)) return { traceId: pasted };
  const player = playerFilterOf(pasted);
  if (player === null) return {};
  const q = 'email' in player ? player.email : player.accountId;
  const [found] = await dataOf(api.GET('/players', { params: { query: { q } } }));
  if (found) return { accountId: found.accountId };
  return 'accountId' in player ? { eventId: player.accountId } : {};
};
