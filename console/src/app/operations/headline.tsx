import { Fragment } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { operationsTexts } from './texts';
import { troublesIn, type Trouble } from './troubles';
import { useDuration, useKnown } from './use-operations';
import classes from './operations.module.css';

/** Answers whether anything is stuck, in one sentence that leads to where it is dealt with. */
export const Headline = () => {
  const t = useTexts(operationsTexts);
  const troubles = troublesIn(useKnown());
  const known = troubles?.filter(({ kind }) => kind !== 'unknown').length ?? 0;
  const tone = !troubles ? 'quiet' : known > 0 ? 'bad' : troubles.length > 0 ? 'warn' : 'good';
  return (
    <p className={classes.headline} data-tone={tone} role="status">
      {!troubles ? (
        t('checking')
      ) : troubles.length === 0 ? (
        t('nothingStuck')
      ) : (
        <>
          {known > 0 ? t('stuck', { count: known }) : t('nothingKnown')}{' '}
          {troubles.map((trouble, index) => (
            <Fragment key={JSON.stringify(trouble)}>
              {index > 0 && '; '}
              <PageLink to="/operations" search={{ tab: trouble.tab }}>
                <TroubleText trouble={trouble} />
              </PageLink>
            </Fragment>
          ))}
          .
        </>
      )}
    </p>
  );
};

const TroubleText = ({ trouble }: { trouble: Trouble }) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  const duration = useDuration();
  switch (trouble.kind) {
    case 'unknown':
      return t('troubleUnknown', { what: t(trouble.tab) });
    case 'service':
      return t('troubleService', { name: trouble.name });
    case 'stopped':
      return t('troubleStopped', { name: trouble.name });
    case 'lagging':
      return t('troubleLagging', { name: trouble.name, lag: duration(trouble.lagMs) });
    case 'deadLetters':
      return t('troubleDeadLetters', { count: trouble.count, shown: formatCount(trouble.count, language) });
    case 'findings':
      return t('troubleFindings', { count: trouble.count, shown: formatCount(trouble.count, language) });
    case 'incomplete':
      return t('troubleIncomplete');
    case 'failed':
      return t('troubleFailed');
  }
};
