import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '../shared/api/problem';

const MAX_RETRIES = 3;

/** Caches answers. Temporary failures are retried when the server expects it; others are shown at once. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < MAX_RETRIES && error instanceof ApiProblem && error.isTemporary,
      retryDelay: (failures, error) => (error instanceof ApiProblem && error.retryAfterMs) || 500 * 2 ** failures,
    },
  },
});
