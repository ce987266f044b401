import { useQuery } from '@tanstack/react-query';
import { dataOf } from '../../shared/api/client';
import { problemOf } from '../../shared/api/problem';
import { api } from '../session';
import { loadDeadLetterGroups } from './dead-letter-groups';

const REFRESH_MS = 20_000;
/** Reading the verification starts a run, which reads the whole log. */
const VERIFICATION_MS = 600_000;

type Services = Readonly<Record<string, 'up' | 'down'>>;

/** Returns the state of every service, also if one is down. @throws ApiProblem if the gateway does not answer */
const loadServices = async (signal: AbortSignal): Promise<Services> => {
  const { data, error, response } = await api.GET('/health', { signal });
  if (data) return data.data.services;
  if ('services' in error && error.services) return error.services;
  throw problemOf(error, response);
};

export const useServices = () =>
  useQuery({
    queryKey: ['home', 'services'],
    queryFn: ({ signal }) => loadServices(signal),
    retry: 1,
    refetchInterval: REFRESH_MS,
  });

export const useProjections = () =>
  useQuery({
    queryKey: ['home', 'projections'],
    queryFn: ({ signal }) => dataOf(api.GET('/projections', { signal })),
    refetchInterval: REFRESH_MS,
  });

export const useDeadLetterGroups = () =>
  useQuery({
    queryKey: ['home', 'dead-letter-groups'],
    queryFn: ({ signal }) => loadDeadLetterGroups(signal),
    refetchInterval: REFRESH_MS,
  });

export const useVerification = () =>
  useQuery({
    queryKey: ['home-verification'],
    queryFn: ({ signal }) => dataOf(api.GET('/verification', { signal })),
    staleTime: VERIFICATION_MS,
    refetchInterval: ({ state }) => (state.data?.running ? REFRESH_MS : VERIFICATION_MS),
  });
