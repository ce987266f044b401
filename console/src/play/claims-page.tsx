import { useState } from 'react';
import { useLanguage, useTexts } from '../shared/i18n/texts';
import { formatAmount, formatMoment } from '../shared/player/format';
import { RewardIcon } from '../shared/player/icons';
import card from '../shared/player/event-card.module.css';
import { readClaims, readEventNames, type OwnClaim } from './rewards';
import { Empty, Loading, ProblemPanel } from './states';
import { playTexts } from './texts';
import { useLoad } from './use-load';
import classes from './play.module.css';

/** What the player has received, newest first. */
export const ClaimsPage = () => <PageOfClaims cursor={null} />;

/** One page of the list, and the next one when the player asks for it. */
const PageOfClaims = ({ cursor }: { cursor: string | null }) => {
  const t = useTexts(playTexts);
  const [isNextShown, setIsNextShown] = useState(false);
  const { data, problem, reload } = useLoad(`claims ${cursor}`, async (signal) => {
    const [page, names] = await Promise.all([readClaims(cursor, signal), readEventNames(signal)]);
    return { ...page, names };
  });
  if (!data) return problem ? <ProblemPanel problem={problem} onRetry={() => void reload()} /> : <Loading />;
  if (data.claims.length === 0) return cursor === null && <Empty title={t('noClaims')} note={t('noClaimsNote')} />;
  return (
    <>
      <ul className={classes.claims}>
        {data.claims.map((claim) => (
          <ClaimRow key={claim.claimId} claim={claim} eventName={data.names.get(claim.eventId) ?? t('unknownEvent')} />
        ))}
      </ul>
      {data.next !== null &&
        (isNextShown ? (
          <PageOfClaims cursor={data.next} />
        ) : (
          <button type="button" onClick={() => setIsNextShown(true)}>
            {t('showMore')}
          </button>
        ))}
    </>
  );
};

const ClaimRow = ({ claim, eventName }: { claim: OwnClaim; eventName: string }) => {
  const t = useTexts(playTexts);
  const language = useLanguage();
  return (
    <li className={card.reward}>
      <span className={card.picture}>{claim.type && <RewardIcon type={claim.type} />}</span>
      <span className={card.rewardName}>
        <strong>{claim.rewardName}</strong>
        <span className={card.quiet}>
          {eventName} · {formatMoment(claim.at, language)}
          {claim.requestId.startsWith('auto:') && ` · ${t('automatic')}`}
        </span>
        {claim.delivery && <span className={card.quiet}>{t(`delivery${claim.delivery.status}`)}</span>}
      </span>
      <span className={card.rewardAmount}>× {formatAmount(claim.amount ?? 0, language)}</span>
    </li>
  );
};
