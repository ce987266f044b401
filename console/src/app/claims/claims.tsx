import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { REASONS } from '@rewards/contracts/codes';
import { bodyOf, dataOf } from '../../shared/api/client';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { useNamedEvent } from '../components/names';
import { Page } from '../components/page';
import { api } from '../session';
import { DataTable } from '../table/data-table';
import { ExportButton } from '../table/export-button';
import { ClearFilters, RangeFilter, SelectFilter, TextFilter } from '../table/filters';
import { PAGE_LIMIT, useRows } from '../table/use-rows';
import { InEventZone } from '../time/zone-mode';
import { useChangeSearch, useSearchState } from '../url-state';
import { ClaimPanel } from './claim-panel';
import { CLAIM_FILTERS, claimFilterOf, formatClaimKey, parseClaimKey, playerFilterOf, RARE_FILTERS } from './claim-filter';
import { useClaimColumns } from './columns';
import { EventPicker } from './event-picker';
import { PlayerInput } from './player-input';
import { claimTexts } from './texts';

/** Reasons for which a claim can be rejected; the others concern operators and dead letters. */
const CLAIM_REASONS = REASONS.slice(1, REASONS.indexOf('WRONG_STATE'));

/** Every claim that players sent, granted and rejected. */
export const Claims = () => {
  const t = useTexts(claimTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const filter = claimFilterOf(search);
  const event = useNamedEvent(filter.eventId);
  const columns = useClaimColumns();
  const open = parseClaimKey(search.claim);
  const list = useRows(['claims', filter], (cursor, signal) =>
    bodyOf(
      api.GET('/claims', {
        params: { query: { ...filter, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) } },
        signal,
      }),
    ),
  );
  const paste = async (text: string): Promise<void> =>
    change((await filterForPaste(text).catch(() => null)) ?? { requestId: text });
  return (
    <InEventZone zone={event?.timeZone}>
      <Page title={t('title')} fills>
        <DataTable
          label={t('title')}
          columns={columns}
          list={list}
          keyOf={({ position }) => position}
          onOpen={(row) => change({ claim: formatClaimKey(row) })}
          onPaste={(text) => void paste(text)}
          empty={<Empty title={t('empty')}>{t('emptyHelp')}</Empty>}
          toolbar={
            <>
              <Filters />
              <ClearFilters names={CLAIM_FILTERS} />
              <ExportButton path="/claims/export" query={filter} fileName="claims.csv" />
            </>
          }
        />
      </Page>
      {open && (
        <ClaimPanel
          key={search.claim}
          claimKey={open}
          row={list.rows.find(({ position }) => position === open.position)}
          onClose={() => change({ claim: undefined })}
        />
      )}
    </InEventZone>
  );
};

const Filters = () => {
  const t = useTexts(claimTexts);
  const tCode = useTexts(codeTexts);
  const search = useSearchState();
  const [isOpen, { toggle }] = useDisclosure(RARE_FILTERS.some((name) => search[name] !== undefined));
  return (
    <>
      <EventPicker />
      <PlayerInput />
      <SelectFilter
        name="status"
        label={t('state')}
        width={120}
        options={(['SUCCESS', 'FAILURE'] as const).map((value) => ({ value, label: t(value) }))}
      />
      {search.status !== 'SUCCESS' && (
        <SelectFilter
          name="reason"
          label={t('reason')}
          width={200}
          options={CLAIM_REASONS.map((value) => ({ value, label: tCode(codeKey(value)) }))}
        />
      )}
      <RangeFilter from="from" to="to" label={t('time')} />
      {isOpen && (
        <>
          <TextFilter name="rewardName" label={t('reward')} width={160} />
          <TextFilter name="milestone" label={t('milestone')} width={90} />
          <TextFilter name="cycle" label={t('cycle')} width={120} placeholder="2026-11-23" />
          <TextFilter name="requestId" label={t('requestId')} width={220} />
        </>
      )}
      <Button variant="subtle" onClick={toggle} aria-expanded={isOpen}>
        {t(isOpen ? 'fewerFilters' : 'moreFilters')}
      </Button>
    </>
  );
};

/** Finds out what a pasted text identifies. @returns null if it may be a request ID */
const filterForPaste = async (text: string) => {
  const player = playerFilterOf(text);
  if (player === null) return null;
  if ('email' in player) return player;
  const [found] = await dataOf(api.GET('/players', { params: { query: { q: player.accountId } } }));
  if (found?.matchedBy === 'accountId') return { accountId: found.accountId };
  if (found?.matchedBy === 'claimId') {
    const claim = await dataOf(api.GET('/claims/{claimId}', { params: { path: { claimId: player.accountId } } }));
    return { accountId: found.accountId, eventId: claim.eventId, requestId: claim.requestId };
  }
  if (found) return found.matchedBy === 'requestId' ? { requestId: text } : { accountId: found.accountId };
  const event = await api.GET('/events/{eventId}', { params: { path: { eventId: player.accountId } } });
  return event.data ? { eventId: player.accountId } : { requestId: text };
};
