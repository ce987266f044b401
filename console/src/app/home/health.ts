import type { Schemas } from '../../shared/api/client';
import type { Translate } from '../../shared/i18n/texts';
import type { Tone } from '../components/status';
import type { homeTexts } from './texts';

/** A part of the system: how it is, in words. */
export interface Condition {
  readonly tone: Tone;
  readonly text: string;
}

type HomeTexts = Translate<keyof typeof homeTexts.en>;
type Formatted = (count: number) => string;

/** A read model that is this far behind is reported. */
const LATE_MS = 5_000;

export const servicesCondition = (services: Readonly<Record<string, 'up' | 'down'>>, t: HomeTexts): Condition => {
  const names = Object.keys(services);
  const down = names.filter((name) => services[name] !== 'up');
  return down.length === 0
    ? { tone: 'good', text: t('servicesUp', { count: names.length }) }
    : { tone: 'bad', text: t('servicesDown', { names: down.join(', ') }) };
};

type Projection = Pick<Schemas['ProjectionResponse'], 'name' | 'lagMs' | 'state'>;

export const lagCondition = (projections: readonly Projection[], t: HomeTexts, format: Formatted): Condition => {
  const stopped = projections.filter(({ state }) => state === 'STOPPED').map(({ name }) => name);
  if (stopped.length > 0) return { tone: 'bad', text: t('lagStopped', { names: stopped.join(', ') }) };
  const [slowest] = [...projections].sort((one, other) => other.lagMs - one.lagMs);
  return slowest && slowest.lagMs > LATE_MS
    ? { tone: 'warn', text: t('lagBehind', { seconds: format(Math.round(slowest.lagMs / 1_000)), name: slowest.name }) }
    : { tone: 'good', text: t('lagFine') };
};

export const deadLettersCondition = (
  groups: readonly { readonly count: number }[],
  t: HomeTexts,
  format: Formatted,
): Condition => {
  const open = groups.reduce((sum, { count }) => sum + count, 0);
  return open === 0
    ? { tone: 'good', text: t('deadLettersNone') }
    : { tone: 'bad', text: t('deadLettersOpen', { shown: format(open), groups: t('groups', { count: groups.length }) }) };
};

type Verification = Pick<Schemas['VerificationResponse'], 'ok' | 'findings' | 'failure'>;

export const verificationCondition = ({ ok, findings, failure }: Verification, t: HomeTexts): Condition => {
  if (ok === false && findings.length > 0) return { tone: 'bad', text: t('findings', { count: findings.length }) };
  if (failure || ok === false) return { tone: 'bad', text: t('notFinished') };
  return ok === null ? { tone: 'quiet', text: t('verifying') } : { tone: 'good', text: t('verified') };
};
