import { execFileSync } from 'node:child_process';
import type { EventStoreHarness } from './event-store.contract';
import { FaultyProxy } from './eventstoredb-double';
import type { EventStore } from '../event-store';

const IMAGE = 'eventstore/eventstore:23.10.8-bookworm-slim';
const PORT = 2113;
const STARTUP_MS = 180_000;

type OpenStore = (url: string) => EventStore;

const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
};

/** Finds a real EventStoreDB. @returns a function that prepares it, null if there is none */
export const findEventStoreDb = (): ((open: OpenStore) => Promise<EventStoreHarness & { readonly url: string }>) | null => {
  const url = process.env.EVENTSTORE_URL;
  if (url) return (open) => harnessFor(url, open, async () => undefined);
  return hasDocker() ? startContainer : null;
};

const startContainer = async (open: OpenStore): Promise<EventStoreHarness & { readonly url: string }> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({
      EVENTSTORE_INSECURE: 'true',
      EVENTSTORE_RUN_PROJECTIONS: 'None',
      DOTNET_ThreadPool_ForceMinWorkerThreads: '0x20',
    })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .withStartupTimeout(STARTUP_MS)
    .start();
  const url = `esdb://${container.getHost()}:${container.getMappedPort(PORT)}?tls=false`;
  return harnessFor(url, open, async () => void (await container.stop()));
};

/** A restart cuts all connections through a TCP proxy. With TLS, the certificate names the server, so a restart does nothing. */
const harnessFor = async (
  url: string,
  open: OpenStore,
  stop: () => Promise<void>,
): Promise<EventStoreHarness & { readonly url: string }> => {
  const [, before, host, port, after] = /^(esdb:\/\/(?:[^@]*@)?)([^:/?,]+)(?::(\d+))?(\/?\?.*tls=false.*)$/.exec(url) ?? [];
  if (!host) {
    return { url, open: async () => open(url), restart: async () => undefined, cleanUp: stop };
  }
  const gate = await FaultyProxy.listen(Number(port ?? PORT), host);
  const gated = `${before}127.0.0.1:${gate.port}${after}`;
  return {
    url: gated,
    open: async () => open(gated),
    restart: async () => {
      await gate.down();
      await gate.up();
    },
    cleanUp: async () => {
      await gate.down();
      await stop();
    },
  };
};
