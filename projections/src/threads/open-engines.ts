import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';

/** How a thread opens its engines. The fault suite opens engines that fail. */
export interface OpenEngines {
  readonly openStore: typeof openEventStore;
  readonly openViews: typeof openDocumentStore;
}

export const openEngines: OpenEngines = { openStore: openEventStore, openViews: openDocumentStore };
