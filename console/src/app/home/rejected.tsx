import { Skeleton } from '@mantine/core';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { Count, formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { byFrequency, type RejectionCount, type RejectionKind } from './rejections';
import { homeTexts } from './texts';
import { useRejections } from './use-home';
import classes from './home.module.css';

type Target = (from: string, reason: string) => { readonly to: string; readonly search: Record<string, string> };

/** Where the rejected requests of each kind are listed. */
const TARGETS: Readonly<Record<RejectionKind, Target>> = {
  claims: (from, reason) => ({ to: '/claims', search: { status: 'FAILURE', reason, from } }),
  completions: (from) => ({ to: '/audit', search: { type: 'CompletionRefused', from } }),
  commands: (from) => ({ to: '/audit', search: { type: 'CommandRefused', from } }),
};

/** Rejected requests by reason, each with a link to those requests. @param from beginning of the day, ISO 8601 */
export const Rejected = ({ from }: { from: string }) => {
  const t = useTexts(homeTexts);
  const language = useLanguage();
  const claims = useRejections('claims', from);
  const completions = useRejections('completions', from);
  const commands = useRejections('commands', from);
  const queries = [claims, completions, commands];
  const failed = queries.find(({ error, data }) => error && !data);
  if (failed) return <ErrorPanel error={failed.error} onRetry={() => void failed.refetch()} />;
  if (queries.some(({ isPending }) => isPending)) return <Skeleton height={96} />;

  const counts = byFrequency({
    ...(claims.data && { claims: claims.data }),
    ...(completions.data && { completions: completions.data }),
    ...(commands.data && { commands: commands.data }),
  });
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <p className={classes.note}>{t('noRejections')}</p>;
  return (
    <>
      <Reasons counts={counts} total={total} from={from} />
      {queries.some(({ data }) => data?.isPart) && (
        <p className={classes.note}>{t('onlyNewest', { count: formatCount(total, language) })}</p>
      )}
    </>
  );
};

const Reasons = ({ counts, total, from }: { counts: readonly RejectionCount[]; total: number; from: string }) => {
  const t = useTexts(homeTexts);
  const tCode = useTexts(codeTexts);
  const kinds = { claims: t('ofClaims'), completions: t('ofCompletions'), commands: t('ofCommands') };
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t('reason')}</th>
          <th scope="col" data-number>
            {t('count')}
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.map(({ kind, reason, count }) => (
          <tr key={`${kind} ${reason}`}>
            <th scope="row">
              <PageLink {...TARGETS[kind](from, reason)} title={reason}>
                {tCode(codeKey(reason))}
              </PageLink>
              <span className={classes.kind}>{kinds[kind]}</span>
            </th>
            <td data-number>
              <Count value={count} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t('total')}</th>
          <td data-number>
            <Count value={total} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
};
