import { useQuery } from '@tanstack/react-query';
import { bodyOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { playerTexts } from './texts';
import classes from './players.module.css';

/** Says that rewards of a player have not reached the game, and leads to them. */
export const ParkedHint = ({ accountId }: { readonly accountId: string }) => {
  const t = useTexts(playerTexts);
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ['deliveries', 'parked', accountId],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/deliveries', { params: { query: { accountId, status: 'PARKED', limit: PAGE_LIMIT } }, signal })),
  });
  const parked = data?.data ?? [];
  if (parked.length === 0) return null;
  const shown = `${formatCount(parked.length, language)}${data?.page.next ? '+' : ''}`;
  const isFull = parked.every(({ parkedFor }) => parkedFor === 'INVENTORY_FULL');
  return (
    <p className={classes.hint} role="status">
      {t('parked', { count: parked.length, shown })} {isFull && t('parkedFull')}{' '}
      <PageLink to="/deliveries" search={{ accountId, status: 'PARKED' }}>
        {t('showParked')}
      </PageLink>
    </p>
  );
};
