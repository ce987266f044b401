import { useIdentity } from '../session';
import { readRecent, withRecent, type RecentPlayer } from './recent-players';

/** The players that the signed-in person opened in this tab. The browser forgets them with the tab. */
export const useRecentPlayers = () => {
  const key = `login-rewards:players:${useIdentity().accountId}`;
  return {
    recent: readRecent(sessionStorage.getItem(key)),
    remember: (player: RecentPlayer): void =>
      sessionStorage.setItem(key, JSON.stringify(withRecent(readRecent(sessionStorage.getItem(key)), player))),
  };
};
