import { useQuery } from '@tanstack/react-query';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { loadGroups, loadHealth, loadProjections, loadVerification } from './api';
import { operationsTexts } from './texts';
import { durationOf, type Known } from './troubles';

const OFTEN_MS = 2_000;
const SOMETIMES_MS = 10_000;

export const VERIFICATION_KEY = ['verification'] as const;

export const useProjections = () =>
  useQuery({ queryKey: ['projections'], queryFn: ({ signal }) => loadProjections(signal), refetchInterval: OFTEN_MS });

export const useGroups = () =>
  useQuery({
    queryKey: ['dead-letters', 'groups'],
    queryFn: ({ signal }) => loadGroups(signal),
    refetchInterval: SOMETIMES_MS,
  });

export const useVerification = () =>
  useQuery({
    queryKey: VERIFICATION_KEY,
    queryFn: ({ signal }) => loadVerification(false, signal),
    refetchInterval: ({ state }) => (state.data?.running ? OFTEN_MS : SOMETIMES_MS * 6),
  });

export const useHealth = () =>
  useQuery({ queryKey: ['health'], queryFn: ({ signal }) => loadHealth(signal), refetchInterval: SOMETIMES_MS });

/** Everything that the page knows; null for what could not be loaded. */
export const useKnown = (): Known => {
  const [health, projections, groups, verification] = [useHealth(), useProjections(), useGroups(), useVerification()];
  const known = <Data>({ data, error }: { data: Data | undefined; error: unknown }): Data | null | undefined =>
    error ? null : data;
  return {
    health: known(health),
    projections: known(projections),
    groups: known(groups),
    verification: known(verification),
  };
};

/** Returns a function that formats a duration in its largest unit. */
export const useDuration = (): ((ms: number) => string) => {
  const t = useTexts(operationsTexts);
  const language = useLanguage();
  return (ms) => {
    const { unit, count } = durationOf(ms);
    return t(unit, { count, shown: formatCount(count, language) });
  };
};
