import { readdirSync, readFileSync } from 'node:fs';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { SERVICES, System, type Service } from '../testing/system';
import { conversations, fuzzResets } from './resets';

/** The number of idle connections to other services and engines varies. */
const OPEN_FILES_TOLERANCE = 30;
const MEMORY_TOLERANCE_KB = 200_000;

/**
 * Breaks connections to all services at every byte of every conversation, and then compares the open files and the memory of
 * the processes with those before. Linux only.
 * @param seconds minimum duration
 * @returns a summary
 * @throws Error that names a process that exited, or that leaks connections or memory
 */
export const resetSystem = async (seconds: number, seed: number): Promise<string> => {
  const system = await System.start();
  try {
    const { authorization } = (await Client.admin(system)).authorization;
    const fuzz = {
      ports: SERVICES.map((service) => system.ports[service]),
      conversations: conversations(String(authorization).replace('Bearer ', '')),
      seed,
    };
    await fuzzResets({ ...fuzz, conversations: fuzz.conversations.filter(({ bytes }) => bytes.length < 100), forMs: 0 });
    const before = SERVICES.map((service) => usageOf(system, service));
    const { rounds, answered } = await fuzzResets({ ...fuzz, forMs: seconds * 1_000 });
    for (const [index, service] of SERVICES.entries()) {
      if (!system.runs(service)) throw new Error(`${service} exited after a broken connection`);
      const { openFiles, memoryKb } = before[index] as Usage;
      await until(
        `${service} to close its connections`,
        () => usageOf(system, service).openFiles <= openFiles + OPEN_FILES_TOLERANCE,
        Boolean,
        { withinMs: 30_000 },
      );
      const grownKb = usageOf(system, service).memoryKb - memoryKb;
      if (grownKb > MEMORY_TOLERANCE_KB)
        throw new Error(`the memory of ${service} grew by ${grownKb} kB, over the limit of ${MEMORY_TOLERANCE_KB} kB`);
    }
    await system.ready();
    return `${rounds} connections broken, ${answered} of them after an answer`;
  } catch (error) {
    throw new Error(`${String(error)}\n${system.output.slice(-5_000)}`, { cause: error });
  } finally {
    await system.stop();
  }
};

interface Usage {
  readonly openFiles: number;
  readonly memoryKb: number;
}

const usageOf = (system: System, service: Service): Usage => {
  const folder = `/proc/${system.pidOf(service)}`;
  return {
    openFiles: readdirSync(`${folder}/fd`).length,
    memoryKb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1]),
  };
};
