import { createContext, useContext, type ReactNode } from 'react';
import { useSearch } from '@tanstack/react-router';
import type { ZoneMode } from './zones';

const EventZone = createContext<string | undefined>(undefined);

/** Sets the zone of the event that the children are about. */
export const InEventZone = ({ zone, children }: { zone: string | undefined; children: ReactNode }) => (
  <EventZone.Provider value={zone}>{children}</EventZone.Provider>
);

export const useEventZone = (): string | undefined => useContext(EventZone);

/** The zone mode of the URL. */
export const useZoneMode = (): ZoneMode => useSearch({ strict: false, select: ({ tz }) => tz ?? 'event' }) as ZoneMode;
