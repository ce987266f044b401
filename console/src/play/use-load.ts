import { useCallback, useEffect, useState } from 'react';
import { ApiProblem } from '../shared/api/problem';

interface Loaded<Data> {
  readonly key: string;
  readonly data: Data | null;
  readonly problem: ApiProblem | null;
}

const problemFrom = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem({ code: 'other', title: 'Unexpected error', status: 500 });

/**
 * Loads data when the key changes, when the page is opened again, and when the device is online again.
 * The last data stays while it is loaded again.
 * @param load must depend on the key only
 */
export const useLoad = <Data>(key: string, load: (signal: AbortSignal) => Promise<Data>) => {
  const [loaded, setLoaded] = useState<Loaded<Data>>({ key, data: null, problem: null });
  const [round, setRound] = useState(0);

  const refresh = useCallback(
    async (signal: AbortSignal): Promise<void> => {
      const next = await load(signal).then(
        (data) => ({ key, data, problem: null }),
        (error: unknown) => ({ key, data: null, problem: problemFrom(error) }),
      );
      if (signal.aborted) return;
      setLoaded((before) => (next.problem && before.key === key ? { ...before, problem: next.problem } : next));
    },
    // A new function with the same key loads the same data.
    [key],
  );

  useEffect(() => {
    const controller = new AbortController();
    void refresh(controller.signal);
    return () => controller.abort();
  }, [refresh, round]);

  useEffect(() => {
    const again = (): void => {
      if (document.visibilityState === 'visible') setRound((last) => last + 1);
    };
    document.addEventListener('visibilitychange', again);
    window.addEventListener('online', again);
    return () => {
      document.removeEventListener('visibilitychange', again);
      window.removeEventListener('online', again);
    };
  }, []);

  const current = loaded.key === key ? loaded : { key, data: null, problem: null };
  return {
    data: current.data,
    problem: current.problem,
    /** Resolves when the data has been loaded again. */
    reload: () => refresh(new AbortController().signal),
  };
};
