import { useEffect, useSyncExternalStore } from 'react';
import { offline } from '../shared/api/problem';
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES, useLanguage, useTexts } from '../shared/i18n/texts';
import card from '../shared/player/event-card.module.css';
import { ClaimsPage } from './claims-page';
import { EventPage } from './event-page';
import { EventsPage } from './events-page';
import { hrefOf, usePlace } from './location';
import { logOut, session } from './rewards';
import { SignIn } from './sign-in';
import { Offline, ProblemPanel } from './states';
import { playTexts } from './texts';
import classes from './play.module.css';

/** The page for players. */
export const App = () => {
  const t = useTexts(playTexts);
  const language = useLanguage();
  const state = useSyncExternalStore(session.subscribe, session.current);
  useEffect(() => {
    document.title = t('title');
  }, [t]);
  return (
    <div className={`${card.player} ${classes.app}`}>
      <header className={classes.top}>
        <h1>{t('title')}</h1>
        <select
          aria-label={t('language')}
          value={language}
          onChange={({ currentTarget }) => {
            const chosen = LANGUAGES.find((each) => each === currentTarget.value);
            if (chosen) void chooseLanguage(chosen);
          }}
        >
          {LANGUAGES.map((each) => (
            <option key={each} value={each}>
              {LANGUAGE_NAMES[each]}
            </option>
          ))}
        </select>
        {state.status === 'signed-in' && (
          <button type="button" onClick={() => void logOut()}>
            {t('logOut')}
          </button>
        )}
      </header>
      <Offline />
      <main>
        {state.status === 'unknown' && (
          <ProblemPanel problem={offline()} onRetry={() => void session.resume().catch(() => undefined)} />
        )}
        {state.status === 'signed-out' && <SignIn hasEnded={state.hasEnded} />}
        {state.status === 'signed-in' && <Pages key={state.identity.accountId} />}
      </main>
    </div>
  );
};

const Pages = () => {
  const t = useTexts(playTexts);
  const place = usePlace();
  return (
    <>
      <nav className={classes.menu} aria-label={t('menu')}>
        <a href={hrefOf({ page: 'events' })} aria-current={place.page === 'claims' ? undefined : 'page'}>
          {t('events')}
        </a>
        <a href={hrefOf({ page: 'claims' })} aria-current={place.page === 'claims' ? 'page' : undefined}>
          {t('claims')}
        </a>
      </nav>
      {place.page === 'events' && <EventsPage />}
      {place.page === 'claims' && <ClaimsPage />}
      {place.page === 'event' && (
        <EventPage key={`${place.eventId} ${place.cycle}`} eventId={place.eventId} cycle={place.cycle} />
      )}
    </>
  );
};
