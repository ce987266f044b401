import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startI18n } from '../shared/i18n/texts';
import { App } from './app';
import { session } from './rewards';

const start = async (): Promise<void> => {
  await startI18n();
  // A failure leaves the session unknown, and the page offers to try again.
  await session.resume().catch(() => undefined);
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
};

void start();
