import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import { Time } from '../time/time';
import { deadLettersCondition, lagCondition, servicesCondition, verificationCondition, type Condition } from './health';
import { homeTexts } from './texts';
import { useDeadLetterGroups, useProjections, useServices, useVerification } from './use-health';
import classes from './home.module.css';

/** The health of the system in one line. Each part links to where it is dealt with. */
export const HealthStrip = ({ zone }: { zone: string }) => {
  const t = useTexts(homeTexts);
  const language = useLanguage();
  const format = (count: number): string => formatCount(count, language);
  const [services, projections, groups, verification] = [
    useServices(),
    useProjections(),
    useDeadLetterGroups(),
    useVerification(),
  ];
  const conditionOf = <Data,>(query: { data: Data | undefined; isError: boolean }, of: (data: Data) => Condition): Condition =>
    query.isError || query.data === undefined
      ? { tone: query.isError ? 'warn' : 'quiet', text: t(query.isError ? 'unknown' : 'loading') }
      : of(query.data);
  const parts = [
    { name: t('services'), tab: 'health', ...conditionOf(services, (data) => servicesCondition(data, t)) },
    { name: t('lag'), tab: 'projections', ...conditionOf(projections, (data) => lagCondition(data, t, format)) },
    { name: t('deadLetters'), tab: 'deadLetters', ...conditionOf(groups, (data) => deadLettersCondition(data, t, format)) },
    {
      name: t('verification'),
      tab: 'verification',
      at: verification.data?.finishedAt ?? null,
      ...conditionOf(verification, (data) => verificationCondition(data, t)),
    },
  ];
  return (
    <ul className={classes.health} aria-label={t('health')}>
      {parts.map(({ name, tab, tone, text, ...part }) => (
        <li key={tab}>
          <PageLink to="/operations" search={{ tab }} className={classes.healthName}>
            {name}
          </PageLink>
          <span className={classes.healthState}>
            <Status tone={tone}>{text}</Status>
            {'at' in part && part.at && (
              <span className={classes.dimmed}>
                <Time at={part.at} zone={zone} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
};
