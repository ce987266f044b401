import { useQuery } from '@tanstack/react-query';
import { loadGroups, loadHealth, loadProjections, loadVerification } from '../operations/api';

const REFRESH_MS = 20_000;
/** Reading the verification starts a run, which reads the whole log. */
const VERIFICATION_MS = 600_000;

export const useServices = () =>
  useQuery({
    queryKey: ['home', 'services'],
    queryFn: async ({ signal }) => (await loadHealth(signal)).services,
    retry: 1,
    refetchInterval: REFRESH_MS,
  });

export const useProjections = () =>
  useQuery({
    queryKey: ['home', 'projections'],
    queryFn: ({ signal }) => loadProjections(signal),
    refetchInterval: REFRESH_MS,
  });

export const useDeadLetterGroups = () =>
  useQuery({
    queryKey: ['home', 'dead-letter-groups'],
    queryFn: ({ signal }) => loadGroups(signal),
    refetchInterval: REFRESH_MS,
  });

export const useVerification = () =>
  useQuery({
    queryKey: ['home', 'verification'],
    queryFn: ({ signal }) => loadVerification(false, signal),
    staleTime: VERIFICATION_MS,
    refetchInterval: ({ state }) => (state.data?.running ? REFRESH_MS : VERIFICATION_MS),
  });
