import { useNavigate } from '@tanstack/react-router';
import { withChanges, type Search } from '../url-state';

/** Returns the function that opens another page of the console. It keeps the zone in which times are shown. @param path below /console */
export const useGo = (): ((path: string) => Promise<void>) => {
  const navigate = useNavigate();
  return (path) => navigate({ to: path, search: ({ tz }: Search) => withChanges({}, { tz }) } as never);
};
